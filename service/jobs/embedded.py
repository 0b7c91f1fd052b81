"""The clock and the hands in one process, by APScheduler. Stops after the pass in hand."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from service.delivery.provider import Provider
from service.domain.fault_place import fault_place
from service.jobs.table import BEAT_EVERY, JOBS, Job
from service.storage import workers
from service.usecases.dispatch import LEASE
from service.usecases.kit import Kit

log = structlog.get_logger()


class Worker:
    """Runs the job table until told to stop."""

    def __init__(self, kit: Kit, provider: Provider) -> None:
        self._kit = kit
        self._provider = provider
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at = kit.wall()
        self._ticked_at: int | None = None
        self._tick_began: int | None = None
        self._stop = threading.Event()

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
        log.info("worker started")
        self._stop.wait()
        self._provider.drain()
        scheduler.shutdown(wait=True)
        log.info("worker stopped")

    def _asked_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def runner(self, job: Job) -> Callable[[], None]:
        """One round of a job. What goes wrong is told by its kind and place: its words may quote a person."""

        def run() -> None:
            self._guarded(job)

        return self._tick if job is JOBS[0] else run

    def _tick(self) -> None:
        first = self._ticked_at is None
        self._tick_began = self._kit.wall()
        if self._guarded(JOBS[0]):
            self._ticked_at = self._kit.wall()
        self._tick_began = None
        if first:
            self.beat()

    def _guarded(self, job: Job) -> bool:
        if self._stop.is_set():
            return False
        try:
            if job.in_batches:
                job.run(self._kit, self._provider, go_on=self._goes_on)
            else:
                job.run(self._kit, self._provider)
        except Exception as fault:  # noqa: BLE001 - the next round tries again
            log.error("job failed", job=job.name, fault=type(fault).__name__, at=fault_place(fault))
            return False
        return True

    def _goes_on(self) -> bool:
        return not self._stop.is_set()

    def beat(self) -> None:
        """Writes the sign of life. A pass that hands mail to a slow relay is a tick that goes on, for as long as it may
        hold its mails in hand; after that it hangs."""
        now = self._kit.wall()
        began = self._tick_began
        ticked = now if began is not None and now - began <= LEASE else self._ticked_at
        try:
            with self._kit.db.write() as conn:
                workers.beat(conn, self._name, self._started_at, now, ticked)
        except Exception as fault:  # noqa: BLE001 - the next one may find the database again
            log.error("beat failed", fault=type(fault).__name__, at=fault_place(fault))
