"""Places in a lead's day: the lowest free one is taken, whoever races, and never more than the day may see."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from service.storage import caps
from service.storage.caps import Claim
from service.storage.database import Database
from tests.support.cast import cast
from tests.support.clock import Clock

DAY = 740_000


def _numbers(db: Database) -> list[int]:
    with db.read() as conn:
        return sorted(conn.exec_driver_sql("SELECT n FROM cap").scalars())


def test_a_place_that_was_given_back_is_taken_again(db: Database, clock: Clock) -> None:
    alice = cast(db, clock).alice
    with db.write() as conn:
        assert caps.claim(conn, [Claim(alice, DAY, 2, 11), Claim(alice, DAY, 2, 10), Claim(alice, DAY, 2, 12)]) == {
            10,
            11,
        }
        caps.release(conn, alice, DAY, 10)
        assert caps.claim(conn, [Claim(alice, DAY, 2, 13)]) == {13}
        assert caps.claim(conn, [Claim(alice, DAY, 2, 14)]) == set()
    assert _numbers(db) == [1, 2]


def test_a_cap_that_was_lowered_takes_no_more(db: Database, clock: Clock) -> None:
    alice = cast(db, clock).alice
    with db.write() as conn:
        for message_id in (1, 2, 3):
            caps.claim(conn, [Claim(alice, DAY, 3, message_id)])
        caps.release(conn, alice, DAY, 1)
        assert caps.claim(conn, [Claim(alice, DAY, 2, 4)]) == set()


def test_two_hands_on_one_day_never_take_more_than_it_may_see(db: Database, db_url: str, clock: Clock) -> None:
    alice = cast(db, clock).alice
    won: list[set[int]] = []

    def work(first: int, start: threading.Barrier) -> None:
        own = Database(db_url)
        start.wait()
        for number in range(first, first + 12):
            with own.write() as conn:
                got = caps.claim(conn, [Claim(alice, DAY + number % 4, 2, number)])
                if got and number % 3 == 0:
                    caps.release(conn, alice, DAY + number % 4, number)
                    got = set()
            won.append(got)
        own.dispose()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(first, barrier)) for first in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with db.read() as conn:
        rows = conn.exec_driver_sql("SELECT day, n, message_id FROM cap").all()
    assert {message_id for _, _, message_id in rows} == set().union(*won)
    assert all(n in (1, 2) for _, n, _ in rows)


class _Book:
    """A day's places as a list, for comparison."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 8)), max_size=20), st.integers(1, 3))
def test_the_lowest_free_place_is_claimed(steps: list[tuple[bool, int]], at_most: int) -> None:
    db = Database("sqlite://")
    with db.write() as conn:
        conn.exec_driver_sql(
            "CREATE TABLE cap (lead_id INT, day INT, n INT, message_id INT, PRIMARY KEY (lead_id, day, n))"
        )
        book = _Book()
        for number, (takes, which) in enumerate(steps, 100):
            if takes:
                got = caps.claim(conn, [Claim(1, DAY, at_most, number)])
                assert bool(got) == (len(book.held) < at_most)
                if got:
                    book.held[min(set(range(1, 9)) - set(book.held))] = number
            elif which in book.held:
                caps.release(conn, 1, DAY, book.held.pop(which))
        assert dict(conn.exec_driver_sql("SELECT n, message_id FROM cap").all()) == book.held  # type: ignore[arg-type]
    db.dispose()
