"""How all that sends mail stands, in figures that somebody acts on; no clinic, person or address among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from service.domain.breaker import gate
from service.storage import brakes, breakers, clinics, enrollments, measures, messages, queue_lag, workers
from service.storage.workers import WorkerRow
from service.usecases.check_health import TOLD_FOR
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Measures:
    """Ages in seconds. `left_alone`: the provider is not asked for now. `queue_lag`: None where the workers share no
    queue. `held`: clinics whose mail, or whose series, are held back. `wall`: the instant of it all."""

    oldest_due: int
    in_doubt: int
    dead_leases: int
    posts_waiting: int
    events_waiting: int
    left_alone: bool
    queue_lag: float | None
    held: int
    workers: Sequence[WorkerRow]
    wall: int


def measure(kit: Kit) -> Measures | None:
    """None when the database does not answer."""
    try:
        return _measure(kit)
    except SQLAlchemyError:
        return None


def _measure(kit: Kit) -> Measures:
    now, wall = kit.clock(), kit.wall()
    with kit.db.read() as conn:
        stopped = [row.id for row in clinics.everyone(conn).values() if row.stopped_at is not None]
        due = enrollments.next_due(conn, stopped)
        return Measures(
            oldest_due=max(0, now - due) if due is not None else 0,
            in_doubt=messages.count_in_doubt(conn),
            dead_leases=measures.dead_leases(conn, now),
            posts_waiting=measures.posts_waiting(conn),
            events_waiting=measures.events_waiting(conn),
            left_alone=gate(breakers.get(conn, kit.mail), now) != "closed",
            queue_lag=queue_lag.lag(conn),
            held=len(brakes.standing(conn)),
            workers=[row for row in workers.since(conn, wall - TOLD_FOR) if row.stopped_at is None],
            wall=wall,
        )
