"""The worker's sign of life: it goes on while a slow relay is spoken to, and stops when a pass hangs."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from service.delivery.smtp import SmtpProvider, SmtpServer
from service.domain.mail import Batch
from service.domain.message import Accepted, Outcome
from service.jobs.embedded import Worker
from service.jobs.table import JOBS, Job
from service.storage.database import Database
from service.usecases.advance import advance
from service.usecases.check_health import TICK_AGE, check_health
from service.usecases.dispatch import LEASE
from tests.support.cast import Cast, cast, make_kit, outbox_provider
from tests.support.clock import Clock
from tests.support.smtp_peer import SmtpPeer


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

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
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


class AsksToStop:
    """While it takes its first mail somebody else falls due, and the worker is asked to stop."""

    name = "smtp"

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.batches = 0

    def send(self, batch: Batch, _now: int, _probe: object) -> list[Outcome]:
        self.batches += 1
        self.meanwhile()
        return [Accepted() for _ in batch.letters]

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


def test_a_worker_that_is_asked_to_stop_begins_no_further_batch(db: Database, clock: Clock) -> None:
    relay = AsksToStop()
    play = cast(db, clock, relay, mail="smtp")
    worker = Worker(play.kit, relay)
    guest = play.lead("guest")

    def meanwhile() -> None:
        play.signs_up(guest)
        worker._asked_to_stop(signal.SIGTERM, None)

    relay.meanwhile = meanwhile
    play.signs_up(play.alice)
    worker.runner(JOBS[0])()
    assert relay.batches == 1
    assert play.mails(guest) == []


class Paced(SmtpProvider):
    """A relay so slow that the third mail is on the wire until somebody says so."""

    def __init__(self, port: int) -> None:
        super().__init__(SmtpServer("127.0.0.1", port))
        self.third, self.go = threading.Event(), threading.Event()
        self._mails = 0

    def send(self, batch: Batch, now: int, _probe: object) -> list[Outcome]:
        return super().send(batch, now, self._pace)

    def _pace(self, point: str) -> None:
        if point == "after-bytes":
            self._mails += 1
            if self._mails == 3:
                self.third.set()
                assert self.go.wait(30)


def test_a_stop_with_five_batches_waiting_ends_with_the_mail_in_hand_and_repeats_nothing(
    db: Database, clock: Clock
) -> None:
    with SmtpPeer() as peer:
        slow = Paced(peer.port)
        play = cast(db, clock, slow, mail="smtp")
        for number in range(10):
            play.signs_up(play.lead(f"guest{number}"))
        worker = Worker(play.kit, slow)
        job = Job("advance", 2, partial(advance, limit=2), in_batches=True)

        def work() -> None:
            worker.runner(job)()
            slow.close()

        at_work = threading.Thread(target=work)
        at_work.start()
        assert slow.third.wait(30)
        worker._asked_to_stop(signal.SIGTERM, None)
        slow.drain()
        slow.go.set()
        at_work.join(10)
        assert not at_work.is_alive(), "it stops within seconds"
        assert len(peer.received) == 3
        assert Counter(row["state"] for row in play.rows("message")) == {"accepted": 3, "planned": 1}
        later = Worker(play.kit, fresh := SmtpProvider(SmtpServer("127.0.0.1", peer.port)))
        for each in (*JOBS, *JOBS):
            later.runner(each)()
        fresh.close()
        assert Counter(mail.to[0] for mail in peer.received) == {
            f"guest{number}@example.org": 1 for number in range(10)
        }
