"""Messages that come back pass the gate again; doubts are settled by word, by rule, or by a person; never blindly."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.mail import Batch
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import clinics, delivery_events, messages
from service.storage.database import Database
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.dispatch import HAND_OVER_WITHIN, LEASE
from service.usecases.leave import leave_all
from service.usecases.resend import resend_planned
from service.usecases.settle import SENDGRID_AFTER, SMTP_AFTER, settle
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import Cast, campaign_file, cast, mail_files
from tests.support.clock import Clock


@dataclass
class Scripted:
    """A provider that answers as it was told to, in turn; afterwards it takes everything."""

    name: str
    clock: Clock
    script: list[Outcome] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    took: list[str] = field(default_factory=list)
    slow: int = 0

    def send(self, batch: Batch, now: int, probe: object) -> list[Outcome]:
        self.clock.advance(seconds=self.slow)
        return [self._one(letter.ref) for letter in batch.letters]

    def _one(self, ref: str) -> Outcome:
        self.seen.append(ref)
        answer = self.script.pop(0) if self.script else Accepted()
        if isinstance(answer, Accepted):
            self.took.append(ref)
        return answer

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


def _play(db: Database, clock: Clock, name: str, *script: Outcome) -> tuple[Cast, Scripted]:
    provider = Scripted(name, clock, list(script))
    return cast(db, clock, provider, mail=name), provider


def _again(play: Cast) -> int:
    return resend_planned(play.kit, play.provider).accepted


def _asked_to_wait(db: Database, clock: Clock) -> tuple[Cast, Scripted, int]:
    play, provider = _play(db, clock, "sendgrid", Later("429 asked to wait", clock() + MINUTE))
    (run,) = play.signs_up(play.alice)
    play.tick()
    assert play.mails(play.alice) == [("welcome", "planned")]
    return play, provider, run


def test_a_429_comes_back_through_the_gate_and_is_sent_once(db: Database, clock: Clock) -> None:
    play, provider, _run = _asked_to_wait(db, clock)
    assert _again(play) == 0, "not before the hour that was named"
    clock.advance(minutes=1)
    assert _again(play) == 1
    assert _again(play) == 0
    assert len(provider.took) == 1
    assert len(set(provider.seen)) == 1, "the same ref each time"
    assert [(row["state"], row["tries"]) for row in play.rows("message")] == [("accepted", 1)]
    assert len(play.rows("cap")) == 1


def test_a_429_is_dropped_when_the_lead_has_unsubscribed_meanwhile(db: Database, clock: Clock) -> None:
    play, provider, _run = _asked_to_wait(db, clock)
    unsubscribe(play.kit, play.alice)
    clock.advance(minutes=1)
    assert _again(play) == 0
    assert provider.took == []
    assert [(row["state"], row["reason"]) for row in play.rows("message")] == [("dropped", "unsubscribed")]


def test_an_unsubscribe_between_the_look_and_the_write_sends_nothing(db: Database, clock: Clock) -> None:
    play, provider, _run = _asked_to_wait(db, clock)
    clock.advance(minutes=1)

    def probe(point: str) -> None:
        if point == "before-intent":
            unsubscribe(play.kit, play.alice)

    resend_planned(play.kit, provider, probe)
    assert provider.took == []
    assert _again(play) == 0
    assert play.mails(play.alice) == [("welcome", "dropped")]


def test_whoever_has_left_the_series_gets_nothing_that_was_planned(db: Database, clock: Clock) -> None:
    play, _provider, _run = _asked_to_wait(db, clock)
    with db.write() as conn:
        leave_all(conn, play.alice, "by hand", clock(), marketing_only=False)
    clock.advance(minutes=1)
    assert _again(play) == 0
    assert [(row["state"], row["reason"]) for row in play.rows("message")] == [("dropped", "by hand")]


def test_a_paused_campaign_keeps_what_was_planned_until_it_goes_on(db: Database, clock: Clock) -> None:
    play, _provider, _run = _asked_to_wait(db, clock)
    pause_campaign(play.kit, play.clinic, play.campaigns["tiny"], play.dana)
    for _ in range(3):
        clock.advance(minutes=20)
        assert _again(play) == 0
    resume_campaign(play.kit, play.clinic, play.campaigns["tiny"], play.dana)
    clock.advance(minutes=20)
    assert _again(play) == 1


def _never_overdue(play: Cast) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"overdue_after": 30 * DAY})


def test_what_comes_back_tomorrow_counts_for_tomorrow(db: Database, clock: Clock) -> None:
    play, provider, _run = _asked_to_wait(db, clock)
    _never_overdue(play)
    once = "\n  - {key: first, mail: first, at_once: true}"
    play.publishes(campaign_file("other", once, entry="{on: by-hand}"), mail_files("first"))
    clock.advance(days=1)
    assert _again(play) == 1
    play.signs_up(play.alice, "by-hand")
    play.tick()
    assert len(provider.took) == 1, "one a day"
    assert len(play.rows("cap")) == 1


def test_a_full_day_holds_what_comes_back(db: Database, clock: Clock) -> None:
    play, provider, _run = _asked_to_wait(db, clock)
    _never_overdue(play)
    once = "\n  - {key: first, mail: first, at_once: true}"
    play.publishes(campaign_file("other", once, entry="{on: by-hand}"), mail_files("first"))
    clock.advance(days=1)
    play.signs_up(play.alice, "by-hand")
    play.tick()
    assert _again(play) == 0
    clock.advance(days=1)
    assert _again(play) == 1
    assert len(provider.took) == 2


def test_a_rejected_address_is_suppressed_and_leaves(db: Database, clock: Clock) -> None:
    play, _provider = _play(db, clock, "sendgrid", Rejected("400 to", bad_address=True))
    (run,) = play.signs_up(play.alice)
    play.tick()
    assert play.mails(play.alice) == [("welcome", "rejected")]
    assert play.run(run)["reason"] == "invalid"
    assert [row["reason"] for row in play.rows("suppression", email_key="alice@example.org")] == ["invalid"]


def _doubtful(db: Database, clock: Clock, name: str) -> tuple[Cast, Scripted]:
    play, provider = _play(db, clock, name, Doubtful("the answer was lost"))
    play.signs_up(play.alice)
    play.tick()
    assert play.mails(play.alice) == [("welcome", "in_doubt")]
    return play, provider


def test_over_smtp_a_doubt_is_sent_again_once_ten_minutes_after_the_lease(db: Database, clock: Clock) -> None:
    play, provider = _doubtful(db, clock, "smtp")
    provider.script = [Doubtful("lost again")]
    clock.advance(seconds=LEASE + SMTP_AFTER - 1)
    assert settle(play.kit, provider) == 0
    clock.advance(seconds=1)
    assert settle(play.kit, provider) == 1
    _again(play)
    assert len(provider.seen) == 2
    assert len(set(provider.seen)) == 1
    clock.advance(hours=10)
    assert settle(play.kit, provider) == 0
    assert play.mails(play.alice) == [("welcome", "in_doubt")], "never a second one: a person decides"


def test_a_refusal_before_the_doubt_does_not_use_the_one_resend_up(db: Database, clock: Clock) -> None:
    play, provider = _play(db, clock, "smtp", Later("greylisted", clock() + MINUTE), Doubtful("lost"))
    play.signs_up(play.alice)
    play.tick()
    clock.advance(minutes=1)
    _again(play)
    assert play.mails(play.alice) == [("welcome", "in_doubt")]
    clock.advance(seconds=LEASE + SMTP_AFTER)
    assert settle(play.kit, provider) == 1
    assert _again(play) == 1


def _heard(play: Cast, at: int) -> None:
    with play.db.write() as conn:
        delivery_events.keep(conn, [DeliveryEvent("sendgrid", f"e{at}", Kind.PROCESSED, None, at)], at)


def test_over_sendgrid_a_doubt_waits_a_day_and_an_hour_and_for_a_webhook_that_is_heard(
    db: Database, clock: Clock
) -> None:
    play, provider = _doubtful(db, clock, "sendgrid")
    clock.advance(seconds=LEASE + SENDGRID_AFTER - 1)
    _heard(play, clock())
    assert settle(play.kit, provider) == 0
    clock.advance(seconds=1)
    assert settle(play.kit, provider) == 1
    assert _again(play) == 1
    assert play.rows("message")[0]["tries"] == 2


def test_over_sendgrid_a_deaf_webhook_leaves_the_doubt_to_a_person(db: Database, clock: Clock) -> None:
    play, provider = _doubtful(db, clock, "sendgrid")
    clock.advance(days=5)
    assert settle(play.kit, provider) == 0
    assert play.mails(play.alice) == [("welcome", "in_doubt")]


def test_where_nothing_is_in_doubt_nothing_is_asked_about_events(db: Database, clock: Clock) -> None:
    play, provider = _play(db, clock, "sendgrid")
    play.signs_up(play.alice)
    play.tick()
    asked: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(db._engine, "before_cursor_execute", listen)
    settle(play.kit, provider)
    assert asked
    assert not [statement for statement in asked if "delivery_event" in statement or "clinic." in statement]


def test_a_clinic_may_say_never_again(db: Database, clock: Clock) -> None:
    play, provider = _doubtful(db, clock, "smtp")
    with db.write() as conn:
        clinics.change(conn, play.clinic, {"resend_in_doubt": False})
    clock.advance(days=1)
    assert settle(play.kit, provider) == 0


def test_a_dead_lease_becomes_a_doubt_and_a_live_one_does_not(db: Database, clock: Clock) -> None:
    play, provider = _play(db, clock, "smtp")
    play.signs_up(play.alice)

    class Killed(BaseException): ...

    def die(point: str) -> None:
        if point == "after-intent":
            raise Killed

    with pytest.raises(Killed):
        play.tick(probe=die)
    clock.advance(seconds=LEASE)
    settle(play.kit, provider)
    assert play.mails(play.alice) == [("welcome", "in_flight")]
    clock.advance(seconds=1)
    settle(play.kit, provider)
    assert play.mails(play.alice) == [("welcome", "in_doubt")]


def test_what_waits_for_another_provider_is_left_alone(db: Database, clock: Clock) -> None:
    play, _provider = _doubtful(db, clock, "sendgrid")
    clock.advance(days=1)
    assert settle(play.kit, Scripted("smtp", clock)) == 0


def test_a_slow_provider_is_not_given_more_than_the_lease_allows(db: Database, clock: Clock) -> None:
    play, provider = _play(db, clock, "smtp")
    for key in ("one", "two", "three", "four"):
        steps = f"\n  - {{key: {key}, mail: {key}, at_once: true}}"
        play.publishes(campaign_file(key, steps, entry=f"{{on: signup, interest: [{key}]}}"), mail_files(key))
        play.signs_up(play.lead(f"guest-{key}"), interest=key)
    provider.slow = HAND_OVER_WITHIN + 1
    play.tick()
    settle(play.kit, provider)
    states = sorted(row["state"] for row in play.rows("message"))
    assert states == ["accepted", "planned", "planned", "planned"], "nothing is left to outlive its lease"
    provider.slow = 0
    clock.advance(minutes=1)
    assert _again(play) == 3
    assert len(provider.took) == len(set(provider.took)) == 4


def test_an_acceptance_that_was_recorded_late_stands(db: Database, clock: Clock) -> None:
    play, _provider = _doubtful(db, clock, "sendgrid")
    message_id = play.rows("message")[0]["id"]
    with db.write() as conn:
        messages.accept(conn, [message_id], clock())
    assert play.mails(play.alice) == [("welcome", "accepted")]
    clock.advance(days=3)
    assert settle(play.kit, play.provider) == 0


def test_the_wait_for_slots_ends_after_a_week_for_what_comes_back_too(db: Database, clock: Clock) -> None:
    play, _provider = _play(db, clock, "sendgrid", Later("429 asked to wait", clock() + HOUR))
    steps = "\n  - {key: offer, mail: offer, at_once: true, slots: required, without_slots: offer-plain}"
    play.publishes(campaign_file("offers", steps, entry="{on: by-hand}"), mail_files("offer", "offer-plain"))
    play.signs_up(play.alice, "by-hand")
    play.tick()
    with db.write() as conn:
        conn.exec_driver_sql("DELETE FROM working_hours")
    clock.advance(hours=1)
    assert _again(play) == 0
    for _day in range(7):
        assert _again(play) == 0
        clock.advance(days=1)
    assert _again(play) == 1
