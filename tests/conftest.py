"""What all tests share: a clean database of either kind, a clock, and no way out to other machines."""

import gc
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support import postgres
from tests.support.clock import NOW, Clock
from tests.support.network import block_other_machines
from tests.support.passwords import hash_cheaply

if TYPE_CHECKING:
    from service.storage.database import Database

# Set by the process that starts a run, so that all its workers share one cluster.
_CLUSTER = "MERIDIAN_TEST_CLUSTER"
_DATABASES = ["sqlite", "postgresql"]
_OURS = ("MERIDIAN_LONG", _CLUSTER)

block_other_machines()
hash_cheaply()  # before a conftest below this one makes its passwords


# Two busy cores make a deadline a coin toss. A sample is the same each time; the long run looks further.
hypothesis.settings.register_profile("sample", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.register_profile("long", deadline=None, max_examples=1000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--schedules", type=int, help="schedules of faults a database: 25, in the long run 1,000")
    parser.addoption("--mails", type=int, help="mails that a fleet sends: 2,000, in the long run 200,000")
    parser.addoption("--seed", type=int, default=0, help="the seed of the first schedule of faults")


def pytest_configure(config: pytest.Config) -> None:
    _forget_this_machine()
    hypothesis.settings.load_profile("long" if os.environ.get("MERIDIAN_LONG") == "1" else "sample")
    if not hasattr(config, "workerinput"):
        os.environ[_CLUSTER] = str(postgres.new_cluster().folder)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through all of it for garbage again and again takes a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _CLUSTER in os.environ:
        postgres.Cluster(Path(os.environ.pop(_CLUSTER))).stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The ledger of the schedules of faults, added up over all processes."""
    from tests.support.schedules.told import ledger_lines

    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for line in ledger_lines(reports):
        terminalreporter.write_line(line)


@pytest.fixture
def now() -> int:
    """Tuesday, 24 November 2026, 14:42 UTC."""
    return NOW


@pytest.fixture
def clock() -> Clock:
    """Starts at `now`; `clock()` tells the instant, `clock.advance(days=1)` moves it on."""
    return Clock()


@pytest.fixture(scope="session")
def long() -> bool:
    """True in `./test --long`: run the stated counts, not a sample."""
    return os.environ.get("MERIDIAN_LONG") == "1"


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    return postgres.free_port()


@pytest.fixture(scope="session")
def cluster() -> postgres.Cluster:
    """The run's PostgreSQL."""
    return postgres.Cluster(Path(os.environ[_CLUSTER]))


@pytest.fixture(params=_DATABASES)
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty database, of each kind in turn."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        return f"sqlite:///{shutil.copy(template, tmp_path / 'meridian.db')}"
    url: str = request.getfixturevalue("_postgresql_url")
    postgres.empty_tables(url)
    return url


@pytest.fixture
def db(db_url: str) -> "Iterator[Database]":
    """A migrated, empty database, of each kind in turn."""
    from service.storage.database import Database

    database = Database(db_url)
    yield database
    database.dispose()


@pytest.fixture(params=_DATABASES)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, of each kind in turn: for tests of migrations and backups."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    with postgres.fresh_database(request.getfixturevalue("cluster"), f"blank_{_worker()}") as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from service.storage.migrate import upgrade

    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    _fold_wal(path)
    return path


@pytest.fixture(scope="session")
def _postgresql_url(cluster: postgres.Cluster) -> Iterator[str]:
    from service.storage.migrate import upgrade

    with postgres.fresh_database(cluster, f"meridian_{_worker()}") as url:
        upgrade(url)
        yield url


def _forget_this_machine() -> None:
    """Drop the settings and the zone of whoever runs the tests; a zone that nobody expects finds local time."""
    for name in list(os.environ):
        if name.startswith(("MERIDIAN_", "SENDGRID_")) and name not in _OURS:
            del os.environ[name]
    os.environ.pop("PORT", None)
    os.environ["TZ"] = "Asia/Kathmandu"
    time.tzset()


def _fold_wal(path: Path) -> None:
    """Fold the write-ahead log into the file, so that copying the one file copies all."""
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
