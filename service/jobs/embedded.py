"""The clock and the hands in one process, by APScheduler. Stops after the pass in hand."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from service.delivery.provider import Provider
from service.jobs.clock_watch import LOOK_EVERY, ClockWatch, begin_anew
from service.jobs.figures import Figures
from service.jobs.life import Life
from service.jobs.rounds import Rounds
from service.jobs.table import BEAT_EVERY, JOBS, Job
from service.usecases.kit import Kit

log = structlog.get_logger()


class Worker:
    """Runs the job table until told to stop."""

    def __init__(self, kit: Kit, provider: Provider, version: str = "") -> None:
        self._kit = kit
        self._provider = provider
        self._life = Life(kit, version)
        self.figures = Figures()
        self.figures.watch(self._life.tick_age)
        self._rounds = Rounds(kit, provider, self._life, self.figures)

    def run(self) -> None:
        """Blocks until SIGTERM or SIGINT; what is in hand is finished first, and no further mail is begun."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._asked_to_stop)
        scheduler = BackgroundScheduler(
            # a slow relay may hold the jobs up for minutes, never the sign of life
            executors={"default": ThreadPoolExecutor(3), "beat": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        at_once = datetime.fromtimestamp(self._kit.wall(), UTC)
        for job in JOBS:
            first = {"next_run_time": at_once} if job is JOBS[0] else {}
            scheduler.add_job(self.runner(job), "interval", seconds=job.every, id=job.name, **first)
        scheduler.add_job(self.beat, "interval", seconds=BEAT_EVERY, id="beat", executor="beat")
        self.beat()
        scheduler.start()
        log.info("worker started", worker=self._life.name)
        watch = ClockWatch(self._kit.wall)
        while not self._rounds.stopping.wait(LOOK_EVERY):
            if watch.set_back():
                begin_anew(scheduler, self._kit.wall())
        self._provider.drain()
        scheduler.shutdown(wait=True)
        self._life.ends()
        log.info("worker stopped", worker=self._life.name)

    def _asked_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._rounds.stopping.set()

    def runner(self, job: Job) -> Callable[[], None]:
        """One round of a job."""

        def run() -> None:
            if self._rounds.run(job) and job is JOBS[0]:
                self._life.ticked()

        return run

    def beat(self) -> None:
        """Writes the sign of life."""
        self._life.beat()
