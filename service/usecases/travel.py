"""Moving a demo's clock forward: all that falls due on the way happens in its order, at its hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from service.delivery.provider import Provider
from service.domain.timing import DAY, MINUTE, QUARTER
from service.storage import clinics, enrollments, letters, planned, settings
from service.usecases.dispatch import Tally
from service.usecases.kit import Kit
from service.usecases.pass_once import pass_once
from service.usecases.watch_dates import next_date

STRIDE = 10 * MINUTE
FURTHEST = 60 * DAY
Seen = Callable[[int], None]


class CannotTravel(ValueError):
    """Says why the clock stays."""


def travel(kit: Kit, provider: Provider, to: int, seen: Seen = lambda _at: None) -> Tally:
    """Runs every pass between now and `to` (UTC epoch seconds) on the virtual clock, then sets the clock. Forward only,
    and only where mail stays in the outbox. `seen` is told each instant that was stopped at."""
    start = kit.clock()
    if not kit.demo:
        raise CannotTravel("the clock moves only in outbox mode; here mail goes to people")
    if to < start:
        raise CannotTravel("the clock moves forward only")
    if to - start > FURTHEST:
        raise CannotTravel("the clock moves 60 days at a time at the most")
    total, at = Tally(), start
    while True:
        total.add(_pass(kit, provider, at))
        seen(at)
        if at >= to:
            break
        at = min(to, _next_stop(kit, at, to))
    set_clock(kit, to)
    return total


def _next_stop(kit: Kit, at: int, to: int) -> int:
    """A stride at a time, so that a hundred instants a second apart are one pass, but never out of the quarter of an
    hour in which somebody is due, or enters by a date: windows close on quarters."""
    with kit.db.read() as conn:
        stopped = [row.id for row in clinics.everyone(conn).values() if row.stopped_at is not None]
        waiting = (enrollments.next_due(conn, stopped), planned.next_planned(conn), letters.next_planned(conn))
        due = min((instant for instant in waiting if instant is not None), default=to)
        dated = next_date(conn, kit, at, min(due, to)) if due > at else None
    due = due if dated is None else min(due, dated)
    if due <= at:
        return at + STRIDE
    return max(due, min(at + STRIDE, due - due % QUARTER + QUARTER - 1))


def set_clock(kit: Kit, to: int) -> None:
    with kit.db.write() as conn:
        settings.put(conn, settings.CLOCK_OFFSET, str(to - kit.wall()))


def _pass(kit: Kit, provider: Provider, at: int) -> Tally:
    return pass_once(replace(kit, clock=lambda: at), provider)
