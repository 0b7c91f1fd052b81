"""Rows that are counted and listed. A number and the people behind it come from the same rows by the same conditions,
so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

Is = ColumnElement[bool]
Value = str | int | None


@dataclass(frozen=True, slots=True)
class Cube:
    """`rows` has `lead_id` and the dimensions as columns; `measures` are conditions on it, by name. `once`: nobody has
    two rows."""

    rows: sa.FromClause
    measures: dict[str, Is]
    once: bool = False

    @classmethod
    def of(cls, query: sa.Select[Any], measures: Sequence[str], once: bool = False) -> Cube:
        """Of a selection in which every measure is a column that is 1 where it holds."""
        rows = query.subquery("counted")
        return cls(rows, {name: rows.c[name] == 1 for name in measures}, once)

    def people(self, cell: Cell) -> sa.Select[Any]:
        """The ids of the leads that a cell counts, somebody perhaps twice."""
        query = sa.select(self.rows.c.lead_id).where(self.measures[cell.measure])
        for name, value in cell.at:
            query = query.where(self.rows.c[name].is_not_distinct_from(value))
        return query


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a report: how many people there are `at` these values of dimensions, by this measure."""

    measure: str
    at: tuple[tuple[str, Value], ...] = ()


def holds(condition: Is) -> ColumnElement[int]:
    """A measure's column."""
    return sa.case((condition, 1), else_=0)


Table = tuple[dict[tuple[Value, ...], tuple[int, ...]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A table of a cube: people by these measures, for each combination of these dimensions' values."""

    by: tuple[str, ...]
    measures: tuple[str, ...]


def tables(conn: Connection, cube: Cube, wishes: Sequence[Wish]) -> list[Table]:
    """For each wish, people by measure for each combination of values that occurs, and in all, each person once. Where
    nobody has two rows they are looked at once for all the tables."""
    if cube.once:
        return _rolled_up(conn, cube, wishes)
    return [_apart(conn, cube, wish) for wish in wishes]


def _rolled_up(conn: Connection, cube: Cube, wishes: Sequence[Wish]) -> list[Table]:
    by = list(dict.fromkeys(name for wish in wishes for name in wish.by))
    measures = list(dict.fromkeys(name for wish in wishes for name in wish.measures))
    keys = [cube.rows.c[name] for name in by]
    numbers = [sa.func.coalesce(sa.func.sum(cube.rows.c[name]), 0) for name in measures]
    rows = conn.execute(sa.select(*keys, *numbers).select_from(cube.rows).group_by(*keys)).all()
    found: list[Table] = []
    for wish in wishes:
        at = [by.index(name) for name in wish.by]
        counted = [len(by) + measures.index(name) for name in wish.measures]
        lines: dict[tuple[Value, ...], tuple[int, ...]] = {}
        whole = (0,) * len(counted)
        for row in rows:
            counts = tuple(int(row[place]) for place in counted)
            key = tuple(row[place] for place in at)
            if key:
                lines[key] = tuple(map(add, lines.get(key, (0,) * len(counts)), counts))
            whole = tuple(map(add, whole, counts))
        found.append((lines, whole))
    return found


def _apart(conn: Connection, cube: Cube, wish: Wish) -> Table:
    keys = [cube.rows.c[name] for name in wish.by]
    numbers = [
        sa.func.count(sa.distinct(sa.case((cube.measures[name], cube.rows.c.lead_id)))) for name in wish.measures
    ]
    parts = [
        sa.select(_literal(0), *keys, *numbers).group_by(*keys),
        sa.select(_literal(1), *(sa.null() for _ in keys), *numbers),
    ]
    lines: dict[tuple[Value, ...], tuple[int, ...]] = {}
    whole: tuple[int, ...] = ()
    wide = 1 + len(keys)
    for row in conn.execute(sa.union_all(*parts)):
        if row[0]:
            whole = tuple(row[wide:])
        else:
            lines[tuple(row[1:wide])] = tuple(row[wide:])
    return lines, whole


def _literal(number: int) -> ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)
