"""The queue that workers share: one round a shard at a time, whoever offers it; a dead worker keeps none."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest

from service.jobs import queue_schema
from service.jobs.queue import REST, SENDING, SILENT_AFTER, Queue
from service.jobs.table import JOBS, Job
from service.jobs.wake import Waker
from service.storage import job_queue, queue_lag
from service.storage.database import Database
from tests.support import postgres

ADVANCE, SETTLE = JOBS[0], next(job for job in JOBS if job.name == "settle")
TICK = 1_795_531_320
PATIENT = 20


@pytest.fixture(scope="module")
def laid_out(cluster: postgres.Cluster) -> Iterator[str]:
    with postgres.fresh_database(cluster, f"queue_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as url:
        queue_schema.lay_out(url)
        yield url


@pytest.fixture
def url(laid_out: str) -> str:
    tell(laid_out, "TRUNCATE procrastinate.procrastinate_jobs, procrastinate.procrastinate_workers CASCADE")
    return laid_out


def tell(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(job_queue.address(url), autocommit=True) as conn:
        done = conn.execute(statement.encode())
        return done.fetchall() if done.description else []


def play(url: str, scene: Callable[[Queue], Awaitable[None]], **made: Any) -> None:
    async def run() -> None:
        queue = Queue(url, made.get("work", lambda _job, _shard: None), made.get("woken", _nobody))
        await queue.open()
        try:
            await scene(queue)
        finally:
            await queue.close()

    asyncio.run(run())


async def _nobody() -> None:
    """Nobody is woken."""


def waiting(url: str) -> list[str]:
    rows = tell(url, "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
    return [row[0] for row in rows]


def test_one_round_of_a_shard_waits_whoever_offers_it(url: str) -> None:
    async def scene(queue: Queue) -> None:
        assert await queue.offer(ADVANCE, TICK, 3)
        assert not await queue.offer(ADVANCE, TICK, 3)
        assert not await queue.offer(ADVANCE, TICK + 2, 3), "the next tick finds it waiting"
        assert await queue.offer(ADVANCE, TICK, 4)
        assert await queue.offer(SETTLE, TICK)

    play(url, scene)
    assert waiting(url) == ["advance:3", "advance:4", "settle"]


def test_one_tick_gets_through_even_when_its_round_is_over_at_once(url: str) -> None:
    rounds: list[str] = []

    async def scene(queue: Queue) -> None:
        assert await queue.offer(SETTLE, TICK)
        hand = asyncio.create_task(queue.work(REST, 1))
        while tell(url, "SELECT 1 FROM procrastinate_jobs"):
            await asyncio.sleep(0.01)
        assert not await queue.offer(SETTLE, TICK), "another machine's clock comes a moment later"
        assert not waiting(url)
        hand.cancel()
        await asyncio.gather(hand, return_exceptions=True)

    play(url, scene, work=lambda job, _shard: rounds.append(job.name))
    assert rounds == ["settle"]


def test_two_workers_never_have_one_shard_in_hand_together(url: str) -> None:
    at_once, most, done = 0, 0, 0
    lock, two = threading.Lock(), threading.Event()

    def work(_job: Job, shard: int | None) -> None:
        nonlocal at_once, most, done
        if shard == 8:
            two.set()
            return
        with lock:
            at_once += 1
            most = max(most, at_once)
        two.wait(PATIENT)  # another shard is done meanwhile
        with lock:
            at_once, done = at_once - 1, done + 1

    async def scene(queue: Queue) -> None:
        hands = [asyncio.create_task(queue.work(SENDING, 2)), asyncio.create_task(queue.work(SENDING, 2))]
        await queue.offer(ADVANCE, TICK, 7)
        while not at_once:
            await asyncio.sleep(0.01)
        await queue.offer(ADVANCE, TICK + 2, 7)
        await queue.offer(ADVANCE, TICK + 2, 8)
        while done < 2:
            await asyncio.sleep(0.01)
        for hand in hands:
            hand.cancel()
        await asyncio.gather(*hands, return_exceptions=True)

    play(url, scene, work=work)
    assert (most, done) == (1, 2)


def test_the_jobs_of_a_worker_that_is_silent_are_taken_from_it(url: str) -> None:
    async def scene(queue: Queue) -> None:
        await queue.offer(ADVANCE, TICK, 5)
        tell(url, "SELECT procrastinate_fetch_job_v2(NULL, (procrastinate_register_worker_v1()))")
        await queue.offer(ADVANCE, TICK + 2, 5)
        assert await queue.rescue() == 0, "it beats"
        tell(url, f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '{SILENT_AFTER + 1} seconds'")
        assert await queue.rescue() == 1
        assert await queue.rescue() == 0

    play(url, scene)
    assert tell(url, "SELECT status, queueing_lock FROM procrastinate_jobs") == [("todo", "advance:5")]
    assert tell(url, "SELECT 1 FROM procrastinate_workers") == []


def test_what_a_round_raises_leaves_nothing_behind(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    def work(_job: Job, _shard: int | None) -> None:
        raise RuntimeError("alice@example.org")

    async def scene(queue: Queue) -> None:
        await queue.offer(SETTLE, TICK)
        hand = asyncio.create_task(queue.work(REST, 1))
        while tell(url, "SELECT 1 FROM procrastinate_jobs"):
            await asyncio.sleep(0.01)
        hand.cancel()
        await asyncio.gather(hand, return_exceptions=True)

    play(url, scene, work=work)
    assert "alice" not in "".join(capfd.readouterr())


def test_a_waker_has_the_workers_look_at_once_and_once(url: str) -> None:
    looks = threading.Semaphore(0)

    async def woken() -> None:
        looks.release()

    async def scene(queue: Queue) -> None:
        waker = Waker(url)
        for _ in range(50):
            waker.wake()
        hand = asyncio.create_task(queue.work(REST, 1))
        assert await asyncio.to_thread(looks.acquire, timeout=PATIENT)
        await asyncio.to_thread(waker.close)
        hand.cancel()
        await asyncio.gather(hand, return_exceptions=True)

    play(url, scene, woken=woken)


def test_a_waker_without_a_database_is_silent_and_ends(free_port: int) -> None:
    waker = Waker(f"postgresql://nobody@127.0.0.1:{free_port}/nowhere?connect_timeout=1")
    waker.wake()
    waker.close()


def test_the_queue_is_laid_out_once_and_anew_for_another_release(url: str) -> None:
    assert queue_schema.stands(url)
    assert not queue_schema.lay_out(url)
    assert job_queue.lay_out(url, "CREATE TABLE procrastinate_jobs (id int)", "of another release")
    assert not queue_schema.stands(url)
    assert queue_schema.lay_out(url)
    queue_schema.take_away(url)
    assert job_queue.mark_of(url) is None
    assert queue_schema.lay_out(url)


def test_the_lag_is_that_of_the_job_which_waits_longest(url: str) -> None:
    database = Database(url)
    with database.read() as conn:
        assert queue_lag.lag(conn) == 0

    async def scene(queue: Queue) -> None:
        await queue.offer(SETTLE, TICK)

    play(url, scene)
    tell(url, "UPDATE procrastinate_events SET at = now() - interval '90 seconds'")
    with database.read() as conn:
        assert queue_lag.lag(conn) == pytest.approx(90, abs=5)
    database.dispose()
