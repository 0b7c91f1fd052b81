"""How long the database takes, as the driver sees it: from each statement's start to the last of its rows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa


@dataclass(slots=True)
class Spent:
    """`seconds` by statement, in the order in which they were first run."""

    seconds: dict[str, float] = field(default_factory=dict)
    current: str = ""

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def add(self, took: float) -> None:
        self.seconds[self.current] = self.seconds.get(self.current, 0.0) + took


_spent = Spent()


def _timed(name: str) -> Any:
    def call(self: Any, *args: Any, **named: Any) -> Any:
        if name == "execute":
            _spent.current = str(args[0])
        began = time.perf_counter()
        try:
            return getattr(super(type(self), self), name)(*args, **named)
        finally:
            _spent.add(time.perf_counter() - began)

    return call


_CALLS = {name: _timed(name) for name in ("execute", "fetchone", "fetchmany", "fetchall")}
LiteCursor = type("LiteCursor", (sqlite3.Cursor,), dict(_CALLS))
PgCursor = type("PgCursor", (psycopg.Cursor,), dict(_CALLS))


class LiteConnection(sqlite3.Connection):
    def cursor(self, _factory: Any = None) -> Any:
        return super().cursor(LiteCursor)


@sa.event.listens_for(sa.Engine, "do_connect")
def _watch(dialect: sa.Dialect, _record: Any, _args: Any, named: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        named["factory"] = LiteConnection
    else:
        named["cursor_factory"] = PgCursor


@contextmanager
def watched() -> Iterator[Spent]:
    """What the block's statements took. For one thread."""
    _spent.seconds.clear()
    yield _spent
