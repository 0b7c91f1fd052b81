"""Several questions to the database, asked by one statement.

A batch asks a dozen things that mostly have no answer; each would be a journey of its own to the database. A question
is any function of this floor that asks one plain SELECT:

    ask = Together(conn)
    stops = ask(lambda conn: suppressions.standing_anywhere(conn, keys))
    taken = ask(lambda conn: caps.taken(conn, leads, day))
    ask.now()
    stops(), taken()

It is called twice: once to hear its SELECT, once with the rows. The rows of all come as JSON through one UNION ALL and
are given back as the types of the columns say. On PostgreSQL a SELECT that locks rows keeps its locks."""

# ruff: noqa: SLF001 - SQLAlchemy has no public word for how a SELECT is ordered, limited or locked

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn, TypeVar, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

T = TypeVar("T")
Asked = tuple[sa.Select[Any], Mapping[str, Any]]


class Together:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._questions: list[Callable[[], None]] = []
        self._asked: list[Asked] = []
        self._rows: list[list[list[Any]]] = []

    def __call__(self, question: Callable[[Connection], T]) -> Callable[[], T]:
        """The answer, to be called for after `now`. A question that asks nothing (of no leads) is answered as it is."""
        hearing = _Hearing(self._conn.dialect)
        try:
            known = question(cast(Connection, hearing))
        except _Heard as heard:
            place = len(self._asked)
            self._asked.append(heard.asked)
            return lambda: question(cast(Connection, self._told(place)))
        return lambda: known

    def now(self) -> None:
        """Asks all. Raises ValueError where two questions bind one name to different values."""
        if not self._asked:
            return
        values: dict[str, Any] = {}
        for _, given in self._asked:
            for name, value in given.items():
                if values.setdefault(name, value) != value:
                    raise ValueError(f"two questions bind '{name}' to different values: give one another name")
        queries = tuple(query for query, _ in self._asked)
        self._rows = [[] for _ in queries]
        for part, place, row in self._conn.execute(_union(queries, self._conn.dialect.name), values):
            self._rows[part].append([place, row])

    def _told(self, place: int) -> _Telling:
        query = self._asked[place][0]
        given = sorted(self._rows[place]) if query._order_by_clauses else self._rows[place]
        readers = _readers(query)
        rows = [orjson.loads(row) for _, row in given]
        for at, read in readers:
            for row in rows:
                if row[at] is not None:
                    row[at] = read(row[at])
        return _Telling(self._conn.dialect, [column.key or "" for column in query.selected_columns], rows)


class _Heard(Exception):
    def __init__(self, asked: Asked) -> None:
        self.asked = asked


class _Hearing:
    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def execute(self, query: sa.Select[Any], values: Mapping[str, Any] | None = None) -> NoReturn:
        raise _Heard((query, values or {}))


class _Telling:
    """A connection that has one answer."""

    def __init__(self, dialect: Dialect, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.dialect = dialect
        self._names = names
        self._rows: Sequence[Sequence[Any]] | None = rows

    def execute(self, _query: sa.Select[Any], _values: Mapping[str, Any] | None = None) -> IteratorResult[Any]:
        if self._rows is None:
            raise TypeError("a question that is asked together with others asks one SELECT")
        rows, self._rows = self._rows, None
        return IteratorResult(SimpleResultMetaData(self._names), iter([tuple(row) for row in rows]))


@lru_cache(maxsize=100)
def _union(queries: tuple[sa.Select[Any], ...], dialect: str) -> sa.CompoundSelect[Any] | sa.Select[Any]:
    parts = [_part(number, query, dialect) for number, query in enumerate(queries)]
    return sa.union_all(*parts) if len(parts) > 1 else parts[0]


def _part(number: int, query: sa.Select[Any], dialect: str) -> sa.Select[*tuple[Any, ...]]:
    if query._limit_clause is not None or query._group_by_clauses or query._distinct:
        raise TypeError("only a plain SELECT can be asked together with others")
    part: sa.ColumnElement[int] = sa.literal_column(str(number))
    if query._for_update_arg is not None:
        # locks and UNION do not go together, but in a part of its own a SELECT may lock
        held = query.cte(f"held_{number}")
        return sa.select(part, sa.literal_column("0"), _packed(held.c, dialect)).select_from(held)
    order = query._order_by_clauses
    place = sa.func.row_number().over(order_by=order) if order else sa.literal_column("0")
    return query.order_by(None).with_only_columns(part, place, _packed(query.selected_columns, dialect))


def _packed(columns: Any, dialect: str) -> sa.ColumnElement[str]:
    if dialect == "postgresql":
        return sa.cast(sa.func.json_build_array(*columns), sa.Text)
    plain = [
        sa.func.json(sa.type_coerce(each, sa.Text)) if isinstance(each.type, sa.JSON) else each for each in columns
    ]
    return sa.func.json_array(*plain, type_=sa.Text)


@lru_cache(maxsize=200)
def _readers(query: sa.Select[Any]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """What JSON does not give back as it was: SQLite's booleans are numbers. Raises TypeError for bytes."""
    for column in query.selected_columns:
        if isinstance(column.type, sa.LargeBinary):
            raise TypeError("bytes cannot be asked for together with other things")
    found = enumerate(query.selected_columns)
    return tuple((at, bool) for at, column in found if isinstance(column.type, sa.Boolean))
