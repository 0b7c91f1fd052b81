"""Waking the workers when somebody has come in, so that the first mail goes at once and not at the next tick.

It is deferred after the commit, by a thread of its own: nobody waits for it, and losing it loses nothing."""

from __future__ import annotations

import threading

import structlog
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from service.domain.fault_place import fault_place
from service.jobs.queue import FIRST, REST, WAKE, quiet
from service.storage.job_queue import address

log = structlog.get_logger()
LATER = 2.0  # seconds: then a tick has come by itself
APART = 0.2  # seconds between two wake-ups: who came meanwhile is in the next
REST_AFTER_FAULT = 5.0


class Waker:
    """Of one web process. `wake` returns at once, from any thread."""

    def __init__(self, url: str) -> None:
        quiet()
        connector = SyncPsycopgConnector(conninfo=address(url), min_size=0, max_size=1, timeout=LATER)
        self._app = App(connector=connector)
        self._asked, self._over = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        self._asked.set()
        if self._thread is None:
            self._begin()

    def close(self) -> None:
        self._over.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        """Once a process, and not before it was forked."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="wake")
                self._thread.start()

    def _work(self) -> None:
        opened = False
        while True:
            self._asked.wait()
            if self._over.is_set():
                break
            self._asked.clear()
            pause = APART
            try:
                if not opened:
                    self._app.open()
                    opened = True
                self._defer()
            except Exception as fault:  # noqa: BLE001 - the next tick makes up for it
                log.error("wake failed", fault=type(fault).__name__, at=fault_place(fault))
                pause = REST_AFTER_FAULT
            self._over.wait(pause)
        if opened:
            self._app.close()

    def _defer(self) -> None:
        try:
            self._app.configure_task(WAKE, queueing_lock=WAKE, queue=REST, priority=FIRST).defer()
        except AlreadyEnqueued:
            return
