"""A real process that sends and is killed, and the ledger that is drawn up afterwards.

The process is forked from the test's own, so that everything is loaded; it opens its database anew."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

from service.delivery.provider import Provider
from service.delivery.sendgrid import SendGridProvider
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.domain.delivery_event import DeliveryEvent, Kind
from service.storage.database import Database
from service.usecases.advance import advance, plan
from service.usecases.dispatch import Probe
from service.usecases.record_events import record_events
from service.usecases.resend import resend_planned
from service.usecases.settle import settle
from tests.support.cast import Cast, campaign_file, cast, mail_files, outbox_provider
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.smtp_peer import SmtpPeer

Kinds = Literal["outbox", "smtp", "sendgrid"]
KINDS: tuple[Kinds, ...] = ("outbox", "smtp", "sendgrid")
TEN = 1_795_536_000
TWO_MAILS = """
  - {key: welcome, mail: welcome, at_once: true}
  - {key: second, mail: second, at_once: true, delay: 1d}
"""


class Peers:
    """The far end of the wire, in this process; it outlives whoever is killed."""

    sendgrid: FakeSendGrid
    smtp: SmtpPeer

    def __init__(self, kind: Kinds) -> None:
        self.kind = kind
        if kind == "sendgrid":
            self.sendgrid = FakeSendGrid()
        if kind == "smtp":
            self.smtp = SmtpPeer()

    def open(self) -> AbstractContextManager[object]:
        return {"sendgrid": lambda: self.sendgrid, "smtp": lambda: self.smtp, "outbox": nullcontext}[self.kind]()

    def provider(self, db: Database) -> Provider:
        """A fresh one: connections do not survive a fork."""
        if self.kind == "sendgrid":
            return SendGridProvider("SG.test", self.sendgrid.url, timeout=5, deadline=10)
        if self.kind == "smtp":
            return SmtpProvider(SmtpServer("127.0.0.1", self.smtp.port, timeout=5))
        return outbox_provider(db)

    def ledger(self, play: Cast) -> Counter[tuple[str, str]]:
        """How often each (address, subject) was taken on."""
        if self.kind == "sendgrid":
            return Counter((mail.to, mail.subject) for mail in list(self.sendgrid.mails))
        if self.kind == "smtp":
            return Counter((got.to[0], str(got.mail["Subject"])) for got in list(self.smtp.received))
        return Counter((row["to_email"], row["subject"]) for row in play.rows("outbox"))


@dataclass(frozen=True)
class Kill:
    """At the `nth` time that `point` is passed; "on-read": by the far end, once it has read the whole request."""

    point: str
    nth: int = 1

    def probe(self) -> Probe:
        passed = Counter[str]()

        def at(point: str) -> None:
            passed[point] += 1
            if point == self.point and passed[point] == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)

        return at


def a_process(play: Cast, url: str, peers: Peers, kill: Kill | None, batch: int) -> bool:
    """Runs every sending job in a process of its own; True when it was killed on its way."""
    child = os.fork()
    if child == 0:
        _work(play, url, peers, kill, batch)
    if kill is not None and kill.point == "on-read":
        peers.sendgrid.when_read = lambda _request: os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    if peers.kind == "sendgrid":
        peers.sendgrid.when_read = None
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the process tripped over something else"
    return False


def _work(play: Cast, url: str, peers: Peers, kill: Kill | None, batch: int) -> None:
    """In the child: never returns, and runs nothing of the test's own ending."""
    code = 1
    try:
        db = Database(url)
        kit, provider = replace(play.kit, db=db), peers.provider(db)
        probe = kill.probe() if kill else _silent
        settle(kit, provider)
        resend_planned(kit, provider, probe)
        advance(kit, provider, limit=batch, probe=probe)
        code = 0
    except BaseException:  # noqa: BLE001 - the child must not come back into the test
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _silent(_point: str) -> None: ...


@dataclass
class Result:
    kills: int
    expected: int
    lost: list[tuple[str, str]]
    repeated: dict[tuple[str, str], int]
    doubtful: int
    rows: Counter[str]
    for_a_person: int  # twice in doubt: never sent a third time

    def line(self) -> str:
        rows = ", ".join(f"{state} {count}" for state, count in sorted(self.rows.items()))
        return (
            f"kills {self.kills}, mails {self.expected}, lost {len(self.lost)}, "
            f"repeated {sum(self.repeated.values())} of {self.doubtful} in doubt, "
            f"left to a person {self.for_a_person}; rows: {rows}"
        )


@dataclass
class Story:
    """A population, a way to send, and some kills; then calm until nothing is left to do."""

    db: Database
    url: str
    kind: Kinds
    people: int = 6
    tells: bool = True  # SendGrid's webhook reports what it took, before a resend would be due

    def run(self, kills: list[Kill], batch: int = 500) -> Result:
        peers, doubts = Peers(self.kind), set[int]()
        with peers.open():
            play, clock = self._begin(peers)
            killed = self._go(play, clock, peers, kills, batch, doubts)
            got = peers.ledger(play)
        return self._result(play, got, killed, len(doubts))

    def _begin(self, peers: Peers) -> tuple[Cast, Clock]:
        clock = Clock(TEN)
        play = cast(self.db, clock, peers.provider(self.db), mail=self.kind)
        entry = "{on: by-hand}"
        play.publishes(campaign_file("pair", TWO_MAILS, entry=entry, goal="none"), mail_files("welcome", "second"))
        guests = [play.lead(f"guest{number}") for number in range(self.people)]
        for guest in [*guests, play.bob, play.charlie]:
            play.signs_up(guest, "by-hand")
        plan(play.kit, clock(), 500)  # reads only: whoever is forked finds every template read and shaped
        self.db.dispose()
        return play, clock

    def _result(self, play: Cast, got: Counter[tuple[str, str]], killed: int, doubtful: int) -> Result:
        expected = {
            (f"guest{number}@example.org", f"A word: {mail}")
            for number in range(self.people)
            for mail in ("welcome", "second")
        }
        emails = {row["id"]: row["email"] for row in play.rows("lead")}
        left = {
            (emails[row["lead_id"]], f"A word: {row['mail']}") for row in play.rows("message") if _for_a_person(row)
        }
        return Result(
            kills=killed,
            expected=len(expected),
            lost=sorted(expected - set(got) - left),
            repeated={what: count - 1 for what, count in got.items() if count > 1} | _strangers(got, expected),
            doubtful=doubtful,
            rows=Counter(row["state"] for row in play.rows("message")),
            for_a_person=len(left),
        )

    def _go(self, play: Cast, clock: Clock, peers: Peers, kills: list[Kill], batch: int, doubts: set[int]) -> int:
        killed, waiting = 0, list(kills)
        for _round in range(200):
            kill = waiting.pop(0) if waiting else None
            died = a_process(play, self.url, peers, kill, batch)
            killed += died
            doubts |= {row["id"] for row in play.rows("message") if row["state"] in ("in_flight", "in_doubt")}
            self._report(play, peers)
            self.db.dispose()  # no connection is open while a process is forked
            if not died and not waiting and self._all_quiet(play):
                return killed
            clock.advance(minutes=16 if died else 361)
        raise AssertionError("it never comes to rest")

    def _all_quiet(self, play: Cast) -> bool:
        runs = play.rows("enrollment", campaign_id=play.campaigns["pair"])
        open_rows = [
            row
            for row in play.rows("message")
            if row["state"] not in ("accepted", "dropped", "rejected") and not _for_a_person(row)
        ]
        return not open_rows and all(run["state"] in (3, 4) for run in runs)

    def _report(self, play: Cast, peers: Peers) -> None:
        """SendGrid reports, each report twice: on what it took, or (not `tells`) on other mail only."""
        if self.kind != "sendgrid":
            return
        now = play.kit.clock()
        refs = sorted(peers.sendgrid.ledger) if self.tells else []
        found = [DeliveryEvent("sendgrid", f"p-{ref}", Kind.PROCESSED, ref, now) for ref in refs]
        found.append(DeliveryEvent("sendgrid", f"other-{now}", Kind.PROCESSED, None, now))
        record_events(play.kit, found)
        record_events(play.kit, found)


def _for_a_person(row: dict[str, Any]) -> bool:
    return bool(row["state"] == "in_doubt" and row["tries"] > 1)


def _strangers(got: Counter[tuple[str, str]], expected: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Mails to people who should have had none count as repeated."""
    return {what: count for what, count in got.items() if what not in expected}


def seeded(seed: int, kind: Kinds) -> tuple[list[Kill], int, int]:
    """Kills, batch size and population of a run."""
    chance = random.Random(seed)
    points = ["before-intent", "after-intent", "after-bytes", "after-202", "after-record"]
    if kind == "sendgrid":
        points.append("on-read")
    kills = [Kill(chance.choice(points), chance.randint(1, 2)) for _ in range(chance.randint(1, 3))]
    return kills, chance.choice((1, 2, 3, 500)), chance.randint(2, 7)
