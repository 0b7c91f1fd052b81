"""Many rows by one call of the driver: a fifth of what SQLAlchemy's own way of many rows costs, and the same rows.

SQLite takes tuples or JSON, PostgreSQL one array a column; a column that has one value throughout is given once. The
statements are put together from the tables' own names only."""

# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

_KINDS = {sa.BigInteger: "bigint", sa.SmallInteger: "smallint", sa.Integer: "integer", sa.Boolean: "boolean"}


def insert_rows(conn: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """`rows`: values in the order of `columns`; JSON as text."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(_insert_each(table, tuple(columns)), list(rows))
    else:
        once, each = _apart(columns, rows, columns[0])
        given = tuple(map(list, each.values())) + tuple(once.values())
        conn.exec_driver_sql(_insert_arrays(table, tuple(each), tuple(once)), given)


def claim_rows(
    conn: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], given: str
) -> set[Any]:
    """Inserts those of the rows that no unique key holds off; gives their column `given`. Numbers and texts only."""
    if not rows:
        return set()
    if conn.dialect.name == "sqlite":
        made = conn.exec_driver_sql(_claim_json(table, tuple(columns), given), (orjson.dumps(rows).decode(),))
    else:
        statement = f"{_insert_arrays(table, tuple(columns))} ON CONFLICT DO NOTHING RETURNING {given}"
        made = conn.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))
    return {row[0] for row in made.all()}


def update_rows(
    conn: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], also: str = ""
) -> None:
    """`rows`: the values in the order of `columns`, and the row's id last; JSON as text, beside it numbers and texts
    only. `also`: what is set besides, as SQL."""
    if not rows:
        return
    once, each = _apart((*columns, "id"), rows, "id")
    if conn.dialect.name == "sqlite":
        given: tuple[Any, ...] = (*once.values(), orjson.dumps(list(zip(*each.values(), strict=True))).decode())
        conn.exec_driver_sql(_update_json(table, tuple(each), tuple(once), also), given)
    else:
        given = (*once.values(), *map(list, each.values()))
        conn.exec_driver_sql(_update_arrays(table, tuple(each), tuple(once), also), given)


def _apart(
    columns: Sequence[str], rows: Sequence[tuple[Any, ...]], key: str
) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """The columns that have one value throughout, with it, and the others, `key` among them, with theirs."""
    once: dict[str, Any] = {}
    each: dict[str, tuple[Any, ...]] = {}
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        if name != key and values.count(values[0]) == len(values):
            once[name] = values[0]
        else:
            each[name] = values
    return once, each


@lru_cache(maxsize=50)
def _insert_each(table: sa.Table, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({', '.join('?' for _ in columns)})"


@lru_cache(maxsize=50)
def _claim_json(table: sa.Table, columns: tuple[str, ...], given: str) -> str:
    values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
    return (
        f"INSERT INTO {table.name} ({_names(columns)}) SELECT {values} FROM json_each(?) WHERE true"
        f" ON CONFLICT DO NOTHING RETURNING {given}"
    )


@lru_cache(maxsize=200)
def _insert_arrays(table: sa.Table, each: tuple[str, ...], once: tuple[str, ...] = ()) -> str:
    values = ", ".join([_cast(table, name) for name in each] + [_value(table, name) for name in once])
    # the arrays come first: what is bound stands in the order of the text
    given = f"WITH given AS (SELECT * FROM unnest({_arrays(table, each)}) AS given ({_names(each)}))"
    return f"{given} INSERT INTO {table.name} ({_names((*each, *once))}) SELECT {values} FROM given"


@lru_cache(maxsize=200)
def _update_json(table: sa.Table, each: tuple[str, ...], once: tuple[str, ...], also: str) -> str:
    place = {name: f"given.value ->> {number}" for number, name in enumerate(each)}
    changes = [f'"{name}" = ?' for name in once] + [f'"{name}" = {place[name]}' for name in each if name != "id"]
    return (
        f"UPDATE {table.name} SET {', '.join(changes + ([also] if also else []))} FROM json_each(?) AS given"
        f" WHERE {table.name}.id = {place['id']}"
    )


@lru_cache(maxsize=200)
def _update_arrays(table: sa.Table, each: tuple[str, ...], once: tuple[str, ...], also: str) -> str:
    changes = [f'"{name}" = {_value(table, name)}' for name in once]
    changes += [f'"{name}" = {_cast(table, name)}' for name in each if name != "id"]
    return (
        f"UPDATE {table.name} SET {', '.join(changes + ([also] if also else []))}"
        f" FROM unnest({_arrays(table, each)}) AS given ({_names(each)}) WHERE {table.name}.id = given.id"
    )


def _value(table: sa.Table, name: str) -> str:
    return f"%s::{'json' if _is_json(table, name) else _kind(table, name)}"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _cast(table: sa.Table, name: str) -> str:
    return f'given."{name}"::json' if _is_json(table, name) else f'given."{name}"'


def _arrays(table: sa.Table, columns: Sequence[str]) -> str:
    return ", ".join(f"%s::{_kind(table, name)}[]" for name in columns)


def _kind(table: sa.Table, name: str) -> str:
    found = table.c[name].type
    return next((kind for of, kind in _KINDS.items() if isinstance(found, of)), "text")


def _is_json(table: sa.Table, name: str) -> bool:
    return isinstance(table.c[name].type, sa.JSON)
