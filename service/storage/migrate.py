"""Bringing a database to the code's schema, one numbered step after the other, with a backup before an upgrade."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

from service.storage.database import Database
from service.storage.schema import MIGRATIONS


def upgrade(url: str, revision: str = "head") -> None:
    """Runs every missing step in one transaction. Safe to run twice."""
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
            config = _config()
            config.attributes["connection"] = conn
            verb(config, revision)
    finally:
        database.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def backup(url: str, folder: Path, stamp: str) -> Path | None:
    """A copy of the database, before an upgrade: SQLite by its own backup call, PostgreSQL through pg_dump.

    Returns the file, or None when there is no pg_dump on this machine."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = folder / f"meridian-{stamp}.db"
        with sqlite3.connect(str(parsed.database)) as old, sqlite3.connect(target) as new:
            old.backup(new)
        new.close()
        old.close()
    else:
        pg_dump = shutil.which("pg_dump")
        if pg_dump is None:
            return None
        target = folder / f"meridian-{stamp}.dump"
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run([pg_dump, "--format=custom", f"--file={target}", f"--dbname={plain}"], check=True)  # noqa: S603
    target.chmod(0o600)
    return target
