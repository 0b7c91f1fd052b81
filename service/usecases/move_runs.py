"""Moving people to a version that was published: batch by batch, each in a short transaction of its own.

A moved run is of the new version, so it is not found again: killed anywhere, it goes on with the others; run twice, it
finds nothing to do. Of two workers one moves, the other leaves it to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition, MailStep
from service.domain.enrollment import EnrollmentState
from service.storage import campaigns, events, messages, publications
from service.storage.enrollments import DueRow
from service.storage.publications import PublicationRow
from service.storage.runs import RunRow
from service.usecases import moves
from service.usecases.advance import always
from service.usecases.again import again
from service.usecases.carry_runs import Move, Reached, carry_runs, reach_runs
from service.usecases.dispatch import Probe, silent
from service.usecases.kit import Kit
from service.usecases.leave import end_runs

BATCH = 500
NEW_VERSION = "new-version"
_MENDED = frozenset({"content-broken", "content-expired"})  # a new version may have mended it: it is tried again


@dataclass(frozen=True, slots=True)
class _Target:
    """The version that people are moved to."""

    row: PublicationRow
    number: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class _Sweep:
    """How far a pass over the runs has come. `missed`: some had changed since they were read."""

    after: int = 0
    missed: bool = False


def move_runs(kit: Kit, *, batch: int = BATCH, probe: Probe = silent, go_on: Callable[[], bool] = always) -> int:
    """Every publishing that is not done, oldest first; gives how many there were."""
    with kit.db.read() as conn:
        waiting = publications.still_open(conn)
    for row in waiting:
        move_publication(kit, row.id, batch=batch, probe=probe, go_on=go_on)
    return len(waiting)


def move_publication(
    kit: Kit, publication_id: int, *, batch: int = BATCH, probe: Probe = silent, go_on: Callable[[], bool] = always
) -> None:
    """To its end, unless another hand has it or `go_on` says to stop."""
    sweep: _Sweep | None = _Sweep()
    while sweep is not None and go_on():
        sweep = again(partial(_next, kit, publication_id, sweep, batch, probe))
        probe("after-batch")


def _next(kit: Kit, publication_id: int, sweep: _Sweep, batch: int, probe: Probe) -> _Sweep | None:
    """One batch: decided on a view that holds no lock, written for those who are as they were read."""
    now = kit.clock()
    with kit.db.read() as conn:
        target = _target(kit, conn, publication_id)
        if target is None:
            return None
        rows = publications.behind(conn, target.row.campaign_id, target.number, sweep.after, batch)
        moving = carry_runs(kit, conn, rows, target.definition, now) if target.row.mode == "move" else []
        again_from = target.row.counts.get("looked", 0)
        ended = [] if rows or sweep.missed else _completed(conn, target, again_from, batch)
        reached = reach_runs(kit, conn, ended, target.definition, now)
    probe("before-move")
    with kit.db.write() as conn:
        held = publications.claim(conn, publication_id)
        if held is None:
            return None
        counts = dict(held.counts)
        if rows:
            same = publications.lock_as_read(conn, rows)
            if held.mode == "move":
                _move(conn, target, [move for move in moving if move.row.id in same], counts, now)
            else:
                _end(conn, [row for row in rows if row.id in same], counts, now)
            publications.record(conn, publication_id, counts)
            return _Sweep(rows[-1].id, sweep.missed or len(same) < len(rows))
        if sweep.missed:
            return _Sweep()
        put_off = publications.put_off(conn, held.campaign_id, target.number, batch) if held.mode == "move" else []
        if put_off:
            _reprint(kit, conn, target, put_off, now)
            return sweep
        if ended and counts.get("looked", 0) == again_from:
            counts["looked"] = ended[-1][0].id
            _reopen(conn, target, reached, counts)
        publications.record(conn, publication_id, counts, None if ended else now)
    probe("after-move")
    return sweep if ended else None


def _target(kit: Kit, conn: Connection, publication_id: int) -> _Target | None:
    row = publications.get(conn, publication_id)
    if row is None or row.done_at is not None:
        return None
    number = campaigns.version_number(conn, row.version_id)
    return _Target(row, number, kit.library.version(conn, row.version_id).definition)


def _completed(conn: Connection, target: _Target, after: int, batch: int) -> list[tuple[DueRow, int]]:
    row = target.row
    if row.mode != "move" or row.reach_back is None:
        return []
    return publications.completed(conn, row.campaign_id, target.number, row.at - row.reach_back, after, batch)


def _move(conn: Connection, target: _Target, moving: Sequence[Move], counts: dict[str, int], now: int) -> None:
    states = publications.states(conn, [move.row.id for move in moving])
    written, over = [], []
    for move in moving:
        fate = move.carried.fate if not move.repeats else "kept"
        counts[fate] = counts.get(fate, 0) + 1
        if move.repeats:
            # Rather not moved than mailed twice. That it never happens is what the engine's own tests hold.
            continue
        paused = states[move.row.id] == EnrollmentState.PAUSED
        written.append(_moved(move, target, paused, now) | {"to_version": target.row.version_id})
        if move.carried.place is None:
            over.append(move.row)
    publications.move(conn, written)
    events.add_many(conn, [moves.completed(row, target.definition.key, now) for row in over])


def _moved(move: Move, target: _Target, paused: bool, now: int) -> dict[str, Any]:
    row, place = move.row, move.carried.place
    own = row._replace(visits=move.carried.visits or None)
    if place is None:
        return moves.move(own, EnrollmentState.COMPLETED, ended=now, reason="completed")
    if place.step == row.step:
        there = moves.move(own, EnrollmentState.ACTIVE)
        there |= {"to_since": place.since, "to_due": place.due, "to_held": row.held_at, "to_guard": row.guard}
    else:
        there = moves.move(own, EnrollmentState.ACTIVE, place, loops=target.definition.loops)
    if not paused:
        return there
    if row.guard in _MENDED:
        return there | {"to_guard": None, "to_due": max(place.due, now)}
    if _still_held(row, move, now):
        return there | {"to_state": int(EnrollmentState.PAUSED), "to_guard": row.guard}
    return there | {"to_guard": None}


def _still_held(row: DueRow, move: Move, now: int) -> bool:
    """A person's decision, or the campaign's pause, is not taken away by a move; only what became of use later is let
    go. What may have gone already before a backup was put back waits in any case."""
    if row.guard == "campaign-paused" or move.carried.fate == "stays":
        return True
    place = move.carried.place
    if place is None or place.due <= now:
        return True
    return row.guard == "restored" and place.step == row.step


def _end(conn: Connection, rows: Sequence[DueRow], counts: dict[str, int], now: int) -> None:
    ending = [
        RunRow(
            id=row.id,
            clinic_id=row.clinic_id,
            lead_id=row.lead_id,
            campaign_id=row.campaign_id,
            step=row.step,
            state=int(EnrollmentState.ACTIVE),
            reason=None,
            ended_at=None,
            due_at=row.due_at,
            guard=row.guard,
            entered_at=row.entered_at,
        )
        for row in rows
    ]
    counts["ends"] = counts.get("ends", 0) + end_runs(conn, ending, NEW_VERSION, "superseded", now)


def _reopen(conn: Connection, target: _Target, reached: Sequence[Reached], counts: dict[str, int]) -> None:
    same = publications.lock_as_read(conn, [each.row for each in reached])
    back = [each for each in reached if each.row.id in same]
    again_in = publications.running_again(conn, target.row.campaign_id, [each.row.lead_id for each in back])
    back = [each for each in back if each.row.lead_id not in again_in]
    written = [
        moves.move(
            each.row._replace(visits=each.visits or None),
            EnrollmentState.ACTIVE,
            each.place,
            loops=target.definition.loops,
        )
        | {"to_version": target.row.version_id}
        for each in back
    ]
    publications.move(conn, written)
    counts["reached"] = counts.get("reached", 0) + len(written)


def _reprint(kit: Kit, conn: Connection, target: _Target, put_off: Sequence[publications.PutOff], now: int) -> None:
    """Decided anew: in the words of the new version where it has the step; else not at all."""
    versions = kit.library.versions(conn, {mail.version_id for mail in put_off})
    printed: dict[int, str] = {}
    gone: list[int] = []
    for mail in put_off:
        step = target.definition.steps.get(mail.step)
        before = versions[mail.version_id].definition.steps.get(mail.step)
        if not isinstance(step, MailStep):
            gone.append(mail.id)
            continue
        bare = isinstance(before, MailStep) and before.without_slots == mail.mail and step.without_slots is not None
        printed[mail.id] = step.without_slots if bare and step.without_slots else step.mail
    publications.reprint(conn, printed, target.row.version_id)
    messages.drop(conn, dict.fromkeys(gone, NEW_VERSION), now)
