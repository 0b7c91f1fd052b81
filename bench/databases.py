"""Databases of a bench: filled once, and a fresh copy for each round. Everything is dropped at the end."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy.engine import make_url

PREFIX = "meridian_bench_"
# As a clinic would run it: each commit waits for the disk.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


class Databases(Protocol):
    """`kind`: sqlite or postgresql. `url`: the server's, where there is one."""

    kind: str
    url: str | None

    def keep(self, name: str, fill: Callable[[str], None]) -> str:
        """Fills an empty database; gives the name by which it is copied."""

    def copy(self, name: str) -> AbstractContextManager[str]:
        """The address of a copy, for as long as the block lasts."""


class Files:
    kind = "sqlite"
    url: str | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def keep(self, name: str, fill: Callable[[str], None]) -> str:
        path = self._folder / f"{name}.kept.db"
        fill(f"sqlite:///{path}")
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return name

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        path = self._folder / f"{name}.{next(self._numbers)}.db"
        shutil.copy(self._folder / f"{name}.kept.db", path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for left in self._folder.glob(f"{path.name}*"):
                left.unlink()


class Server:
    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self.url: str | None = url
        self._server = make_url(url).set(drivername="postgresql")
        self._numbers = count(1)
        self._made: list[str] = []

    def keep(self, name: str, fill: Callable[[str], None]) -> str:
        kept = f"{PREFIX}{name}"
        self._say(f'DROP DATABASE IF EXISTS "{kept}" WITH (FORCE)', f'CREATE DATABASE "{kept}"')
        self._made.append(kept)
        fill(self._url(kept))
        return kept

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        copied = f"{name}_{next(self._numbers)}"
        self._say(f'DROP DATABASE IF EXISTS "{copied}" WITH (FORCE)', f'CREATE DATABASE "{copied}" TEMPLATE "{name}"')
        self._say("CHECKPOINT")
        try:
            yield self._url(copied)
        finally:
            self._say(f'DROP DATABASE IF EXISTS "{copied}" WITH (FORCE)')

    def drop(self) -> None:
        self._say(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self._made))

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _say(self, *statements: str) -> None:
        with psycopg.connect(self._server.render_as_string(hide_password=False), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def databases(where: str, folder: Path) -> Iterator[Databases]:
    """`where`: sqlite (files in `folder`), postgresql (a server of our own, ended afterwards), or a server's URL."""
    if where == "sqlite":
        yield Files(folder)
        return
    with _server(where) as url:
        server = Server(url)
        try:
            yield server
        finally:
            server.drop()


@contextmanager
def _server(where: str) -> Iterator[str]:
    if where != "postgresql":
        yield where
        return
    from tests.support import postgres  # noqa: PLC0415 - only this way needs what the tests install

    postgres.SETTINGS.update(DURABLE)
    cluster = postgres.new_cluster()
    try:
        yield cluster.url()
    finally:
        cluster.stop()
