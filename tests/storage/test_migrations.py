"""The schema: built by migrations, equal to the tables in code, up and down with data in it, on both databases."""

import re

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import CreateIndex

from service.storage.database import Database
from service.storage.migrate import downgrade, upgrade
from service.storage.schema import MIGRATIONS, standing
from service.storage.tables import metadata
from tests.support.cast import cast
from tests.support.clock import NOW, Clock

# SQLAlchemy cannot read such an index back on SQLite; the test of the indexes compares its words instead.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]


def _names(url: str) -> set[str]:
    database = Database(url)
    with database.read() as conn:
        found = set(sa.inspect(conn).get_table_names())
    database.dispose()
    return found


def _is_read_back(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    """What an index orders by is not read back where it orders by code points: the test of indexes compares its SQL."""
    return kind != "index" or name not in ("ix_lead_first_name", "ix_lead_last_name", "ix_lead_address")


def _differences(url: str) -> list[object]:
    database = Database(url)
    with database.read() as conn:
        # On SQLite alembic takes an empty default for another one; the steps are the same on both.
        opts = {"compare_type": True, "compare_server_default": not database.sqlite, "include_object": _is_read_back}
        context = MigrationContext.configure(conn, opts=opts)
        found = compare_metadata(context, metadata)
    database.dispose()
    return list(found)


def test_there_is_one_head_and_every_step_is_numbered() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in files)
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    order = [step.revision for step in script.walk_revisions()][::-1]
    assert order == sorted(order)


def test_the_migrated_schema_is_the_one_in_code(db_url: str) -> None:
    assert _differences(db_url) == []


def test_indexes_and_their_predicates_are_the_ones_in_code(db: Database) -> None:
    with db.read() as conn:
        if db.sqlite:
            _as_created(conn)
            return
        inspector = sa.inspect(conn)
        for table in metadata.tables.values():
            there = {index["name"]: index for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                found = there[index.name]
                assert bool(found["unique"]) is bool(index.unique), index.name
                partial = found.get("dialect_options", {}).get("postgresql_where")
                assert (partial is None) is (index.dialect_options["postgresql"]["where"] is None), index.name


def _as_created(conn: sa.Connection) -> None:
    """SQLite keeps the words of each index."""
    words = dict(conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'").all())
    for table in metadata.tables.values():
        for index in table.indexes:
            wanted = str(CreateIndex(index).compile(dialect=conn.dialect))
            assert _squeezed(words[str(index.name)]) == _squeezed(wanted)


def _squeezed(sql: str) -> str:
    return re.sub(r"\s+", "", sql).lower()


def test_up_down_and_up_again_with_data(blank_url: str) -> None:
    assert standing(blank_url).current is None
    upgrade(blank_url)
    assert standing(blank_url).up_to_date
    database = Database(blank_url)
    play = cast(database, Clock(NOW))
    play.signs_up(play.alice)
    play.tick()
    assert play.rows("message")
    database.dispose()
    upgrade(blank_url)
    downgrade(blank_url, "base")
    assert _names(blank_url) <= {"alembic_version"}
    upgrade(blank_url)
    assert _differences(blank_url) == []
    database = Database(blank_url)
    play = cast(database, Clock(NOW))
    play.signs_up(play.alice)
    assert play.tick().accepted == 1
    database.dispose()


def test_step_by_step_down_and_up_keeps_what_is_older(blank_url: str) -> None:
    """Each step undone and done again over data that was there before it."""
    upgrade(blank_url)
    steps = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    for older in steps[1:]:
        downgrade(blank_url, older)
        upgrade(blank_url)
        assert _differences(blank_url) == []
