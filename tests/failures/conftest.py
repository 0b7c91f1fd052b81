"""What went wrong for others, tried on our engine: the standing cast, on a Tuesday at ten in the morning of Chicago."""

from __future__ import annotations

import pytest

from service.storage.database import Database
from tests.support.cast import Cast, cast
from tests.support.clock import Clock

TEN = 1_795_536_000


@pytest.fixture
def clock() -> Clock:
    return Clock(TEN)


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    return cast(db, clock)
