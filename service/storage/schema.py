"""How a database stands to the code's schema, told without the migration tool: every process asks, few migrate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.database import Database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@dataclass(frozen=True, slots=True)
class Standing:
    """`current` None: an empty database. One ahead of the code is no fault: while an upgrade goes through several
    machines, the old code runs on the new tables."""

    current: str | None
    head: str

    @property
    def up_to_date(self) -> bool:
        return self.current is not None and self.current >= self.head


def standing(url: str) -> Standing:
    database = Database(url)
    try:
        with database.read() as conn:
            return of(conn)
    finally:
        database.dispose()


def of(conn: Connection) -> Standing:
    return Standing(_current(conn), head())


def head() -> str:
    """The newest migration: their files are numbered, and there is one head."""
    numbers = [file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]
    return max(numbers)


def _current(conn: Connection) -> str | None:
    if not sa.inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
