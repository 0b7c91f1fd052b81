"""One database, two ways in: `read` never takes the write lock, `write` takes it at once and commits at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import OperationalError

PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "secure_delete=on",
    "temp_store=memory",
    "cache_size=-8192",
)
BUSY_SECONDS = 30
# A database that went away without a word is noticed within a minute.
NOTICE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 50_000}
# A worker that is frozen, or whose machine is lost, in the middle of a transaction gives its locks back. Whoever runs
# the database may have said otherwise.
_IDLE = """
SELECT set_config('idle_in_transaction_session_timeout', '60s', false)
 WHERE current_setting('idle_in_transaction_session_timeout') = '0'
"""
LOOK_AGAIN = 0.001  # seconds


class Database:
    """`url`: sqlite:///path or postgresql://… (psycopg 3). Raises ValueError for any other kind.

    What a failed statement says never holds its parameters: they are people's."""

    def __init__(self, url: str) -> None:
        self.url = _driver(url)
        self.dialect = self.url.get_backend_name()
        self._engine = _sqlite(self.url) if self.sqlite else _postgresql(self.url)

    @property
    def sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view. Nothing is written: whatever was, is rolled back."""
        with self._engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                # by default each statement would see another moment
                connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. `patience`: seconds to wait for
        whoever else is writing; then OperationalError."""
        with self._engine.connect() as connection:
            if self.sqlite:
                self._begin(connection, BUSY_SECONDS if patience is None else patience)
            elif patience is not None:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @staticmethod
    def _begin(connection: Connection, patience: float) -> None:
        """SQLite's own way of waiting sleeps for up to a tenth of a second at a time, while the lock comes and goes."""
        until = time.monotonic() + patience
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    return
                except OperationalError as fault:
                    if not _is_busy(fault) or time.monotonic() >= until:
                        raise
                time.sleep(LOOK_AGAIN)
        finally:
            driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    @contextmanager
    def hurried(self) -> Iterator[Database]:
        """The same database for a bulk that can be made anew: SQLite then waits for the disk at checkpoints only. What
        was written is on the disk when the block ends."""
        other = Database(self.url.render_as_string(hide_password=False))
        if other.sqlite:
            other.trust_the_disk()
        try:
            yield other
            if other.sqlite:
                with other._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            other.dispose()

    def trust_the_disk(self) -> None:
        @sa.event.listens_for(self._engine, "connect")
        def _hurry(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=normal")

    def dispose(self) -> None:
        self._engine.dispose()


def _is_busy(fault: OperationalError) -> bool:
    return getattr(fault.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _driver(url: str) -> URL:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed
    raise ValueError(f"MERIDIAN_DATABASE_URL names '{backend}'; use sqlite:///path or postgresql://…")


def dumps(value: Any) -> str:
    """JSON as every column of that type holds it."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _postgresql(url: URL) -> Engine:
    from psycopg.types.array import ListBinaryDumper  # noqa: PLC0415 - no concern of SQLite's

    engine = sa.create_engine(
        url,
        connect_args=NOTICE,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
        pool_pre_ping=True,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # As text an array has each quote in it escaped by a pattern: 34 µs a mail's values, against 0.4.
        connection.adapters.register_dumper(list, ListBinaryDumper)
        connection.execute(_IDLE)
        connection.commit()

    return engine


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    # isolation_level None: the driver begins nothing by itself, so that BEGIN IMMEDIATE is ours to say
    engine = sa.create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
        json_serializer=dumps,
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute("PRAGMA " + pragma)

    return engine
