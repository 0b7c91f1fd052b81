"""A letter to many is done when everybody has it or a reason, and its count tells the truth on the way there."""

from __future__ import annotations

import pytest

from service.storage import suppressions
from service.storage.database import Database
from tests.support.cast import cast
from tests.support.clock import Clock
from tests.support.letter_room import TEN, Room

BATCH = 5


@pytest.fixture
def room(db: Database) -> Room:
    clock = Clock(TEN)
    return Room(cast(db, clock), clock)


def test_batches_of_people_who_may_not_be_written_to_do_not_finish_a_letter(room: Room) -> None:
    """listmonk 1931: a whole batch of blocked or unconfirmed people came back empty, and the campaign was called
    finished. 2860: finished at 2,061 of 5,239."""
    blocked = room.comes(2 * BATCH)
    room.comes(2 * BATCH, consent=False)
    good = room.comes(2 * BATCH + 1)
    with room.play.db.write() as conn:
        for number in range(len(blocked)):
            suppressions.suppress(conn, None, f"guest{number}@example.org", "hard-bounce", TEN)
    key = room.plans()
    for _ in range(3):
        room.sends(batch=BATCH)
    mailed = [email for email in room.got() if email.startswith("guest")]
    assert mailed == sorted(f"guest{number}@example.org" for number in range(4 * BATCH, 4 * BATCH + len(good)))
    numbers = room.numbers(key)
    assert (numbers.waits, numbers.on_the_way) == (0, 0)
    assert numbers.sent == len(room.got())


def test_a_letter_that_is_stuck_says_on_what(room: Room) -> None:
    """listmonk 2860: it stood at 600 sent for hours, and nothing said why."""
    room.comes(BATCH)
    key = room.plans()
    for _ in range(3):
        room.sends(batch=2)
    sent = room.numbers(key).sent
    late = room.plans()
    room.sends(batch=2)
    numbers = room.numbers(late)
    assert numbers.sent == 0, "one mail a day for each"
    assert numbers.waiting == {"capped": sent}
    room.clock.advance(days=1)
    room.sends(batch=2)
    assert room.numbers(late).sent == sent
    assert room.numbers(late).waits == 0
