"""The clock and the hands in one process, by APScheduler. Stops after the pass in hand."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from service.delivery.provider import Provider
from service.domain.fault_place import fault_place
from service.jobs.table import BEAT_EVERY, JOBS, Job
from service.storage import workers
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
        self._stop = threading.Event()

    def run(self) -> None:
        """Blocks until SIGTERM or SIGINT; what is in hand is finished first."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._asked_to_stop)
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for job in JOBS:
            scheduler.add_job(self._runner(job), "interval", seconds=job.every, id=job.name)
        scheduler.add_job(self._beat, "interval", seconds=BEAT_EVERY, id="beat")
        self._runner(JOBS[0])()
        self._beat()
        scheduler.start()
        log.info("worker started")
        self._stop.wait()
        scheduler.shutdown(wait=True)
        log.info("worker stopped")

    def _asked_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _runner(self, job: Job) -> Callable[[], None]:
        def run() -> None:
            if self._stop.is_set():
                return
            try:
                job.run(self._kit, self._provider)
            except Exception as fault:  # noqa: BLE001 - the next tick tries again
                log.error("job failed", job=job.name, fault=type(fault).__name__, at=fault_place(fault))
                return
            if job is JOBS[0]:
                self._ticked_at = self._kit.wall()

        return run

    def _beat(self) -> None:
        with self._kit.db.write() as conn:
            workers.beat(conn, self._name, self._started_at, self._kit.wall(), self._ticked_at)
