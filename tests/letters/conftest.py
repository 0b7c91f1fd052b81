"""A clinic that writes to many."""

import pytest

from service.content.letter_who import segment_source
from service.storage.database import Database
from service.usecases.save_segment import save_segment
from tests.support.cast import cast
from tests.support.clock import Clock
from tests.support.letter_room import SEGMENT, TEN, Room


@pytest.fixture
def clock() -> Clock:
    return Clock(TEN)


@pytest.fixture
def room(db: Database, clock: Clock) -> Room:
    return Room(cast(db, clock), clock)


@pytest.fixture
def regulars(room: Room) -> str:
    """A letter's word for a segment of the clinic's: those who asked about sciatica."""
    save_segment(room.play.kit, room.play.clinic, room.play.dana, SEGMENT)
    return segment_source("regulars")
