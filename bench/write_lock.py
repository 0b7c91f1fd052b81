"""How long SQLite's write lock is held: from the answer to BEGIN IMMEDIATE to the end of the commit, the disk too."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

_held: list[float] = []
_since: dict[int, float] = {}


class _Connection(sqlite3.Connection):
    def commit(self) -> None:
        super().commit()
        _free(self)

    def rollback(self) -> None:
        super().rollback()
        _free(self)


def _free(connection: object) -> None:
    if (began := _since.pop(id(connection), None)) is not None:
        _held.append(time.perf_counter() - began)


@sa.event.listens_for(sa.Engine, "do_connect")
def _watch(dialect: sa.Dialect, _record: Any, _args: Any, named: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        named["factory"] = _Connection


@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def _begun(_conn: Any, cursor: Any, statement: str, *_rest: Any) -> None:
    if statement == "BEGIN IMMEDIATE":
        _since[id(cursor.connection)] = time.perf_counter()


@contextmanager
def locks() -> Iterator[list[float]]:
    """The seconds of each write transaction of the block."""
    _held.clear()
    yield _held
