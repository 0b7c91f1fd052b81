"""A clinic with open hours, and people who may come."""

import pytest

from service.storage.database import Database
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    return sun(db, clock)
