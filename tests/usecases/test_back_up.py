"""A backup is whole, its owner's alone, and fits what puts it back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from service.storage.back_up import NotBackedUp, back_up
from service.storage.database import Database
from service.storage.put_back import examine
from service.usecases.restore_backup import restore_backup
from tests.support.cast import Cast
from tests.support.clock import Clock


@pytest.fixture
def _dumps(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own pg_dump comes first, as docs/operations asks."""
    if db_url.startswith("sqlite"):
        return
    (folder,) = (Path(os.environ["MERIDIAN_TEST_CLUSTER"]) / "wheel").glob("*/pginstall18/bin")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("_dumps")
def test_it_is_whole_and_readable_by_its_owner_alone(play: Cast, db_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "copy"
    assert play.alice
    assert back_up(db_url, file) == file.stat().st_size > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [file], "nothing half-made is left"
    with pytest.raises(NotBackedUp, match="is there already"):
        back_up(db_url, file)


def test_without_pg_dump_it_says_what_to_type_and_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotBackedUp, match=r"pg_dump --format=custom --file=copy --dbname=postgresql://m@db/m") as why:
        back_up("postgresql+psycopg://m:hidden@db/m", tmp_path / "copy")
    assert "hidden" not in str(why.value)
    assert list(tmp_path.iterdir()) == []


def test_what_was_backed_up_at_work_is_put_back(play: Cast, db_url: str, clock: Clock, tmp_path: Path) -> None:
    if not play.db.sqlite:
        return
    play.signs_up(play.alice)
    with play.db.write():  # somebody writes meanwhile
        back_up(db_url, tmp_path / "copy")
    examine(tmp_path / "copy")
    play.lead("eve")
    play.db.dispose()
    clock.advance(days=1)
    _, held = restore_backup(db_url, tmp_path / "copy", tmp_path / "kept", clock())
    assert held.people == 1
    database = Database(db_url)
    with database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM lead WHERE first_name = 'Eve'").scalar() == 0
    database.dispose()


@pytest.mark.parametrize("why", ["no folder", "no database", "no database of any kind"])
def test_what_cannot_be_backed_up_leaves_no_file_and_says_why(tmp_path: Path, why: str) -> None:
    live = tmp_path / "live.db"
    target = tmp_path / ("gone/copy" if why == "no folder" else "copy")
    if why == "no database of any kind":
        live.write_bytes(b"not a database at all" * 100)
    with pytest.raises(NotBackedUp, match=r"folder|no database|could not be copied"):
        back_up(f"sqlite:///{live}", target)
    assert not target.exists()
    assert not list(tmp_path.glob("*.coming"))
