"""Putting a backup of an SQLite database back in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url


class NoBackup(ValueError):
    """Says why the file cannot be put back."""


def examine(file: Path) -> None:
    """Raises NoBackup unless the file is a whole database of ours."""
    if not file.is_file():
        raise NoBackup(f"no such file: {file}")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as found:
            whole = found.execute("PRAGMA quick_check").fetchone()
            ours = found.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite3.DatabaseError as fault:
        raise NoBackup(f"{file.name} is no SQLite database: {fault}") from fault
    if whole != ("ok",):
        raise NoBackup(f"{file.name} is damaged; take an older backup")
    if ours is None:
        raise NoBackup(f"{file.name} is a database, and not one of Meridian")


def put_back(url: str, file: Path, folder: Path, stamp: str, prepare: Callable[[str], None]) -> Path | None:
    """Copies the backup beside the database, lets `prepare` work on the copy (its address), and only then puts it in
    place: there is no instant at which an unprepared one stands there. The replaced database is kept in `folder`; its
    file is given, None where there was none. Killed anywhere, it can be begun again."""
    live = Path(str(make_url(url).database))
    coming = live.with_name(f"{live.name}.coming")
    for part in _parts(coming):
        part.unlink(missing_ok=True)
    backup = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    with closing(backup) as old, closing(sqlite3.connect(coming)) as new:
        old.backup(new)
    coming.chmod(0o600)
    prepare(f"sqlite:///{coming}")
    with closing(sqlite3.connect(coming)) as new:
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        new.execute("PRAGMA journal_mode=delete")
    kept = _keep(live, folder, stamp) if live.exists() else None
    for part in _parts(live)[1:]:
        part.unlink(missing_ok=True)
    coming.replace(live)
    return kept


def _keep(live: Path, folder: Path, stamp: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"replaced-{stamp}.db"
    try:
        with closing(sqlite3.connect(live)) as old, closing(sqlite3.connect(kept)) as new:
            old.backup(new)
    except sqlite3.DatabaseError:
        # Too damaged to be read: kept as it is, with its log beside it.
        for part, other in zip(_parts(live), _parts(kept), strict=True):
            if part.exists():
                other.write_bytes(part.read_bytes())
    kept.chmod(0o600)
    return kept


def _parts(file: Path) -> list[Path]:
    return [file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")]
