"""How enrollments move: entered, moved on, woken, paused and set going again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.decision import Place
from service.domain.enrollment import EnrollmentState
from service.storage import ids
from service.storage.bulk import update_rows
from service.storage.database import dumps
from service.storage.inserts import insert_many_new
from service.storage.locks import lock_rows
from service.storage.run_states import ACTIVE, RUNNING
from service.storage.tables import campaign, enrollment


@dataclass(frozen=True, slots=True)
class NewRun:
    lead_id: int
    place: Place


def add_many(
    conn: Connection,
    new: Sequence[NewRun],
    *,
    clinic_id: int,
    campaign_id: int,
    version_id: int,
    entry_key: str,
    appointment_id: int | None,
    now: int,
    guard: str | None,
) -> dict[int, int]:
    """New runs, paused from the start when `guard` names why; gives the enrollment by lead. Who is in already, by a
    hand that was faster, is left as they are."""
    if not new:
        return {}
    rows = [
        {
            "id": enrollment_id,
            "clinic_id": clinic_id,
            "lead_id": run.lead_id,
            "campaign_id": campaign_id,
            "version_id": version_id,
            "entry_key": entry_key,
            "appointment_id": appointment_id,
            "state": int(EnrollmentState.PAUSED if guard else EnrollmentState.ACTIVE),
            "step": run.place.step,
            "since": run.place.since,
            "due_at": run.place.due,
            "guard": guard,
            "entered_at": now,
        }
        for enrollment_id, run in zip(ids.take(len(new)), new, strict=True)
    ]
    return insert_many_new(conn, enrollment, rows, (enrollment.c.lead_id, enrollment.c.id))


MOVED = ("state", "step", "visit", "since", "due_at", "held_at", "guard", "ended_at", "reason", "visits")
_ONWARD = itemgetter(
    "to_state", "to_step", "to_visit", "to_since", "to_due", "to_held", "to_guard", "to_ended", "to_reason"
)
_ID = itemgetter(-1)


def move(conn: Connection, moves: Sequence[Mapping[str, Any]]) -> None:
    """Each mapping: row_id and to_state, to_step, to_visit, to_visits, to_since, to_due, to_held, to_guard, to_ended,
    to_reason. The rows are locked by `unchanged` before."""
    move_rows(conn, [as_row(each) for each in moves])


def as_row(moved: Mapping[str, Any]) -> tuple[Any, ...]:
    """A mapping of `move` as `move_rows` takes it: the columns of MOVED, and the run's id."""
    return (*_ONWARD(moved), _json(moved["to_visits"]), moved["row_id"])


def move_rows(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    update_rows(conn, enrollment, MOVED, sorted(rows, key=_ID), "revision = enrollment.revision + 1")


def _json(visits: Mapping[str, int] | None) -> str | None:
    return None if visits is None else dumps(visits)


def wake(conn: Connection, enrollment_ids: Sequence[int], at: int) -> None:
    """Decided on at `at` at the latest: something happened that a branch may wait for."""
    lock_rows(conn, enrollment, enrollment.c.id.in_(enrollment_ids))
    conn.execute(
        sa.update(enrollment)
        .where(enrollment.c.id.in_(enrollment_ids), enrollment.c.state == ACTIVE, enrollment.c.due_at > at)
        .values(due_at=at, revision=enrollment.c.revision + 1)
    )


def look_again(conn: Connection, campaign_id: int, version_id: int, steps: Collection[str], now: int) -> None:
    """Whoever stands on one of these steps is decided on now: nobody's place changes by a look."""
    standing = (
        enrollment.c.campaign_id == campaign_id,
        enrollment.c.version_id == version_id,
        enrollment.c.step.in_(steps),
        enrollment.c.state == ACTIVE,
        enrollment.c.due_at > now,
    )
    lock_rows(conn, enrollment, *standing)
    conn.execute(sa.update(enrollment).where(*standing).values(due_at=now, revision=enrollment.c.revision + 1))


def freeze(conn: Connection, campaign_id: int, guard: str) -> int:
    """Pauses every active run of a campaign in place; gives their number."""
    return _shift(conn, campaign_id, (EnrollmentState.ACTIVE, None), (EnrollmentState.PAUSED, guard))


def thaw(conn: Connection, campaign_id: int, guard: str) -> int:
    """Sets those going that `guard` had paused, where they stand."""
    return _shift(conn, campaign_id, (EnrollmentState.PAUSED, guard), (EnrollmentState.ACTIVE, None))


def _shift(
    conn: Connection,
    campaign_id: int,
    old: tuple[EnrollmentState, str | None],
    new: tuple[EnrollmentState, str | None],
) -> int:
    standing = [enrollment.c.campaign_id == campaign_id, enrollment.c.state == int(old[0])]
    if old[1] is not None:
        standing.append(enrollment.c.guard == old[1])
    lock_rows(conn, enrollment, *standing)
    shifted = sa.update(enrollment).where(*standing)
    done = conn.execute(shifted.values(state=int(new[0]), guard=new[1], revision=enrollment.c.revision + 1))
    return done.rowcount


def take_back(
    conn: Connection, lead_id: int, reason: str, ended_at: int, now: int, *, appointment_id: int | None = None
) -> int:
    """Sets those runs going again that this very exit ended, at once where their hour has passed; gives their number.
    A run whose campaign has taken the lead anew meanwhile stays ended; one of a paused campaign waits with it.
    `appointment_id`: only those that this visit had started."""
    newer = enrollment.alias()
    lock_rows(conn, enrollment, enrollment.c.lead_id == lead_id)
    paused = sa.exists().where(campaign.c.id == enrollment.c.campaign_id, campaign.c.state == "paused")
    done = conn.execute(
        sa.update(enrollment)
        .where(
            enrollment.c.lead_id == lead_id,
            enrollment.c.state == int(EnrollmentState.EXITED),
            enrollment.c.reason == reason,
            enrollment.c.ended_at == ended_at,
            sa.true() if appointment_id is None else enrollment.c.appointment_id == appointment_id,
            ~sa.exists().where(
                newer.c.lead_id == lead_id,
                newer.c.campaign_id == enrollment.c.campaign_id,
                newer.c.entry_key == enrollment.c.entry_key,
                newer.c.state.in_(RUNNING),
            ),
        )
        .values(
            state=sa.case((paused, int(EnrollmentState.PAUSED)), else_=int(EnrollmentState.ACTIVE)),
            guard=sa.case((paused, "campaign-paused")),
            reason=None,
            ended_at=None,
            due_at=sa.case((enrollment.c.due_at < now, now), else_=enrollment.c.due_at),
            revision=enrollment.c.revision + 1,
        )
    )
    return done.rowcount


def release_guard(conn: Connection, lead_id: int, guard: str, at: int) -> None:
    """What this guard holds back is decided on anew at `at`."""
    lock_rows(conn, enrollment, enrollment.c.lead_id == lead_id)
    conn.execute(
        sa.update(enrollment)
        .where(enrollment.c.lead_id == lead_id, enrollment.c.state == ACTIVE, enrollment.c.guard == guard)
        .values(due_at=at, revision=enrollment.c.revision + 1)
    )
