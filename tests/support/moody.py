"""A provider that rejects, puts off, or loses its answer, and that looks at each mail as the law would."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Probe
from service.domain.campaign import MailStep
from service.domain.mail import Batch, Letter
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected
from service.domain.timing import local, local_day
from service.storage import clinics, suppressions
from service.storage.database import Database
from service.storage.tables import campaign, enrollment, lead, message
from service.usecases.closures import load_closed
from tests.support.cast import Cast, outbox_provider
from tests.support.clock import Clock


class Moody(OutboxProvider):
    """`mood`: good, rejects, later, took (and lost the answer) or lost (and took nothing). `taken`: the refs it has;
    `faults`: what it was given and must not have been."""

    def __init__(self, db: Database, play: Cast, clock: Clock) -> None:
        plain = outbox_provider(db)
        super().__init__(plain._put, plain._known)
        self._db, self._cast, self._clock = db, play, clock
        self.mood = "good"
        self.taken: dict[str, int] = {}
        self.faults: list[str] = []
        self._days: Counter[tuple[int, int]] = Counter()
        self._steps: set[tuple[int, str, int]] = set()
        self._once: set[tuple[int, str]] = set()

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        for letter in batch.letters:
            self._look(letter, now)
        if self.mood in ("rejects", "later", "lost"):
            probe("after-bytes")
            probe("after-202")
            answers: dict[str, Outcome] = {
                "rejects": Rejected("550"),
                "later": Later("busy", now + 900),
                "lost": Doubtful("nothing heard"),
            }
            return [answers[self.mood] for _ in batch.letters]
        for letter in batch.letters:
            self._take(letter, now)
        given = super().send(batch, now, probe)
        return [Doubtful("nothing heard") for _ in given] if self.mood == "took" else [Accepted() for _ in given]

    def _take(self, letter: Letter, now: int) -> None:
        """Before the probes: from here on the mail is out, whoever is killed."""
        if letter.ref in self.taken:
            self.faults.append(f"{letter.ref} twice")
        self.taken[letter.ref] = now
        row = self._row(letter.ref)
        visit = (row["enrollment_id"], row["step"], row["visit"])
        if visit in self._steps:
            self.faults.append(f"{visit} twice")
        self._steps.add(visit)
        definition = self._definition(row)
        if not definition.loops:
            if visit[:2] in self._once:
                self.faults.append(f"{visit[:2]} again, after a publication")
            self._once.add(visit[:2])
        if not row["service"]:
            self._days[row["lead_id"], local_day(now, row["zone"])] += 1

    def _definition(self, row: dict[str, Any]) -> Any:
        with self._db.read() as conn:
            return self._cast.kit.library.version(conn, row["version_id"]).definition

    def _row(self, ref: str) -> dict[str, Any]:
        query = (
            sa.select(
                *(message.c[name] for name in ("lead_id", "enrollment_id", "version_id", "step", "visit", "service")),
                *(lead.c[name] for name in ("zone", "consent", "paused_until", "email_key")),
                enrollment.c.state.label("run"),
                campaign.c.state.label("campaign"),
            )
            .join(lead, lead.c.id == message.c.lead_id)
            .join(enrollment, enrollment.c.id == message.c.enrollment_id)
            .join(campaign, campaign.c.id == message.c.campaign_id)
            .where(message.c.ref == ref)
        )
        with self._db.read() as conn:
            return dict(conn.execute(query).mappings().one())

    def _look(self, letter: Letter, now: int) -> None:
        row = self._row(letter.ref)
        with self._db.read() as conn:
            house = clinics.get(conn, self._cast.clinic)
            stops = {stop.reason for stop in suppressions.standing(conn, house.id, row["email_key"])}
            closed = load_closed(conn, [house], now)[house.id].days
        definition = self._definition(row)
        step = definition.steps[row["step"]]
        assert isinstance(step, MailStep)
        wrong = [
            ("after an exit", row["run"] == 4),
            ("while the campaign rests", row["campaign"] == "paused"),
            ("while the clinic is stopped", house.stopped_at is not None),
            ("to a dead address", bool(stops & {"hard-bounce", "complaint", "invalid"})),
        ]
        if not step.service:
            today = local_day(now, row["zone"])
            week = sum(self._days[row["lead_id"], day] for day in range(today - 6, today + 1))
            wrong += [
                ("without consent", row["consent"] != "given"),
                ("after an unsubscribe", bool(stops)),
                ("during a pause", (row["paused_until"] or 0) > now),
                ("beyond the day's cap", self._days[row["lead_id"], today] >= house.cap_day),
                ("beyond the week's cap", week >= house.cap_week),
            ]
        if not step.at_once:
            window = definition.window
            here = local(now, row["zone"] if window.zone == "lead" else house.zone)
            minute = here.hour * 60 + here.minute
            wrong += [
                ("outside the window", not window.holds(here)),
                ("on a closed day", not window.holidays and here.toordinal() in closed),
                (
                    "in quiet hours",
                    house.quiet is not None and _within(minute, house.quiet) and _room(window, house.quiet),
                ),
            ]
        self.faults += [f"{row['step']} {what}" for what, is_so in wrong if is_so]


def _within(minute: int, quiet: tuple[int, int]) -> bool:
    starts, ends = quiet
    return starts <= minute < ends if starts <= ends else minute >= starts or minute < ends


def _room(window: Any, quiet: tuple[int, int]) -> bool:
    """Quiet hours that leave nothing of a window are none."""
    return any(not _within(minute, quiet) for minute in range(window.opens, window.closes))
