"""What a new version makes of the people who are in older ones: asked by the preview, done by the move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.carry import Carried, carry, reach, repeats
from service.domain.decision import Exit, Place
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.storage import publications
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases.alike import at
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Move:
    """A run and what becomes of it. `repeats`: mails that would go to it twice; none, or the move is wrong."""

    row: DueRow
    carried: Carried
    repeats: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A completed run that goes on at `place`. `visits` marks what it was sent."""

    row: DueRow
    place: Place
    visits: Mapping[str, int]


def carry_runs(kit: Kit, conn: Connection, rows: Sequence[DueRow], new: Definition, now: int) -> list[Move]:
    """One of each row, in their order; the same number of queries for any number of them."""
    if not rows:
        return []
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    facts = _facts(conn, rows, new, now)
    sent = publications.sent(conn, [row.id for row in rows])
    moves = []
    for row in rows:
        run, had = at(row), sent.get(row.id, {})
        carried = carry(versions[row.version_id].definition, new, run, had, facts[row.id], now)
        moves.append(Move(row, carried, repeats(new, carried, run, had)))
    return moves


def reach_runs(
    kit: Kit, conn: Connection, ended: Sequence[tuple[DueRow, int]], new: Definition, now: int
) -> list[Reached]:
    """Those of the completed runs that a step added at the end is for, and to whom it may go: whoever has met the goal
    since, has asked us to stop or cannot be reached stays where they are."""
    if not ended:
        return []
    rows = [row for row, _ in ended]
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    facts = _facts(conn, rows, new, now)
    sent = publications.sent(conn, [row.id for row in rows])
    found = []
    for row, ended_at in ended:
        had = sent.get(row.id, {})
        place = reach(versions[row.version_id].definition, new, row.step, ended_at, facts[row.id], now)
        if place is None or place.step in had:
            continue
        run = replace_run(at(row), place)
        if not isinstance(decide(new, run, facts[row.id], place.due), Exit):
            found.append(Reached(row, place, {step: -visit for step, visit in had.items()}))
    return found


def replace_run(run: Enrollment, place: Place) -> Enrollment:
    return replace(run, step=place.step, visit=1, since=place.since, due_at=place.due, held_at=None)


def _facts(conn: Connection, rows: Sequence[DueRow], new: Definition, now: int) -> dict[int, Facts]:
    """What the new version asks of them, as if each stood at its beginning."""
    there = [row._replace(version_id=0, step=new.first) for row in rows]
    return known.load(conn, there, {0: new}, now).facts
