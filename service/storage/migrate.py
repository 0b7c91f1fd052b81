"""Bringing a database to the code's schema, one numbered step after the other, with a backup before an upgrade."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from service.storage.back_up import back_up
from service.storage.database import Database
from service.storage.schema import MIGRATIONS

PATIENCE = 10  # seconds to wait for a table: whoever comes meanwhile waits behind us
_LOCK_NOT_AVAILABLE = "55P03"
_ONE_AT_A_TIME = 7_043_160  # PostgreSQL's advisory lock of whoever migrates


class InUse(Exception):
    """Somebody held a table for longer than it is good to wait; nothing was changed."""


def upgrade(url: str, revision: str = "head") -> None:
    """Runs every missing step in one transaction. Safe to run twice, and from several machines at once. Raises
    InUse."""
    _run(url, command.upgrade, revision)


def downgrade(url: str, revision: str) -> None:
    _run(url, command.downgrade, revision)


def _run(url: str, verb: Callable[[Config, str], None], revision: str) -> None:
    database = Database(url)
    try:
        with database.write() as conn:
            if database.sqlite:
                # A table is rebuilt by copying it; references must not be followed while it is away.
                conn.exec_driver_sql("PRAGMA defer_foreign_keys=on")
            else:
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
                conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            config = _config()
            config.attributes["connection"] = conn
            verb(config, revision)
    except OperationalError as fault:
        if getattr(fault.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise InUse from fault
        raise
    finally:
        database.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def backup(url: str, folder: Path, stamp: str) -> Path | None:
    """A copy of the database, before an upgrade. Gives the file, or None when the database is PostgreSQL and there is
    no pg_dump on this machine. Raises NotBackedUp."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if not sqlite and shutil.which("pg_dump") is None:
        return None
    target = folder / f"meridian-{stamp}.{'db' if sqlite else 'dump'}"
    back_up(url, target)
    return target
