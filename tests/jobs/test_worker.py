"""The worker's sign of life: it goes on while a slow relay is spoken to, and stops when a pass hangs."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from service.domain.mail import Batch
from service.domain.message import Accepted, Outcome
from service.jobs.embedded import Worker
from service.jobs.table import JOBS
from service.storage.database import Database
from service.usecases.check_health import TICK_AGE, check_health
from service.usecases.dispatch import LEASE
from tests.support.cast import Cast, cast, make_kit, outbox_provider
from tests.support.clock import Clock


class SlowRelay:
    """Takes `seconds` for each batch; `meanwhile` is called when they are over, the batch still in its hands."""

    name = "smtp"

    def __init__(self, clock: Clock, seconds: int) -> None:
        self._clock, self._seconds = clock, seconds
        self.worker: Worker | None = None
        self.health: dict[str, Any] = {}
        self.play: Cast | None = None

    def send(self, batch: Batch, _now: int, _probe: object) -> list[Outcome]:
        assert self.worker is not None
        assert self.play is not None
        self._clock.advance(seconds=self._seconds)
        self.worker.beat()
        self.health = check_health(self.play.kit)
        return [Accepted() for _ in batch.letters]

    def recall(self, _refs: object) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


def _health_during_a_pass_of(seconds: int, db: Database, clock: Clock) -> dict[str, Any]:
    relay = SlowRelay(clock, seconds)
    play = relay.play = cast(db, clock, relay, mail="smtp")
    relay.worker = Worker(play.kit, relay)
    play.signs_up(play.alice)
    relay.worker.runner(JOBS[0])()
    assert play.mails(play.alice) == [("welcome", "accepted")]
    return relay.health


def test_a_pass_that_hands_mail_to_a_slow_relay_is_well(db: Database, clock: Clock) -> None:
    health = _health_during_a_pass_of(2 * TICK_AGE, db, clock)
    assert health["worker"] == {"ok": True, "last_tick_age": 0}


def test_a_pass_that_outlives_its_lease_hangs(db: Database, clock: Clock) -> None:
    health = _health_during_a_pass_of(LEASE + 1, db, clock)
    assert health["worker"]["ok"] is False


def test_a_first_tick_is_told_at_once(db: Database, clock: Clock) -> None:
    kit = make_kit(db, clock)
    Worker(kit, outbox_provider(db)).runner(JOBS[0])()
    assert check_health(kit)["worker"] == {"ok": True, "last_tick_age": 0}


def test_a_beat_that_fails_tells_its_kind_alone(db: Database, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    def trouble(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "worker" in statement:
            raise OperationalError(statement, {}, Exception("alice@example.org"))

    sa.event.listen(db._engine, "before_cursor_execute", trouble)
    Worker(make_kit(db, clock), outbox_provider(db)).beat()
    told = "".join(capsys.readouterr())
    assert "beat failed" in told
    assert "OperationalError" in told
    assert "alice" not in told
