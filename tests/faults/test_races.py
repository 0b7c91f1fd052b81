"""Several hands on one queue: nobody is written to twice, no cap is broken, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from service.storage import leads
from service.storage.database import Database
from service.usecases.advance import advance
from service.usecases.dispatch import Tally
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import Cast, campaign_file, cast, mail_files, make_kit, outbox_provider
from tests.support.clock import Clock

TEN = 1_795_536_000
ONCE = "\n  - {key: first, mail: first, at_once: true}"


@pytest.fixture
def play(db: Database) -> Cast:
    made = cast(db, Clock(TEN))
    for key in ("north", "south"):
        made.publishes(campaign_file(key, ONCE, entry="{on: by-hand}", goal="none"), mail_files("first"))
    return made


def _at_once(*works: Callable[[], object]) -> None:
    """Each in its own thread; raises what one of them raised."""
    faults: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody waits for ever"
    if faults:
        raise faults[0]


def _worker(db_url: str, tallies: list[Tally], limit: int) -> Callable[[], None]:
    def work() -> None:
        db = Database(db_url)
        try:
            tallies.append(advance(make_kit(db, Clock(TEN)), outbox_provider(db), limit=limit))
        finally:
            db.dispose()

    return work


def test_two_workers_on_one_queue_write_to_each_lead_once(play: Cast, db_url: str) -> None:
    guests = [play.lead(f"guest{number}") for number in range(60)]
    for guest in guests:
        play.signs_up(guest, "by-hand")  # both campaigns, and a cap of one a day
    tallies: list[Tally] = []
    _at_once(_worker(db_url, tallies, 7), _worker(db_url, tallies, 5))
    play.tick()
    sent = Counter(row["to_email"] for row in play.rows("outbox"))
    assert set(sent.values()) == {1}
    assert len(sent) == 60
    assert len(play.rows("cap")) == 60
    assert Counter(row["state"] for row in play.rows("message")) == {"accepted": 60}
    waiting = [run for run in play.rows("enrollment") if run["guard"] == "capped"]
    assert len(waiting) == 60


def test_people_who_leave_while_two_workers_send_are_neither_hurt_nor_written_to_later(play: Cast, db_url: str) -> None:
    guests = [play.lead(f"guest{number}") for number in range(30)]
    for guest in guests:
        play.signs_up(guest, "by-hand")
    tallies: list[Tally] = []
    patients = make_kit(play.db, Clock(TEN))

    def leave() -> None:
        for guest in reversed(guests):
            unsubscribe(patients, guest)

    _at_once(_worker(db_url, tallies, 3), _worker(db_url, tallies, 4), leave)
    sent = len(play.rows("outbox"))
    for day in range(1, 4):
        later = play.at(TEN + day * 86_400)
        later.tick()
    assert len(play.rows("outbox")) == sent, "after the unsubscribe nothing follows"
    assert max(Counter(row["to_email"] for row in play.rows("outbox")).values(), default=1) == 1


def test_an_unsubscribe_that_holds_the_lead_and_a_tick_that_holds_its_run_do_not_block_each_other(
    play: Cast, db_url: str
) -> None:
    """The tick adds a message that refers to the lead, while the unsubscribe waits for the tick's enrollment."""
    play.signs_up(play.alice, "by-hand")
    held, go_on = threading.Event(), threading.Event()

    def patient() -> None:
        with play.db.write() as conn:
            leads.lock(conn, play.alice)
            held.set()
            assert go_on.wait(5), "the tick waits for the patient"

    def worker() -> None:
        held.wait(5)
        try:
            if play.db.sqlite:
                go_on.set()  # one writer at a time: the tick begins when the patient is done
            _worker(db_url, [], 10)()
        finally:
            go_on.set()

    _at_once(patient, worker)
    assert len(play.rows("outbox")) == 1
