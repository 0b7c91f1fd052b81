"""Keeping the rates: what a provider and a clinic may still take now, and today. Costs nothing where none is set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.engine import Connection

from service.domain.rate import MICRO, Day, DayFull, Rates, free, spend
from service.domain.timing import day_start, local_day
from service.storage import pace
from service.storage.clinics import ClinicRow
from service.storage.pace import Spent
from service.usecases.kit import Kit


@dataclass(slots=True)
class Paces:
    """As it stands while mail is decided on; the claim asks again. `waiting`: clinics whose second is used up."""

    waiting: list[int] = field(default_factory=list)
    _left: dict[int, int] = field(default_factory=dict)
    _full: dict[int, DayFull] = field(default_factory=dict)

    @property
    def by_day(self) -> bool:
        """Whether any clinic's day is limited."""
        return bool(self._left)

    def full(self, clinic_id: int) -> DayFull | None:
        """Takes one of what its day has left; how it is full where nothing is left."""
        if clinic_id not in self._left:
            return None
        self._left[clinic_id] -= 1
        return self._full[clinic_id] if self._left[clinic_id] < 0 else None


def paces(conn: Connection, houses: Iterable[ClinicRow], now: int) -> Paces:
    found, limited = Paces(), [row for row in houses if row.rates != Rates()]
    if not limited:
        return found
    scopes = [scope(row.id) for row in limited for scope in (pace.of_second, pace.of_day)]
    spent = pace.spent(conn, scopes)
    for row in limited:
        rates, second = row.rates, spent.get(pace.of_second(row.id), Spent())
        if rates.second is not None and not free(second.at, rates.second, now * MICRO):
            found.waiting.append(row.id)
        day = _today(spent.get(pace.of_day(row.id), Spent()), local_day(now, row.zone))
        if (most := rates.most_on(day.step)) is not None:
            found._left[row.id] = most - day.mails  # noqa: SLF001 - made here
            begins = day_start(local_day(now, row.zone) + 1, row.zone)
            found._full[row.id] = DayFull(max(day.mails, most), most, rates.warming(day.step), begins)  # noqa: SLF001
    return found


class Today(NamedTuple):
    """What a clinic's day has seen; `most` None: no limit on it. `step`: days with mail before it."""

    mails: int
    most: int | None
    warming: bool
    step: int


def today_of(conn: Connection, clinic: ClinicRow, now: int) -> Today | None:
    """None where no day is counted."""
    if not clinic.rates.by_day:
        return None
    spent = pace.spent(conn, [pace.of_day(clinic.id)]).get(pace.of_day(clinic.id), Spent())
    day = _today(spent, local_day(now, clinic.zone))
    return Today(day.mails, clinic.rates.most_on(day.step), clinic.rates.warming(day.step), day.step)


def provider_room(kit: Kit, provider: str, limit: int) -> int:
    """How many of `limit` the provider's own rate allows now."""
    if kit.rate is None:
        return limit
    with kit.db.read() as conn:
        scope = pace.of_provider(provider)
        spent = pace.spent(conn, [scope]).get(scope, Spent())
    return min(limit, free(spent.at, kit.rate, kit.clock() * MICRO))


def limited(kit: Kit, houses: Iterable[ClinicRow]) -> bool:
    """Whether there is any rate to keep."""
    return kit.rate is not None or any(row.rates != Rates() for row in houses)


class Want(NamedTuple):
    """A mail that is to leave. `counted`: today has counted it already."""

    message_id: int
    clinic: ClinicRow
    service: bool
    counted: bool = False


class Claim:
    """Within the transaction that takes mail in hand: what of it the rates have no room for is `refused`; what does
    leave is told to `spend`."""

    def __init__(self, conn: Connection, kit: Kit, provider: str, wants: Sequence[Want], now: int) -> None:
        self._conn, self._now, self._rate = conn, now, kit.rate
        self._provider = pace.of_provider(provider)
        self._wants = {want.message_id: want for want in wants}
        scopes = _scopes(wants, self._provider if kit.rate is not None and wants else None)
        self._spent = pace.hold(conn, scopes) if scopes else {}
        self.refused = self._refused() if scopes else set()

    @property
    def any(self) -> bool:
        """Whether anything is to be written down."""
        return bool(self._spent)

    def spend(self, went: Iterable[int]) -> None:
        """Writes down what of it leaves."""
        if not self._spent:
            return
        found: dict[str, Spent] = {}
        for want in (self._wants[message_id] for message_id in went):
            for scope, rate in self._seconds(want):
                at = found.get(scope, self._spent[scope]).at
                found[scope] = Spent(spend(at, rate, self._now * MICRO, 1))
            scope = pace.of_day(want.clinic.id)
            if scope in self._spent and not want.counted:
                day = self._day(found.get(scope, self._spent[scope]), want.clinic)
                found[scope] = Spent(day.day, day.mails + 1, day.step)
        pace.keep(self._conn, found)

    def _refused(self) -> set[int]:
        """In their order, each that one of its rates has no room for."""
        refused, taken = set(), dict.fromkeys(self._spent, 0)
        for want in self._wants.values():
            rooms = [
                (scope, free(self._spent[scope].at, rate, self._now * MICRO)) for scope, rate in self._seconds(want)
            ]
            scope = pace.of_day(want.clinic.id)
            if scope in self._spent and not want.counted:
                day = self._day(self._spent[scope], want.clinic)
                most = want.clinic.rates.most_on(day.step)
                if most is not None:
                    # service mail is counted, and leaves all the same
                    rooms.append((scope, taken[scope] + 1 if want.service else most - day.mails))
            if all(taken[scope] < room for scope, room in rooms):
                for scope, _room in rooms:
                    taken[scope] += 1
            else:
                refused.add(want.message_id)
        return refused

    def _seconds(self, want: Want) -> list[tuple[str, int]]:
        found = [] if self._rate is None else [(self._provider, self._rate)]
        if want.clinic.rates.second is not None:
            found.append((pace.of_second(want.clinic.id), want.clinic.rates.second))
        return found

    def _day(self, spent: Spent, clinic: ClinicRow) -> Day:
        return _today(spent, local_day(self._now, clinic.zone))


def _scopes(wants: Iterable[Want], provider: str | None) -> set[str]:
    found = set() if provider is None else {provider}
    clinics: Mapping[int, ClinicRow] = {want.clinic.id: want.clinic for want in wants}
    for clinic in clinics.values():
        if clinic.rates.second is not None:
            found.add(pace.of_second(clinic.id))
        if clinic.rates.by_day:
            found.add(pace.of_day(clinic.id))
    return found


def _today(spent: Spent, today: int) -> Day:
    return Day(spent.at, spent.mails, spent.step).at(today)
