"""One round of a job, in whatever process: guarded, timed, counted, and ended early when the worker is to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog

from service.delivery.provider import Provider
from service.domain.fault_place import fault_place
from service.jobs.figures import Figures
from service.jobs.life import Life
from service.jobs.table import JOBS, Job
from service.usecases.kit import Kit

log = structlog.get_logger()


class Rounds:
    """`stopping`: no round begins any more, and none begins a further batch."""

    def __init__(self, kit: Kit, provider: Provider, life: Life, figures: Figures) -> None:
        self._kit = kit
        self._provider = provider
        self._life = life
        self._figures = figures
        self.stopping = threading.Event()

    def run(self, job: Job, shard: int | None = None, shift: float | None = None) -> bool:
        """False when it failed or was not begun. `shift`: seconds after which no further batch is begun. What goes
        wrong is told by its kind and place: its words may quote a person."""
        if self.stopping.is_set():
            return False
        try:
            with self._figures.round(job.name):
                self._figures.done(self._work(job, shard, shift))
        except Exception as fault:  # noqa: BLE001 - the next round tries again
            log.error("job failed", job=job.name, fault=type(fault).__name__, at=fault_place(fault))
            return False
        return True

    def _work(self, job: Job, shard: int | None, shift: float | None) -> object:
        asked: dict[str, Any] = {}
        if job.in_batches:
            asked["go_on"] = self._figures.batches(job.name, self._until(shift))
        if shard is not None:
            asked["shard"] = shard
        if job is not JOBS[0]:
            return job.run(self._kit, self._provider, **asked)
        with self._life.at_work():
            return job.run(self._kit, self._provider, **asked)

    def _until(self, shift: float | None) -> Callable[[], bool]:
        end = None if shift is None else monotonic() + shift

        def go_on() -> bool:
            return not self.stopping.is_set() and (end is None or monotonic() < end)

        return go_on
