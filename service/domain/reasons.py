"""Why a mail leaves when it does and not before: the days and hours that it had to let pass, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from service.domain.timing import HOUR, MINUTE, Window, day_start, local, local_day, opening, quieted

Kind = Literal["weekday", "closed", "early", "late", "quiet", "clocks", "jitter"]
NEAR = 6  # days in which a weekday's name alone says which day is meant


@dataclass(frozen=True, slots=True)
class Reason:
    """`at` is the first instant that it held for; `first` and `last` are the local days (ordinals) that were let pass
    because of it, both None where the mail still left on the same day."""

    kind: Kind
    at: int
    words: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class _Passed:
    """A day, or what was left of it, that had to be let pass."""

    kind: Kind
    at: int
    day: int
    says: str = ""


def moved_because(
    raw: int,
    left_at: int,
    window: Window,
    quiet: tuple[int, int] | None,
    zone: str,
    closed_words: Mapping[int, str],
) -> tuple[Reason, ...]:
    """Why a mail that was ready at `raw` left at `left_at` (UTC epoch seconds), oldest first; empty where it left when
    it was ready. `closed_words`: what each closed local day is, such as "a holiday here (Memorial Day)"."""
    if left_at <= raw:
        return ()
    narrowed = window if quiet is None else quieted(window, quiet)
    closed = frozenset() if window.holidays else frozenset(closed_words)
    opens = opening(raw, narrowed, zone, closed)
    passed = list(_days_passed(raw, opens, window, narrowed, zone, {} if window.holidays else closed_words))
    reasons = [
        _day_reason(list(run), left_at, zone) for _, run in groupby(passed, key=lambda day: (day.kind, day.says))
    ]
    reasons += _hour_reasons(raw, opens, window, narrowed, zone)
    if opens < left_at <= opens + max(window.jitter * MINUTE, 0):
        spread = f"spread over {window.jitter} minutes, so that not all leave in one second"
        reasons.append(Reason("jitter", opens, spread))
    return tuple(reasons)


def _days_passed(
    raw: int, opens: int, window: Window, narrowed: Window, zone: str, closed_words: Mapping[int, str]
) -> Iterator[_Passed]:
    """Each local day from `raw` on that saw no opening any more."""
    at, last = raw, local_day(opens, zone)
    while (day := local_day(at, zone)) < last:
        if (day - 1) % 7 not in window.days:
            yield _Passed("weekday", at, day)
        elif day in closed_words:
            yield _Passed("closed", at, day, closed_words[day])
        else:
            yield _Passed(_hour_kind(at, window, narrowed, zone), at, day, f"{day}")
        at = max(day_start(day + 1, zone), at + 1)


def _hour_kind(at: int, window: Window, narrowed: Window, zone: str) -> Kind:
    here = local(at, zone)
    minute = here.hour * 60 + here.minute
    if window.opens <= minute < window.closes and not narrowed.opens <= minute < narrowed.closes:
        return "quiet"
    if minute >= narrowed.closes:
        return "late"
    return "clocks" if local_day(opening(at, narrowed, zone), zone) > here.toordinal() else "early"


def _hour_reasons(raw: int, opens: int, window: Window, narrowed: Window, zone: str) -> list[Reason]:
    """The wait on the day itself, for a mail that was ready that day."""
    if raw == opens or local_day(raw, zone) != local_day(opens, zone):
        return []
    kind = _hour_kind(raw, window, narrowed, zone)
    return [Reason(kind, raw, _hour_words(kind, raw, zone))]


def _day_reason(days: list[_Passed], left_at: int, zone: str) -> Reason:
    first, last = days[0], days[-1]
    if first.kind not in ("weekday", "closed"):
        return Reason(first.kind, first.at, _hour_words(first.kind, first.at, zone), first.day, last.day)
    names, several = _names(days, left_at, zone), len(days) > 1
    if first.kind == "weekday":
        said = f"{names} {'are no days' if several else 'is no day'} for mails"
    else:
        said = f"{names} {'are' if several else 'is'} {first.says}"
    return Reason(first.kind, first.at, said, first.day, last.day)


def _names(days: list[_Passed], left_at: int, zone: str) -> str:
    near = local_day(left_at, zone) - days[0].day <= NEAR

    def name(day: _Passed) -> str:
        here = local(day_start(day.day, zone) + 12 * HOUR, zone)
        return f"{here:%A}" if near else f"{here:%A}, {here.day} {here:%B}"

    if len(days) == 1:
        return name(days[0])
    return f"{name(days[0])} {'and' if len(days) == 2 else 'to'} {name(days[-1])}"


def _hour_words(kind: Kind, at: int, zone: str) -> str:
    here = local(at, zone)
    hour = f"{here:%A %H:%M}"
    match kind:
        case "early":
            return f"{hour} is too early"
        case "late":
            return f"{hour} is too late"
        case "quiet":
            return f"{hour} is in the quiet hours"
    return f"the clocks change on {here:%A}, and its hours for mails fall out"
