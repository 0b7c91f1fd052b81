"""Three workers on one PostgreSQL: one is killed and one frozen in the middle of their mails.

All are delivered, none twice, and soon after the leases of the dead ran out."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from service.domain.timing import HOUR
from service.usecases.dispatch import LEASE
from service.usecases.settle import SENDGRID_AFTER
from tests.support.fleet.stage import SILENT_AFTER, Stage, stage

EVERYDAY, LONG = 2_000, 200_000
THINKS = 0.15  # seconds that the far end takes for an answer
WITHIN = 1.5  # times as long as undisturbed


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest, long: bool) -> int:
    asked: int | None = request.config.getoption("--mails")
    return asked or (LONG if long else EVERYDAY)


def patience(size: int) -> float:
    return 60 + size / 100


def test_one_killed_and_one_frozen_in_the_middle_lose_and_repeat_nothing(tmp_path: Path, size: int, long: bool) -> None:
    """In the long run the same crowd goes undisturbed first, and the time is held to it."""
    undisturbed = _undisturbed(tmp_path, size) if long else None
    with stage(tmp_path, THINKS) as there:
        there.crowd(size)
        there.hire(3)
        began = time.monotonic()
        there.let_go()
        there.until(lambda: there.taken() >= size // 4, every=0.002)
        killed = there.requests()[-1][0]
        there.kill(killed)
        frozen = _on_the_wire(there, but=killed)
        there.freeze(frozen)
        there.until(there.all_decided, within=patience(size))
        worked = time.monotonic() - began
        left = there.states()["in_flight"]
        there.pass_time(LEASE + 1)
        after_the_lease = time.monotonic()
        there.until(lambda: there.states()["in_flight"] == 0)
        doubts = there.states()["in_doubt"]
        there.thaw(frozen)
        _settle(there, size)
        worked += time.monotonic() - after_the_lease
        told = there.ledger()
        print(
            f"\n{'Machines of their own' if there.net.separate else 'One machine'}: {size:,} mails, one worker killed "
            f"and one frozen after {size // 4:,}.\nLeft in dead hands {left:,}, of them in doubt {doubts:,}; "
            f"silent workers noticed after {SILENT_AFTER} s.\nBy each: {there.by_worker()}, killed {killed}, frozen "
            f"{frozen}. Lost {size - len(told):,}, sent twice {sum(times > 1 for times in told.values()):,}.\n"
            f"Took {worked:.1f} s beside the waiting; undisturbed {undisturbed and round(undisturbed, 1)} s."
        )
        assert doubts, "somebody must have had mails in hand"
        assert Counter(told.values()) == {1: size}
        if undisturbed is not None:
            assert worked <= WITHIN * undisturbed + SILENT_AFTER


def _undisturbed(folder: Path, size: int) -> float:
    room = folder / "undisturbed"
    room.mkdir()
    with stage(room, THINKS) as there:
        there.crowd(size)
        there.hire(3)
        there.let_go()
        took = there.until(lambda: there.states() == {"accepted": size}, within=patience(size))
        assert Counter(there.ledger().values()) == {1: size}
        return took


def _on_the_wire(there: Stage, but: int) -> int:
    """A worker whose request was taken just now, and is not answered yet."""
    seen = len(there.requests())
    there.until(lambda: any(worker != but for worker, _ in there.requests()[seen:]), every=0.002)
    return there.requests()[-1][0]


def _settle(there: Stage, size: int) -> None:
    """SendGrid tells of what it took; a day later the rest goes once more, as its webhook is known to be well."""
    taken = set(there.ledger())
    open_ = [ref for (ref,) in there.ask("SELECT ref FROM message WHERE state <> 'accepted'")]
    there.report([ref for ref in open_ if ref in taken])
    waiting = "SELECT 1 FROM message WHERE state <> 'accepted' AND ref = ANY(%s) LIMIT 1"
    there.until(lambda: not there.ask(waiting, list(taken)))
    if there.states() != {"accepted": size}:
        there.pass_time(SENDGRID_AFTER)
        there.report([next(iter(taken))])
    there.until(lambda: there.states() == {"accepted": size}, within=patience(size))


def test_a_worker_that_is_asked_to_stop_ends_with_the_batch_in_hand(tmp_path: Path) -> None:
    size = 800
    with stage(tmp_path, THINKS, alone=True) as there:
        there.crowd(size)
        there.hire(1)
        there.let_go()
        there.until(lambda: there.taken() > 0, every=0.002)
        assert there.stop(0) == 0
        states = there.states()
        assert set(states) == {"accepted"}, "what was taken in hand is on record"
        assert 0 < states["accepted"] < size
        assert there.taken() == states["accepted"]
        assert there.queue() == [] or {job[1] for job in there.queue()} == {"todo"}
        there.hire(1)
        there.until(lambda: there.states() == {"accepted": size})
        assert Counter(there.ledger().values()) == {1: size}


def test_a_restarted_database_a_lost_queue_and_clocks_that_jump_cost_nothing(tmp_path: Path) -> None:
    size = 800
    with stage(tmp_path, THINKS, alone=True) as there:
        there.crowd(size)
        there.hire(2)
        there.restart()
        there.let_go()
        there.until(lambda: there.taken() > 0, every=0.002)
        there.change("TRUNCATE procrastinate.procrastinate_jobs CASCADE")
        there.until(lambda: there.taken() > size // 4, every=0.002)
        there.pass_time(3 * HOUR)
        there.until(lambda: there.taken() > size // 2, every=0.002)
        there.pass_time(-2 * HOUR)
        there.until(lambda: there.states() == {"accepted": size})
        assert Counter(there.ledger().values()) == {1: size}
        assert len(there.by_worker()) == 2, "both came back"
        assert "Traceback" not in there.said(0) + there.said(1)
