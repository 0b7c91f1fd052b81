"""The demo's world: its agenda, its clock and its worker. Whoever acts in it is handed the kit of that very instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from service.delivery.provider import Provider
from service.domain.delivery_event import DeliveryEvent
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import enrollments
from service.usecases.advance import advance
from service.usecases.demo.agenda import Act, Agenda
from service.usecases.demo.clinic import House
from service.usecases.demo.people import Person
from service.usecases.forget_old import forget_old
from service.usecases.kit import Kit
from service.usecases.read_post import read_waiting_posts
from service.usecases.record_events import apply_waiting_events, record_events
from service.usecases.resend import resend_planned
from service.usecases.score_leads import score_leads
from service.usecases.settle import settle

STRIDE = 30 * MINUTE  # mails due within it leave in one pass; a person who waits for one gets it at once
AT_ONCE = 2
POSTBAG = 4 * HOUR
HOUSEKEEPING = DAY


@dataclass(slots=True)
class World:
    """`outage`: from when to when no worker runs. `delivered` is called after each pass that handed mails over."""

    kit: Kit
    provider: Provider
    house: House
    seed: str
    outage: tuple[int, int]
    delivered: Callable[[World, int], None]
    agenda: Agenda = field(default_factory=Agenda)
    people: dict[int, Person] = field(default_factory=dict)  # by lead id
    reports: list[DeliveryEvent] = field(default_factory=list)
    _ticked: int = 0
    _due: int | None = None

    def at(self, instant: int) -> Kit:
        return replace(self.kit, clock=lambda: instant, wall=lambda: instant)

    def chance(self, *parts: object) -> Random:
        """The same parts give the same chance, whatever else happens."""
        return Random(":".join(map(str, (self.seed, *parts))))

    def put(self, at: int, act: Act) -> None:
        self.agenda.put(at, act)

    def soon(self, at: int) -> None:
        """Somebody's mail is due at `at`, or a branch may go on: looked at with the next stride."""
        self._due = at if self._due is None else min(self._due, at)

    def at_once(self, at: int) -> None:
        """Somebody waits for a mail now: the worker's very next pass sends it."""
        self.put(at + AT_ONCE, self.tick)

    def run(self, start: int, until: int, seen: Callable[[int], None]) -> None:
        """Lets everything happen from `start` up to and at `until`. `seen` is told each instant a day apart."""
        for day in range(start, until, HOUSEKEEPING):
            self.put(day, seen)
            self.put(day, self.keep_house)
        for hour in range(start, until, POSTBAG):
            self.put(hour, self.hand_in)
        while (at := self._next()) is not None and at < until:
            if at == self.agenda.next_at:
                at, act = self.agenda.take()
                act(at)
            else:
                self.tick(at)
        self.hand_in(until)
        self.keep_house(until)
        self.tick(until)
        seen(until)

    def tick(self, at: int) -> None:
        """One pass of the worker, unless none runs."""
        begins, ends = self.outage
        if begins <= at < ends:
            self._due = ends
            return
        tally = advance(self.at(at), self.provider)
        self._ticked = at
        with self.kit.db.read() as conn:
            self._due = enrollments.next_due(conn)
        if tally.accepted:
            self.delivered(self, at)

    def report(self, event: DeliveryEvent) -> None:
        """The provider will tell of it with its next bag of reports."""
        self.reports.append(event)

    def hand_in(self, at: int) -> None:
        """The provider's bag of reports: all that has happened by now."""
        ripe = [event for event in self.reports if event.at <= at]
        if ripe:
            self.reports = [event for event in self.reports if event.at > at]
            record_events(self.at(at), ripe)

    def keep_house(self, at: int) -> None:
        """The worker's slower jobs."""
        kit = self.at(at)
        read_waiting_posts(kit)
        apply_waiting_events(kit)
        resend_planned(kit, self.provider)
        settle(kit, self.provider)
        score_leads(kit)
        forget_old(kit)

    def _next(self) -> int | None:
        """When something happens next: an act, or a pass for what is due."""
        found = [at for at in (self.agenda.next_at, self._next_pass()) if at is not None]
        return min(found, default=None)

    def _next_pass(self) -> int | None:
        """Strides end with the hour: windows close then, and nobody's mail waits a night because we strode."""
        if self._due is None:
            return None
        closes = self._due - self._due % HOUR + HOUR - 1
        return max(self._due, min(self._ticked + STRIDE, closes))
