"""A provider's answers and its reports meet in the same rows: nobody waits in a ring, and who is ended tries again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.message import Accepted, Later, Outcome
from service.storage import delivery_events, messages
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.again import MOST, again
from service.usecases.dispatch import Outgoing, record
from service.usecases.record_events import apply_waiting_events
from tests.support.cast import Cast, cast
from tests.support.clock import Clock


class Silent:
    """Takes every mail on the wire and is killed before it answers."""

    name = "sendgrid"

    def send(self, *_: object) -> list[Outcome]:
        raise KeyboardInterrupt

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    """Six messages in flight; their rows lie in the table in another order than that of their ids."""
    made = cast(db, clock, Silent(), mail="sendgrid")
    for number in range(6):
        made.signs_up(made.lead(f"guest{number}"))
    with pytest.raises(KeyboardInterrupt):
        made.tick()
    for row in reversed(made.rows("message")):
        with db.write() as conn:
            conn.execute(sa.update(message).where(message.c.id == row["id"]).values(reason="moved"))
    return made


@contextmanager
def _hearing_faults(db: Database) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(context: Any) -> None:
        if context.statement != "BEGIN IMMEDIATE":  # one writer at a time: that it is not our turn is no fault
            heard.append(str(context.original_exception))

    sa.event.listen(db._engine, "handle_error", hear)
    yield heard
    sa.event.remove(db._engine, "handle_error", hear)


def _both_wait(db: Database, works: int) -> None:
    """Until so many wait for a lock; a database with one writer lets nobody come that far."""
    if db.sqlite:
        return
    until = time.monotonic() + 20
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while time.monotonic() < until:
        with db.read() as conn:
            if conn.execute(query).scalar_one() >= works:
                return
    raise AssertionError("they never met")


def _while_one_row_is_held(play: Cast, held: int, works: list[Callable[[], object]]) -> None:
    faults: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    with play.db.write() as conn:
        conn.execute(sa.update(message).where(message.c.id == held).values(reason="held"))
        for thread in threads:
            thread.start()
        _both_wait(play.db, len(works))
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert faults == []


def _outgoing(row: dict[str, Any]) -> Outgoing:
    unused: Any = None
    return Outgoing(row["id"], row["fence"], f"{row['id']}@example.org", unused, unused, unused)


def test_outcomes_and_reports_of_the_same_mails_do_not_end_each_other(play: Cast) -> None:
    rows = play.rows("message")
    reports = [DeliveryEvent("sendgrid", f"e{row['id']}", Kind.DELIVERED, row["ref"], play.kit.clock()) for row in rows]
    with play.db.write() as conn:
        delivery_events.keep(conn, reports, play.kit.clock())
    later = Later("429", play.kit.clock())
    answered: list[tuple[Outgoing, Outcome]] = [
        (_outgoing(row), later if number else Accepted(f"x{row['id']}")) for number, row in enumerate(rows)
    ]
    with _hearing_faults(play.db) as heard:
        works: list[Callable[[], object]] = [
            lambda: apply_waiting_events(play.kit),
            lambda: record(play.kit, answered),
        ]
        _while_one_row_is_held(play, rows[2]["id"], works)
    assert heard == []
    assert {row["state"] for row in play.rows("message")} == {"accepted"}, "what was reported is the last word"


def test_two_hands_that_take_the_same_mails_take_them_in_one_order(play: Cast) -> None:
    numbers = [row["id"] for row in play.rows("message")]

    def accept() -> None:
        with play.db.write() as conn:
            messages.accept(conn, numbers, 1)

    def stamp() -> None:
        with play.db.write() as conn:
            delivery_events.stamp(conn, "delivered_at", dict.fromkeys(numbers, 1))

    with _hearing_faults(play.db) as heard:
        _while_one_row_is_held(play, numbers[2], [accept, stamp])
    assert heard == []


class Ended(Exception):
    sqlstate = "40P01"


def _work(times: int, cause: Exception) -> tuple[list[int], Callable[[], str]]:
    tried: list[int] = []

    def work() -> str:
        tried.append(1)
        if len(tried) <= times:
            raise OperationalError("UPDATE", {}, cause)
        return "done"

    return tried, work


def test_a_transaction_that_the_database_ended_is_done_again_and_not_for_ever() -> None:
    tried, work = _work(MOST - 1, Ended())
    assert again(work) == "done"
    tried, work = _work(MOST, Ended())
    with pytest.raises(OperationalError):
        again(work)
    assert len(tried) == MOST


def test_another_trouble_is_told_at_once() -> None:
    tried, work = _work(1, Exception("no such table"))
    with pytest.raises(OperationalError):
        again(work)
    assert len(tried) == 1


def test_reports_are_applied_although_the_database_ended_the_first_try(play: Cast) -> None:
    (first, *_) = play.rows("message")
    with play.db.write() as conn:
        delivery_events.keep(conn, [DeliveryEvent("sendgrid", "e", Kind.DELIVERED, first["ref"], 5)], 5)
    left = [1]

    def trouble(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if left and statement.startswith("UPDATE message"):
            left.pop()
            raise OperationalError(statement, {}, Ended())

    sa.event.listen(play.db._engine, "before_cursor_execute", trouble)
    assert apply_waiting_events(play.kit) == 1
    assert play.rows("message", id=first["id"])[0]["delivered_at"] == 5
