"""One of several workers on one PostgreSQL: the clock in each of them, the work shared by a queue.

The rows are the truth and a job is only a wake-up: whatever is lost here, the next tick makes up for."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from service.delivery.provider import Provider
from service.domain.fault_place import fault_place
from service.jobs.clock_watch import LOOK_EVERY, ClockWatch, begin_anew
from service.jobs.figures import Figures
from service.jobs.life import Life
from service.jobs.queue import REST, SENDING, Queue
from service.jobs.rounds import Rounds
from service.jobs.table import BEAT_EVERY, JOBS, Job
from service.usecases.kit import Kit

log = structlog.get_logger()
HANDS = {SENDING: 1, REST: 2}  # one interpreter sends no faster with two; more hands are more workers
SHIFT = 15.0  # seconds: a round goes on no longer, so that a worker that stops or dies holds a shard up no longer
RESCUE_EVERY = 10
AGAIN_AFTER = 1.0  # seconds until a queue that went away is tried again


class FleetWorker:
    """Runs the job table with others until told to stop."""

    def __init__(self, kit: Kit, provider: Provider, url: str, version: str = "") -> None:
        self._kit = kit
        self._provider = provider
        self._life = Life(kit, version)
        self.figures = Figures()
        self.figures.watch(self._life.tick_age)
        self._rounds = Rounds(kit, provider, self._life, self.figures)
        self._queue = Queue(url, self._round, self._woken)
        self._stop = asyncio.Event()

    def run(self) -> None:
        """Blocks until SIGTERM or SIGINT; what is in hand is finished first, and no further mail is begun."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(8))
        loop.set_exception_handler(_trouble)
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        await self._queue.open()
        try:
            await self._until_stopped()
        finally:
            await self._queue.close()
        self._life.ends()
        log.info("worker stopped", worker=self._life.name)

    def stop(self) -> None:
        self._rounds.stopping.set()
        self._provider.drain()
        self._stop.set()

    async def _until_stopped(self) -> None:
        with ThreadPoolExecutor(1, "beat") as beats:
            scheduler = self._clock(beats)
            self._life.beat()
            scheduler.start()
            hands = [asyncio.create_task(self._hands(queue, count)) for queue, count in HANDS.items()]
            log.info("worker started", worker=self._life.name)
            await self._keep_time(scheduler)
            scheduler.shutdown(wait=False)
            for hand in hands:
                hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)

    def _clock(self, beats: ThreadPoolExecutor) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        at_once = datetime.fromtimestamp(self._kit.wall(), UTC)
        for job in JOBS:
            first = {"next_run_time": at_once} if job is JOBS[0] else {}
            scheduler.add_job(partial(self._tick, job), "interval", seconds=job.every, id=job.name, **first)
        scheduler.add_job(self._rescue, "interval", seconds=RESCUE_EVERY, id="rescue")
        beat = partial(asyncio.get_running_loop().run_in_executor, beats, self._life.beat)
        scheduler.add_job(_awaited(beat), "interval", seconds=BEAT_EVERY, id="beat")
        return scheduler

    async def _keep_time(self, scheduler: AsyncIOScheduler) -> None:
        watch = ClockWatch(self._kit.wall)
        while not self._stop.is_set():
            if watch.set_back():
                begin_anew(scheduler, self._kit.wall())
            try:
                await asyncio.wait_for(self._stop.wait(), LOOK_EVERY)
            except TimeoutError:
                continue

    # ── the clock ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def _tick(self, job: Job) -> None:
        """Offers one round; of a job with shards one a shard that has work, so that an idle tick writes nothing."""
        tick = self._kit.wall() // job.every * job.every
        try:
            if job.shards is None:
                await self._queue.offer(job, tick)
            else:
                for shard in sorted(await asyncio.to_thread(job.shards, self._kit)):
                    await self._queue.offer(job, tick, shard)
        except Exception as fault:  # noqa: BLE001 - the next tick tries again
            _tell("tick failed", fault, job=job.name)
            return
        if job is JOBS[0]:
            await asyncio.to_thread(self._life.ticked)

    async def _woken(self) -> None:
        job = JOBS[0]
        if job.shards is not None:
            await self._queue.offer_now(job, self._kit.wall(), await asyncio.to_thread(job.shards, self._kit))

    async def _rescue(self) -> None:
        try:
            self.figures.rescued(await self._queue.rescue())
        except Exception as fault:  # noqa: BLE001 - the next time, or another worker
            _tell("rescue failed", fault)

    # ── the hands ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def _hands(self, queue: str, count: int) -> None:
        """Work from the queue; taken up again whenever the database comes back."""
        while not self._stop.is_set():
            try:
                await self._queue.work(queue, count)
            except Exception as fault:  # noqa: BLE001 - it is tried again
                _tell("queue is away", fault)
            await asyncio.sleep(AGAIN_AFTER)

    def _round(self, job: Job, shard: int | None) -> bool:
        return self._rounds.run(job, shard, SHIFT)


def _awaited(call: Any) -> Any:
    async def beat() -> None:
        await call()

    return beat


def _tell(what: str, fault: BaseException, **more: str) -> None:
    log.error(what, fault=type(fault).__name__, at=fault_place(fault), **more)


def _trouble(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    fault = context.get("exception")
    log.error("queue trouble", fault=type(fault).__name__, at=fault_place(fault) if fault is not None else "")
