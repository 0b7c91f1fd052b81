"""Putting a backup file back: refused at work, held before it stands there, the replaced one kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import migrate, schema, workers
from service.storage.database import Database
from service.storage.put_back import NoBackup
from service.storage.tables import enrollment
from service.usecases.restore_backup import WorkerBeats, restore_backup, restored_elsewhere
from tests.support.cast import Cast
from tests.support.clock import Clock


@pytest.fixture
def backup(play: Cast, clock: Clock, db_url: str, tmp_path: Path) -> Path:
    """Made a day ago, with Alice on her way; since then Eve signed up."""
    if not db_url.startswith("sqlite"):
        return tmp_path / "none"
    play.signs_up(play.alice)
    copy = migrate.backup(db_url, tmp_path / "backups", "yesterday")
    assert copy is not None
    clock.advance(days=1)
    play.lead("eve")
    return copy


def _states(db_url: str) -> list[tuple[int, str | None]]:
    database = Database(db_url)
    with database.read() as conn:
        rows = [tuple(row) for row in conn.execute(sa.select(enrollment.c.state, enrollment.c.guard))]
    database.dispose()
    return rows


def test_the_backup_stands_there_held_and_the_replaced_database_is_kept(
    play: Cast, clock: Clock, db_url: str, backup: Path, tmp_path: Path
) -> None:
    if play.db.sqlite:
        play.db.dispose()
        kept, held = restore_backup(db_url, backup, tmp_path / "kept", clock())
        assert kept is not None
        with closing(sqlite3.connect(kept)) as old:
            assert old.execute("SELECT count(*) FROM lead WHERE first_name = 'Eve'").fetchone() == (1,)
    else:
        play.signs_up(play.alice)
        clock.advance(days=1)
        held = restored_elsewhere(db_url, clock())
    assert (held.people, held.lost.until - held.lost.since) == (1, DAY)
    assert _states(db_url) == [(EnrollmentState.PAUSED, "restored")]
    assert schema.standing(db_url).up_to_date


def test_nothing_is_replaced_while_a_worker_beats(
    play: Cast, clock: Clock, db_url: str, backup: Path, tmp_path: Path
) -> None:
    with play.db.write() as conn:
        workers.beat(conn, "one", clock(), clock(), None)

    def restore() -> object:
        if play.db.sqlite:
            return restore_backup(db_url, backup, tmp_path / "kept", clock() + 20)
        return restored_elsewhere(db_url, clock() + 20)

    with pytest.raises(WorkerBeats):
        restore()
    assert all(guard is None for _, guard in _states(db_url))
    assert not (tmp_path / "kept").exists()


def test_what_is_no_backup_is_refused(clock: Clock, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'live.db'}"
    (tmp_path / "text").write_text("This is no database, only some words that fill a page of a file.")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE thing (id INTEGER)")
    for name, why in (("missing", "no such file"), ("text", "no SQLite database"), ("other.db", "not one of Meridian")):
        with pytest.raises(NoBackup, match=why):
            restore_backup(url, tmp_path / name, tmp_path / "kept", clock())
    assert not (tmp_path / "live.db").exists()


def test_a_database_too_damaged_to_be_read_is_replaced_and_kept_as_it_is(
    play: Cast, clock: Clock, db_url: str, backup: Path, tmp_path: Path
) -> None:
    if not play.db.sqlite:
        return
    live = tmp_path / "broken.db"
    live.write_bytes(b"torn" * 4_000)
    kept, held = restore_backup(f"sqlite:///{live}", backup, tmp_path / "kept", clock())
    assert kept is not None
    assert kept.read_bytes() == b"torn" * 4_000
    assert held.people == 1
    assert _states(f"sqlite:///{live}") == [(EnrollmentState.PAUSED, "restored")]


def test_killed_before_it_stands_there_it_can_be_begun_again(
    play: Cast, clock: Clock, db_url: str, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not play.db.sqlite:
        return
    play.db.dispose()

    class Killed(BaseException): ...

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die)
        with pytest.raises(Killed):
            restore_backup(db_url, backup, tmp_path / "kept", clock())
    assert _states(db_url) == [(EnrollmentState.ACTIVE, None)], "the database is as it was"
    restore_backup(db_url, backup, tmp_path / "kept", clock() + 1)
    assert _states(db_url) == [(EnrollmentState.PAUSED, "restored")]
