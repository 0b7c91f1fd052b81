"""Putting a backup back, so that nothing goes twice: all that was due since is held before any worker sees it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from service.domain.timing import iso
from service.storage import migrate, settings, workers
from service.storage.database import Database
from service.storage.put_back import examine, put_back
from service.usecases.hold_restored import Holding, hold_restored

SILENT_AFTER = 30  # seconds; a worker beats every ten


class WorkerBeats(RuntimeError):
    """Somebody works on the database that is to be replaced."""


def restore_backup(url: str, file: Path, folder: Path, wall: int) -> tuple[Path | None, Holding]:
    """SQLite. Gives where the replaced database is kept, and what is held. `wall`: the machine's own time. Raises
    WorkerBeats and NoBackup, and nothing is changed."""
    examine(file)
    if _beats(Path(str(make_url(url).database)), wall):
        raise WorkerBeats
    held: list[Holding] = []

    def prepare(copy: str) -> None:
        migrate.upgrade(copy)
        held.append(_hold(copy, wall))

    stamp = iso(wall).replace(":", "").replace("-", "")
    kept = put_back(url, file, folder, stamp, prepare)
    return kept, held[0]


def restored_elsewhere(url: str, wall: int) -> Holding:
    """PostgreSQL, after pg_restore and before anything is started. Raises WorkerBeats."""
    database = Database(url)
    try:
        migrate.upgrade(url)
        with database.read() as conn:
            beat = workers.last_beat(conn)
    finally:
        database.dispose()
    if beat is not None and wall - beat < SILENT_AFTER:
        raise WorkerBeats
    return _hold(url, wall)


def _hold(url: str, wall: int) -> Holding:
    database = Database(url)
    try:
        with database.read() as conn:
            now = wall + settings.clock_offset(conn)
        return hold_restored(database, now)
    finally:
        database.dispose()


def _beats(live: Path, wall: int) -> bool:
    """A database that cannot be read has no worker that could."""
    if not live.exists():
        return False
    try:
        with closing(sqlite3.connect(live)) as found:
            beat = found.execute("SELECT max(beat_at) FROM worker").fetchone()[0]
    except sqlite3.DatabaseError:
        return False
    return beat is not None and wall - int(beat) < SILENT_AFTER
