"""The queue that the workers of several machines share, by Procrastinate.

A job is one round of a line of the job table, of one shard of leads where it has shards. One waits and one runs, for
each shard, whoever asks; none is tried again, for the next tick makes another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from service.jobs.table import JOBS, Job
from service.storage.job_queue import address

SENDING, REST = "sending", "rest"  # the queues: those who hand mail over never hold up the others
WAKE = "wake"
BEAT_EVERY = 5.0
SILENT_AFTER = 20.0  # seconds without a beat, then a worker's jobs are another's
PATIENCE = 10.0
FIRST = 10  # the priority of what is short

Work = Callable[[Job, int | None], object]


def quiet() -> None:
    """Its words about a failed job quote what failed; ours name the kind and the place. A tick that is skipped because
    the one before is not over is no news."""
    for name in ("procrastinate", "psycopg.pool", "apscheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


async def _statement_by_statement(connection: Any) -> None:
    """A worker that is frozen between a statement and its commit would hold up the ticks of all."""
    await connection.set_autocommit(True)


class Queue:
    """`work` does one round of a job, in a thread of its own. `woken` is told that somebody may be due now."""

    def __init__(self, url: str, work: Work, woken: Callable[[], Any]) -> None:
        quiet()
        connector = PsycopgConnector(
            conninfo=address(url), min_size=1, max_size=6, timeout=PATIENCE, configure=_statement_by_statement
        )
        self._app = App(connector=connector)
        for job in JOBS:
            self._add(job, work)

        @self._app.task(name=WAKE, queue=REST, queueing_lock=WAKE, priority=FIRST)
        async def wake() -> None:
            await woken()

    def _add(self, job: Job, work: Work) -> None:
        queue = SENDING if job.shards is not None else REST

        @self._app.task(name=job.name, queue=queue, priority=0 if job is JOBS[0] else FIRST)
        def round_(timestamp: int, shard: int | None = None) -> None:  # noqa: ARG001 - every tick's job carries it
            work(job, shard)

    async def open(self) -> None:
        await self._app.open_async()

    async def close(self) -> None:
        await self._app.close_async()

    async def offer(self, job: Job, tick: int, shard: int | None = None) -> bool:
        """One round for this tick, whichever worker offers it first. False when there is one already, waiting or of
        the same tick."""
        lock = job.name if shard is None else f"{job.name}:{shard}"
        asked: dict[str, Any] = {"timestamp": tick} if shard is None else {"timestamp": tick, "shard": shard}
        deferrer = self._app.tasks[job.name].configure(lock=lock, queueing_lock=lock, task_kwargs=asked)
        try:
            made = await self._app.job_manager.defer_periodic_job(
                job=deferrer.job, periodic_id=lock, defer_timestamp=tick
            )
        except AlreadyEnqueued:
            return False
        return made is not None

    async def offer_now(self, job: Job, tick: int, shards: Collection[int]) -> None:
        """Rounds for these shards at once, between two ticks."""
        for shard in sorted(shards):
            lock = f"{job.name}:{shard}"
            try:
                await (
                    self._app.tasks[job.name]
                    .configure(lock=lock, queueing_lock=lock)
                    .defer_async(timestamp=tick, shard=shard)
                )
            except AlreadyEnqueued:
                continue

    async def work(self, queue: str, hands: int) -> None:
        """Takes jobs until it is cancelled, which waits for those in hand; ends or raises when the database is away."""
        await self._app.run_worker_async(
            queues=[queue],
            concurrency=hands,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=BEAT_EVERY,
            stalled_worker_timeout=SILENT_AFTER,
        )

    async def rescue(self) -> int:
        """Takes their jobs from workers that are silent: their shards are free for the next tick. Gives how many."""
        manager, count = self._app.job_manager, 0
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_AFTER):
            if job.id is None:
                continue
            try:
                await manager.finish_job_by_id_async(job.id, Status.ABORTED, delete_job=True)
            except ConnectorException:
                continue  # another worker was first
            count += 1
        await manager.prune_stalled_workers(SILENT_AFTER)
        return count
