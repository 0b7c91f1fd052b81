"""Dana's desk, signed in."""

import pytest

from service.storage.database import Database
from tests.support.clock import Clock
from tests.support.desk_data import Desk, a_desk


@pytest.fixture
def desk(db: Database, clock: Clock) -> Desk:
    return a_desk(db, clock)
