"""Open slots as they stand: for the booking page, for mails, and for the engine's question whether there are any."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy.engine import Connection

from service.domain.base36 import base36
from service.domain.clock_words import day_words, time_words
from service.domain.slots import Hours, Slot, SlotRules, Taken, open_slots, spread
from service.domain.timing import DAY, day_start, local_day
from service.storage import appointments, clinics, practitioners
from service.storage.clinics import ClinicRow
from service.storage.practitioners import AbsenceRow, PractitionerRow, VisitTypeRow
from service.storage.together import Together

ENOUGH = 3
MAIL_NOTICE = DAY  # a mail is read hours after it was written


@dataclass(frozen=True, slots=True)
class Diary:
    """What is known of one clinic's time: enough to list its open slots. `practitioners`: who signs first."""

    clinic: ClinicRow
    visit_type: VisitTypeRow
    practitioners: dict[int, PractitionerRow]
    hours: list[Hours]
    absences: list[AbsenceRow]
    taken: Taken = field(repr=False)
    types: list[VisitTypeRow] = field(default_factory=list)

    def fewest(self, now: int, days: int, enough: int) -> list[tuple[str, int]]:
        """The kinds of visit with fewer than `enough` open times from now to so many days ahead, and how many each."""
        today, found = local_day(now, self.clinic.zone), []
        for kind in self.types:
            own = replace(self, visit_type=kind)
            listed = own.by_start(own.slots(now, from_day=today, to_day=today + days - 1))
            if (number := sum(1 for _ in islice(listed, enough))) < enough:
                found.append((kind.name, number))
        return found

    def slots(
        self, now: int, *, notice: int | None = None, from_day: int | None = None, to_day: int | None = None
    ) -> Iterator[Slot]:
        """Every free slot of every practitioner, in order. `notice`: seconds, where more than the clinic's own."""
        rules = SlotRules(
            self.clinic.zone,
            self.visit_type.minutes,
            self.visit_type.buffer_minutes,
            max(self.clinic.min_notice, notice or 0),
            self.clinic.horizon_days,
        )
        spans = [row.span for row in self.absences]
        yield from open_slots(rules, self.hours, spans, self.taken, now, from_day=from_day, to_day=to_day)

    def by_start(self, slots: Iterator[Slot]) -> Iterator[Slot]:
        """One slot a start: with whoever signs the clinic's mails where she is free."""
        rank = {practitioner_id: place for place, practitioner_id in enumerate(self.practitioners)}
        best: Slot | None = None
        for slot in slots:
            if best is not None and slot.starts_at != best.starts_at:
                yield best
                best = None
            if best is None or rank[slot.practitioner_id] < rank[best.practitioner_id]:
                best = slot
        if best is not None:
            yield best


@dataclass(frozen=True, slots=True)
class MailSlot:
    """A slot as a mail offers it; `key` ends its link: /b/TOKEN/key."""

    start: int
    day: str
    time: str
    key: str


def diary(conn: Connection, clinic: ClinicRow, now: int, *, but: int | None = None) -> Diary | None:
    """The clinic's diary from now to its horizon; None where no visit can be booked at all. The quarters of
    appointment `but` count as free: it is about to move."""
    return diaries(conn, {clinic.id: clinic}, now, but=but).get(clinic.id)


def diaries(conn: Connection, listed: dict[int, ClinicRow], now: int, *, but: int | None = None) -> dict[int, Diary]:
    """As `diary`, for many clinics with two queries."""
    until = now + (max((clinic.horizon_days for clinic in listed.values()), default=0) + 2) * DAY
    ask = Together(conn)
    kinds = ask(lambda conn: practitioners.visit_types(conn, listed))
    opening = ask(lambda conn: practitioners.hours(conn, listed))
    away = ask(lambda conn: practitioners.absences(conn, listed, now, until))
    staff = ask(lambda conn: practitioners.active(conn, listed))
    ask.now()
    types, hours, absences = kinds(), opening(), away()
    people: dict[int, dict[int, PractitionerRow]] = {clinic_id: {} for clinic_id in listed}
    for row in staff():
        people[row.clinic_id][row.id] = row
    everyone = [practitioner_id for own in people.values() for practitioner_id in own]
    taken = appointments.taken(conn, everyone, now, until, but)
    return {
        clinic_id: Diary(
            clinic,
            types[clinic_id][0],
            people[clinic_id],
            hours[clinic_id],
            absences[clinic_id],
            taken,
            types[clinic_id],
        )
        for clinic_id, clinic in listed.items()
        if types[clinic_id] and people[clinic_id]
    }


def slots_for_mails(
    conn: Connection, clinic_id: int, now: int, count: int = ENOUGH, language: str = "en"
) -> list[MailSlot]:
    """At most `count` slots to offer in a mail written now: a day away at least, on different days where possible."""
    clinic = clinics.get(conn, clinic_id)
    found = diary(conn, clinic, now)
    if found is None:
        return []
    chosen = spread(found.by_start(found.slots(now, notice=MAIL_NOTICE)), count, clinic.zone)
    return [
        MailSlot(
            slot.starts_at,
            day_words(slot.starts_at, clinic.zone, language),
            time_words(slot.starts_at, clinic.zone, language),
            base36(slot.starts_at),
        )
        for slot in chosen
    ]


def count_open(conn: Connection, clinic_ids: Collection[int], now: int) -> dict[int, int]:
    """How many slots a mail could offer, by clinic; counting ends at three. Three queries, however many clinics."""
    every = clinics.everyone(conn)
    listed = {clinic_id: every[clinic_id] for clinic_id in clinic_ids}
    found = diaries(conn, listed, now)
    counts = dict.fromkeys(clinic_ids, 0)
    for clinic_id, one in found.items():
        counts[clinic_id] = offered(one, now)
    return counts


def offered(found: Diary | None, now: int) -> int:
    """How many slots a mail could offer; counting ends at three."""
    return len(list(islice(found.by_start(found.slots(now, notice=MAIL_NOTICE)), ENOUGH))) if found else 0


def slots_at(found: Diary, start: int, now: int) -> list[Slot]:
    """The free slots that begin at exactly `start`, the first to be offered first."""
    day = local_day(start, found.clinic.zone)
    rank = {practitioner_id: place for place, practitioner_id in enumerate(found.practitioners)}
    same = [slot for slot in found.slots(now, from_day=day, to_day=day) if slot.starts_at == start]
    return sorted(same, key=lambda slot: rank[slot.practitioner_id])


def closed_words(found: Diary, day: int) -> str | None:
    """Why the clinic is closed on all of that local day (an ordinal): "Thanksgiving"; None when it is open."""
    start, end = day_start(day, found.clinic.zone), day_start(day + 1, found.clinic.zone)
    opens = [each for each in found.hours if each.weekday == (day - 1) % 7]
    for row in found.absences:
        if row.practitioner_id is None and row.starts_at <= start and row.ends_at >= end:
            return row.words
    away = {row.practitioner_id for row in found.absences if row.starts_at <= start and row.ends_at >= end}
    return None if any(each.practitioner_id not in away for each in opens) else "closed"
