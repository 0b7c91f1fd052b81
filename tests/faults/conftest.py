"""The databases in which faults are played: made and populated once a process, copied for each schedule."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.tables import metadata
from tests.support import postgres
from tests.support.schedules.draw import Schedule
from tests.support.schedules.world import World, postgresql_world, sqlite_world

EVERYDAY, LONG = 25, 1_000
AT_ONCE = 25  # schedules a test, so that the cores share them


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" not in metafunc.fixturenames:
        return
    first: int = metafunc.config.getoption("--seed")
    asked: int | None = metafunc.config.getoption("--schedules")
    after = first + (asked or (LONG if os.environ.get("MERIDIAN_LONG") == "1" else EVERYDAY))
    parts = [range(start, min(start + AT_ONCE, after)) for start in range(first, after, AT_ONCE)]
    metafunc.parametrize("seeds", parts, ids=[f"{part.start}-{part.stop - 1}" for part in parts])
    metafunc.parametrize("dialect", ["sqlite", "postgresql"])


@pytest.fixture
def world_of(dialect: str, request: pytest.FixtureRequest) -> Callable[[Schedule], World]:
    """Where a schedule is played. A PostgreSQL that is restarted under its workers is nobody else's."""

    def find(schedule: Schedule) -> World:
        name = "_restarted" if dialect == "postgresql" and schedule.restarts else f"_{dialect}"
        found: World = request.getfixturevalue(name)
        return found

    return find


@pytest.fixture(scope="session")
def _sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return sqlite_world(request.getfixturevalue("_sqlite_template"), tmp_path_factory.mktemp("schedules"))


@pytest.fixture(scope="session")
def _postgresql(cluster: postgres.Cluster) -> Iterator[World]:
    yield from postgresql_world(cluster, f"schedules_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", upgrade)


@pytest.fixture(scope="session")
def _restarted() -> Iterator[World]:
    cluster = postgres.new_cluster()
    try:
        yield from postgresql_world(cluster, "schedules", upgrade)
    finally:
        cluster.stop()


@pytest.fixture
def fresh() -> Callable[[str], None]:
    """Empties every table."""

    def empty(url: str) -> None:
        database = Database(url)
        with database.write() as conn:
            for table in reversed(metadata.sorted_tables):
                conn.execute(sa.delete(table))
        database.dispose()

    return empty
