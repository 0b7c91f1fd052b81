"""Databases that are emptied between the runs of one test."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from service.storage.database import Database
from service.storage.tables import metadata


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
