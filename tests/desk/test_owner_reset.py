"""python -m service owner reset, as whoever has the machine types it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from service.cli import commands
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.tables import staff_link
from tests.support.clinic import sun
from tests.support.clock import Clock
from tests.support.desk_data import EMAIL, a_user


@pytest.fixture
def database(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path / 'house.db'}"
    upgrade(url)
    made = Database(url)
    house = sun(made, clock)
    a_user(house, EMAIL, "Dana Whitfield")
    a_user(house, "lee@sun.example", "Lee", role="manager")
    monkeypatch.setenv("MERIDIAN_DATABASE_URL", url)
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", "only for tests: " * 4)
    monkeypatch.setenv("MERIDIAN_BASE_URL", "http://127.0.0.1:8000")
    return made


def test_the_owner_is_given_a_link_and_nobody_else_is(database: Database) -> None:
    done = CliRunner().invoke(commands, ["owner", "reset", EMAIL.upper()])
    assert done.exit_code == 0, done.output
    assert "http://127.0.0.1:8000/desk/link/" in done.output
    for other in ("lee@sun.example", "nobody@sun.example"):
        refused = CliRunner().invoke(commands, ["owner", "reset", other])
        assert refused.exit_code == 1
        assert "No owner signs in with this address" in refused.output
    with database.read() as conn:
        kinds = conn.execute(sa.select(staff_link.c.kind)).scalars().all()
    assert kinds == ["rescue"]
    database.dispose()
