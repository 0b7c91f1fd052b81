"""What a worker counts of itself, for Prometheus. Each figure has somebody who acts on it: docs/operations.md.

No clinic, person or address stands in a label."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from service.usecases.dispatch import Tally

OUTCOMES = ("accepted", "rejected", "later", "doubtful")
_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Figures:
    """One worker's counts, from its start on."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = own = CollectorRegistry()
        ProcessCollector(namespace="meridian", registry=own)
        self._messages = Counter("meridian_messages", "Mails by what the provider said", ["outcome"], registry=own)
        self._round = Histogram("meridian_job_seconds", "One round of a job", ["job"], buckets=_SECONDS, registry=own)
        self._batch = Histogram("meridian_batch_seconds", "One batch", ["job"], buckets=_SECONDS, registry=own)
        self._failed = Counter("meridian_job_failures", "Rounds that failed", ["job"], registry=own)
        self._rescued = Counter("meridian_jobs_rescued", "Jobs that a silent worker had left behind", registry=own)
        self._tick_age = Gauge("meridian_worker_tick_age_seconds", "Since the worker last ticked", registry=own)
        for outcome in OUTCOMES:
            self._messages.labels(outcome)

    def watch(self, tick_age: Callable[[], float]) -> None:
        self._tick_age.set_function(tick_age)

    def done(self, result: object) -> None:
        """What a round gave: of a tally its outcomes count."""
        if isinstance(result, Tally):
            for outcome in OUTCOMES:
                self._messages.labels(outcome).inc(getattr(result, outcome))

    @contextmanager
    def round(self, job: str) -> Iterator[None]:
        try:
            with self._round.labels(job).time():
                yield
        except Exception:
            self._failed.labels(job).inc()
            raise

    def rescued(self, count: int) -> None:
        self._rescued.inc(count)

    def batches(self, job: str, go_on: Callable[[], bool]) -> Callable[[], bool]:
        """`go_on` as a job in batches asks it; what lies between two questions is a batch."""
        asked: float | None = None

        def ask() -> bool:
            nonlocal asked
            now = monotonic()
            if asked is not None:
                self._batch.labels(job).observe(now - asked)
            asked = now
            return go_on()

        return ask
