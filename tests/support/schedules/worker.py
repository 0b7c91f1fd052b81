"""A worker process of a schedule: forked from a loaded one, with its own database connections, and with its fault.

Time is virtual, so the waits that are real are shortened: for a locked database, and between the tries to record."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from service.delivery.provider import Provider
from service.storage import database
from service.storage.database import Database
from service.usecases import dispatch
from service.usecases.advance import advance
from service.usecases.kit import Kit
from service.usecases.record_events import apply_waiting_events
from service.usecases.resend import resend_planned
from service.usecases.settle import settle
from tests.support.schedules.draw import Hand, Point

LOCKED_FOR = 0.15  # seconds; "stuck" lasts until the process ends
FINE, FAILED, BROKEN = 0, 3, 4
STATEMENTS = frozenset({"statement", "commit"})


@dataclass(frozen=True)
class Place:
    """What a worker is given: where its database is, and how the database is restarted under it."""

    url: str
    kit: Kit
    provider: Callable[[Database], Provider]
    told: Path
    restart: Callable[[], None]


def fork(place: Place, hand: Hand) -> int:
    """Starts the worker; gives its pid. It ends with FINE, with FAILED when the database failed it, with BROKEN when
    anything else did, or by its kill."""
    child = os.fork()
    if child == 0:
        _live(place, hand)
    return child


def jobs(kit: Kit, provider: Provider, limit: int, probe: Callable[[str], None]) -> bool:
    """One round of every job that sends, each as guarded as in the worker; False when the database failed one."""
    fine = True
    works: tuple[Callable[[], Any], ...] = (
        lambda: settle(kit, provider),
        lambda: resend_planned(kit, provider, probe),
        lambda: advance(kit, provider, limit=limit, probe=probe),
        lambda: apply_waiting_events(kit),
    )
    for work in works:
        try:
            work()
        except DBAPIError:
            fine = False
    return fine


def _live(place: Place, hand: Hand) -> None:
    code = BROKEN
    try:
        database.BUSY_SECONDS = 1  # type: ignore[misc]
        if hasattr(dispatch, "RECORD_AGAIN"):
            dispatch.RECORD_AGAIN = (0.02, 0.05, 0.1)
        fault = _Fault(place, hand)
        db = Database(place.url)
        several = hand.flying if place.kit.mail == "sendgrid" else 1
        kit = replace(place.kit, db=db, clock=fault.clock, wall=fault.clock, in_flight=several)
        code = FINE if jobs(kit, place.provider(db), hand.limit, fault.pass_by) else FAILED
    except BaseException:  # noqa: BLE001 - the child must not come back into the test
        place.told.write_text(traceback.format_exc())
    finally:
        os._exit(code)


class _Fault:
    """Counts the points that are passed, and strikes at its own."""

    def __init__(self, place: Place, hand: Hand) -> None:
        self._place, self._hand = place, hand
        self._passed = Counter[str]()
        self._lock = threading.Lock()
        self._skewed = hand.skew_at is None
        if STATEMENTS & {getattr(hand.kill, "name", ""), hand.trouble_at.name if hand.trouble else ""}:
            sa.event.listen(Engine, "commit", lambda _conn: self.pass_by("commit"))
        if STATEMENTS & {getattr(hand.kill, "name", ""), hand.trouble_at.name}:
            sa.event.listen(Engine, "before_cursor_execute", self._before_statement)

    def clock(self) -> int:
        return self._place.kit.clock() + (self._hand.skew if self._skewed else 0)

    def pass_by(self, name: str) -> None:
        with self._lock:
            self._passed[name] += 1
            here = Point(name, self._passed[name])
        if here == self._hand.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == self._hand.skew_at:
            self._skewed = True
        if self._hand.trouble is not None and here == self._hand.trouble_at:
            _TROUBLES[self._hand.trouble](self)

    def _before_statement(self, *_: object) -> None:
        self.pass_by("statement")

    # ── troubles with the database ──────────────────────────────────────────────────────────────────────────────────
    def lock(self, seconds: float | None) -> None:
        """Another hand is writing, for so long."""
        held = threading.Event()
        threading.Thread(target=self._hold, args=(seconds, held), daemon=True).start()
        held.wait(2)

    def _hold(self, seconds: float | None, held: threading.Event) -> None:
        if self._place.url.startswith("sqlite"):
            other: Any = sqlite3.connect(self._place.url.removeprefix("sqlite:///"), timeout=1, isolation_level=None)
            statement = "BEGIN IMMEDIATE"
        else:
            other = psycopg.connect(self._place.url)
            statement = "LOCK TABLE message IN EXCLUSIVE MODE"
        try:
            other.execute(statement)
        except sqlite3.OperationalError:
            return
        finally:
            held.set()
        threading.Event().wait(LOCKED_FOR if seconds is None else seconds)
        other.rollback()
        other.close()

    def fill(self) -> None:
        """No file may grow: what is written to the log beyond its size fails."""
        log = Path(self._place.url.removeprefix("sqlite:///") + "-wal")
        size = log.stat().st_size if log.exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(size, 8192), resource.RLIM_INFINITY))

    def cut(self) -> None:
        """Every connection to this database ends."""
        with psycopg.connect(self._place.url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def restart(self) -> None:
        self._place.restart()


_TROUBLES: dict[str, Callable[[_Fault], None]] = {
    "locked": lambda fault: fault.lock(None),
    "stuck": lambda fault: fault.lock(6.0),
    "full": _Fault.fill,
    "cut": _Fault.cut,
    "restart": _Fault.restart,
}
