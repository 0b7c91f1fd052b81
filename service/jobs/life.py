"""A worker's sign of life: written on its own, so that a slow relay never holds it up."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from service.domain.fault_place import fault_place
from service.storage import workers
from service.usecases.dispatch import LEASE
from service.usecases.kit import Kit

log = structlog.get_logger()


class Life:
    """`name` is chance: it says nothing of the machine. The log of the machine holds it."""

    def __init__(self, kit: Kit, version: str = "") -> None:
        self.name = secrets.token_hex(4)
        self._kit = kit
        self._version = version
        self._started_at = kit.wall()
        self._ticked_at: int | None = None
        self._at_work: dict[int, int] = {}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Around a round that hands mails over."""
        me = threading.get_ident()
        self._at_work[me] = self._kit.wall()
        try:
            yield
        finally:
            del self._at_work[me]

    def ticked(self) -> None:
        """A look at the work has come to its end. Tells so at once the first time."""
        if self.hangs():
            return
        first, self._ticked_at = self._ticked_at is None, self._kit.wall()
        if first:
            self.beat()

    def hangs(self) -> bool:
        """Whether a round goes on for longer than its mails may be in hand."""
        now = self._kit.wall()
        return any(now - began > LEASE for began in self._at_work.copy().values())

    def tick_age(self) -> float:
        """Seconds; since the start, where there was no tick yet."""
        return float(max(0, self._kit.wall() - (self._ticked_at or self._started_at)))

    def beat(self) -> None:
        """A round that hands mail to a slow relay is a tick that goes on, for as long as it may hold its mails in hand;
        after that it hangs."""
        now = self._kit.wall()
        ticked = now if self._at_work and not self.hangs() else self._ticked_at
        try:
            with self._kit.db.write() as conn:
                workers.beat(conn, self.name, self._started_at, now, ticked, self._version)
        except Exception as fault:  # noqa: BLE001 - the next one may find the database again
            log.error("beat failed", fault=type(fault).__name__, at=fault_place(fault))

    def ends(self) -> None:
        """It was asked to stop, and does."""
        try:
            with self._kit.db.write() as conn:
                workers.stop(conn, self.name, self._kit.wall())
        except Exception as fault:  # noqa: BLE001 - it then counts as silent
            log.error("farewell failed", fault=type(fault).__name__, at=fault_place(fault))
