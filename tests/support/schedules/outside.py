"""Those outside: SendGrid's webhook, which reports late, twice or never, and the readers who unsubscribe.

Both come in by the web's own doors, and what counts is the moment of its 200."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid, Mail, Taken
from tests.support.schedules.draw import Schedule
from tests.support.schedules.world import World
from tests.support.signed_events import body, sign

LATE = 86_400
Told = TypeVar("Told")
EVENTS = "/hooks/sendgrid/events"


class Doorway:
    """Who comes in by it uses this process's connections; while it is kept empty nobody does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0

    def through(self, act: Callable[[Told], None]) -> Callable[[Told], None]:
        def come_in(told: Told) -> None:
            with self._changed:
                self._inside += 1
            try:
                act(told)
            finally:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

        return come_in

    @contextmanager
    def empty(self) -> Iterator[None]:
        with self._changed:
            if not self._changed.wait_for(lambda: self._inside == 0, timeout=60):
                raise RuntimeError("somebody outside has been at the door for a minute")
            yield


@dataclass
class Webhook:
    """`told`: the refs on which a report was taken with 200. `tells`: the requests, and the refs in them, on which
    there is a report, however late."""

    schedule: Schedule
    world: World
    fake: FakeSendGrid
    clock: Clock
    told: set[str] = field(default_factory=set)
    tells: set[tuple[str, str]] = field(default_factory=set)
    posts: int = 0
    waiting: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(f"reports {self.schedule.seed}")

    def hear(self, taken: Taken) -> None:
        """What SendGrid will say of a request that it took; some of it at once, before its answer."""
        early: list[dict[str, Any]] = []
        for place, mail in enumerate(taken.request.mails()):
            chance = random.Random(f"{self.schedule.seed} {mail.ref} {taken.name}")
            for report in self._reports(taken, place, mail, chance):
                when = self._when(chance)
                if when != "never":
                    self.tells.add((taken.name, mail.ref))
                copies = chance.choice((1, 1, 2, 3))
                if when == "early":
                    early += [report] * copies
                elif when != "never":
                    due = taken.at + (LATE if when == "late" else chance.choice((0, 30)))
                    with self._lock:
                        self.waiting += [(due, report)] * copies
        if early and not self._post(early, taken.at):
            with self._lock:
                self.waiting += [(taken.at, report) for report in early]

    def _reports(self, taken: Taken, place: int, mail: Mail, chance: random.Random) -> Iterator[dict[str, Any]]:
        kinds = ["processed", "delivered", "deferred", "something-new"][: chance.randint(1, 4)]
        chance.shuffle(kinds)
        for kind in kinds:
            yield {
                "email": mail.to,
                "timestamp": taken.at,
                "event": kind,
                "sg_event_id": f"{taken.name}.{place}.{kind}",
                "sg_message_id": f"{taken.name}.recvd-fake.{place}",
                "meridian_ref": mail.ref,
            }

    def _when(self, chance: random.Random) -> str:
        if self.schedule.reports == "mixed":
            return chance.choice(("soon", "early", "late", "never"))
        return self.schedule.reports

    def deliver(self) -> None:
        """What is due now, in any order, in posts of any size; a post that was not taken comes again."""
        now = self.clock()
        with self._lock:
            due = [item for item in self.waiting if item[0] <= now]
            self.waiting = [item for item in self.waiting if item[0] > now]
        self._chance.shuffle(due)
        while due:
            size = self._chance.randint(1, 8)
            part, due = due[:size], due[size:]
            reports = [report for _, report in part]
            if not self._post(reports, min(report["timestamp"] for report in reports)):
                with self._lock:
                    self.waiting += part
        if self.schedule.heard:
            self._post([{"email": "other@example.net", "timestamp": now, "event": "processed"}], now)

    def next_at(self) -> int | None:
        with self._lock:
            return min((due for due, _ in self.waiting), default=None)

    def _post(self, reports: list[dict[str, Any]], signed_at: int) -> bool:
        raw = body(*reports)
        try:
            with self.world.client() as client:
                taken = client.post(EVENTS, data=raw, headers=sign(raw, signed_at)).status_code == 200
        except Exception:  # noqa: BLE001 - SendGrid sees a 500, and comes again
            return False
        self.posts += taken
        if taken:
            self.told |= {report["meridian_ref"] for report in reports if "meridian_ref" in report}
        return taken


@dataclass(frozen=True)
class Left:
    """Who had a 200 for an unsubscribe, at which moment, and what of theirs was in flight then."""

    email: str
    moment: int
    in_flight: Counter[str]


@dataclass
class Readers:
    """Guests who press unsubscribe: in the mail program where they have a mail, else the desk does it for them."""

    world: World
    play: Cast
    fake: FakeSendGrid
    left: dict[str, Left] = field(default_factory=dict)

    def leave(self, guest: int) -> bool:
        email = f"guest{guest}@example.org"
        mail = next((mail for mail in reversed(self.fake.mails) if mail.to == email), None)
        if email in self.left or mail is None:
            return False
        path = urlsplit(mail.headers["List-Unsubscribe"].strip("<>").split(">")[0]).path
        try:
            with self.world.client() as client:
                answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"User-Agent": ""})
        except Exception:  # noqa: BLE001 - a mail program that gets no answer has not unsubscribed
            return False
        if answer.status_code != 200:
            return False
        moment = self.fake.moment()
        rows = self.play.rows("message", lead_id=self.world.guests[guest])
        flying = Counter(row["ref"] for row in rows if row["state"] == "in_flight")
        self.left[email] = Left(email, moment, flying)
        return True
