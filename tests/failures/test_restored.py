"""A backup that is put back: what went in the days that are lost does not go again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.enrollment import EnrollmentState
from service.domain.mail import Batch
from service.domain.message import Accepted, Asked, Outcome
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import held_list, restored
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.hold_restored import Holding, hold_restored, settle_restored
from service.usecases.record_events import record_events
from service.usecases.release_held import release
from tests.support.cast import Cast, campaign_file, cast, mail_files
from tests.support.clock import Clock
from tests.support.snapshot import Snapshot, back_up, put_back

STRIDE = 3
"""Hours from one look of the worker to the next."""
STEPS = """
  - {key: welcome, mail: welcome, at_once: true}
  - {key: second, mail: second, delay: 1d}
  - {key: third, mail: third, delay: 1d}
  - {key: fourth, mail: fourth, delay: 6d}
"""


@dataclass
class Outside:
    """A provider that forgets nothing; `tells`: it can be asked what it had."""

    name: str = "sendgrid"
    tells: bool = False
    had: list[tuple[str, str, int]] = field(default_factory=list)

    def send(self, batch: Batch, now: int, _probe: object) -> list[Outcome]:
        self.had += [(letter.to, letter.ref, now) for letter in batch.letters]
        return [Accepted()] * len(batch.letters)

    def recall(self, asked: Sequence[Asked], _now: int) -> dict[str, bool]:
        known = {ref for _, ref, _ in self.had}
        return {each.ref: each.ref in known for each in asked} if self.tells else {}

    def lift(self, _email: str) -> str:
        return "done"

    def drain(self) -> None: ...

    def close(self) -> None: ...

    def nobody_twice(self) -> None:
        refs = Counter(ref for _, ref, _ in self.had)
        assert max(refs.values(), default=0) <= 1, refs


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def play(db: Database, clock: Clock, outside: Outside) -> Cast:
    made = cast(db, clock, outside, mail="sendgrid")  # type: ignore[arg-type]
    made.publishes(
        campaign_file("drip", STEPS, entry="{on: by-hand}"), mail_files(*["welcome", "second", "third", "fourth"])
    )
    return made


def _live(play: Cast, clock: Clock, days: float) -> None:
    for _ in range(int(days * 24 / STRIDE)):
        clock.advance(hours=STRIDE)
        settle_restored(play.kit, play.provider)
        play.quiet()


def _lose_two_days(play: Cast, clock: Clock) -> Holding:
    """Alice has had the first mail when the backup is made, and the next two when it is put back."""
    play.signs_up(play.alice, "by-hand")
    play.tick()
    clock.advance(hours=1)
    kept: Snapshot = back_up(play.db)
    _live(play, clock, 2.5)
    assert play.mails(play.alice) == [("welcome", "accepted"), ("second", "accepted"), ("third", "accepted")]
    put_back(play.db, kept)
    return hold_restored(play.db, clock())


def _report(play: Cast, outside: Outside, ref: str, kind: Kind = Kind.DELIVERED) -> None:
    at = next(at for _, known, at in outside.had if known == ref)
    record_events(play.kit, [DeliveryEvent("sendgrid", f"{ref}-{kind}", kind, ref, at + 4, {})])


@pytest.mark.parametrize("how", ["the provider is asked", "its reports come", "only the last report comes", "nobody"])
def test_a_restored_backup_never_sends_again_what_the_provider_had(
    play: Cast, clock: Clock, outside: Outside, how: str
) -> None:
    """listmonk 1801: put back from a snapshot, it sent the campaign again to everybody who had it already."""
    holding = _lose_two_days(play, clock)
    assert (holding.people, holding.mails) == (1, 0)
    had = [ref for _, ref, _ in outside.had]
    outside.tells = how == "the provider is asked"
    if how == "its reports come":
        for ref in had[1:]:
            _report(play, outside, ref)
    if how == "only the last report comes":
        _report(play, outside, had[2])
    _live(play, clock, 10)
    outside.nobody_twice()
    (run,) = play.rows("enrollment", lead_id=play.alice)
    if how == "nobody":
        assert (run["step"], run["state"], run["guard"]) == ("second", EnrollmentState.PAUSED, "restored")
        assert len(outside.had) == 3
        return
    assert run["state"] == EnrollmentState.COMPLETED
    assert len(outside.had) == 4, "the mail after them goes at its hour, and goes once"
    sent = dict(play.mails(play.alice))
    assert sent["third"] == sent["fourth"] == "accepted"
    (third,) = play.rows("message", step="third")
    assert third["ref"] == had[2]
    if how != "the provider is asked":
        assert third["delivered_at"] is not None, "the report is on the mail it tells of"


def test_it_goes_on_from_when_the_mail_went_and_not_from_now(play: Cast, clock: Clock, outside: Outside) -> None:
    _lose_two_days(play, clock)
    went = outside.had[2][2]
    _report(play, outside, outside.had[2][1])
    settle_restored(play.kit, play.provider)
    (run,) = play.rows("enrollment", lead_id=play.alice)
    assert (run["step"], run["since"]) == ("fourth", went + 4)
    assert run["state"] == EnrollmentState.ACTIVE


def test_what_follows_is_held_as_well_where_it_was_due_in_the_days_that_are_lost(
    play: Cast, clock: Clock, outside: Outside
) -> None:
    _lose_two_days(play, clock)
    _report(play, outside, outside.had[1][1])
    assert settle_restored(play.kit, play.provider) == 1
    assert settle_restored(play.kit, play.provider) == 0
    (run,) = play.rows("enrollment", lead_id=play.alice)
    assert (run["step"], run["state"], run["guard"]) == ("third", EnrollmentState.PAUSED, "restored")
    _live(play, clock, 3)
    assert len(outside.had) == 3


def test_a_late_bounce_of_a_lost_mail_stops_the_address(play: Cast, clock: Clock, outside: Outside) -> None:
    _lose_two_days(play, clock)
    ref = outside.had[1][1]
    at = clock()
    report = DeliveryEvent("sendgrid", "b1", Kind.BOUNCED, ref, at, {"email": "alice@example.org"}, bad_address=True)
    record_events(play.kit, [report])
    settle_restored(play.kit, play.provider)
    (run,) = play.rows("enrollment", lead_id=play.alice)
    assert (run["state"], run["reason"]) == (EnrollmentState.EXITED, "invalid")


def test_what_was_on_its_way_when_the_backup_was_made_is_in_doubt_and_never_sent_by_itself(
    play: Cast, clock: Clock, outside: Outside
) -> None:
    play.signs_up(play.alice, "by-hand")
    kept: Snapshot = {}

    def back_up_now(point: str) -> None:
        if point == "after-intent":
            kept.update(back_up(play.db))

    play.tick(probe=back_up_now)
    clock.advance(hours=3)
    put_back(play.db, kept)
    assert hold_restored(play.db, clock()).mails == 1
    _live(play, clock, 3)
    assert Counter(ref for _, ref, _ in outside.had)[outside.had[0][1]] == 1
    assert play.rows("message", step="welcome")[0]["state"] == "in_doubt"


@pytest.mark.parametrize(("how", "mails"), [("send", 4), ("reschedule", 4), ("skip", 3)])
def test_a_person_decides_what_nobody_tells(play: Cast, clock: Clock, outside: Outside, how: str, mails: int) -> None:
    _lose_two_days(play, clock)
    outside.had.clear()
    with play.db.read() as conn:
        assert held_list.count(conn, play.clinic)["restored"] == 1
    assert release(play.kit, play.clinic, how, play.dana, "restored") == 1  # type: ignore[arg-type]
    _live(play, clock, 12)
    sent = [step for step, _ in play.mails(play.alice)]
    assert len(sent) == mails
    assert ("second" in sent) == (how != "skip")


def test_whoever_enters_with_an_hour_that_is_lost_is_held_too(play: Cast, clock: Clock) -> None:
    """A date or a letter whose hour lies in the days that are lost leads in anew, under another name."""
    _lose_two_days(play, clock)
    (run,) = play.signs_up(play.lead("eve"), "by-hand")
    with play.db.write() as conn:
        conn.exec_driver_sql(f"UPDATE enrollment SET due_at = {clock() - 20 * MINUTE} WHERE id = {run}")
    clock.advance(minutes=1)
    play.tick()
    assert play.run(run)["guard"] == "restored"
    play.signs_up(play.lead("finn"), "by-hand")
    assert play.tick().accepted == 1, "who signs up now gets their first mail now"


def test_holding_twice_is_holding_once(play: Cast, clock: Clock) -> None:
    first = _lose_two_days(play, clock)
    again = hold_restored(play.db, clock())
    assert (again.people, again.lost.until) == (first.people, first.lost.until)
    assert first.lost.since <= clock() - 2 * DAY


def test_the_days_that_are_lost_are_forgotten_when_nobody_waits(play: Cast, clock: Clock) -> None:
    _lose_two_days(play, clock)
    release(play.kit, play.clinic, "skip", play.dana, "restored")
    _live(play, clock, 1)
    with play.db.read() as conn:
        assert restored.lost(conn) is not None
    _live(play, clock, 3)
    with play.db.read() as conn:
        assert restored.lost(conn) is None


def test_a_series_in_a_ring_is_settled_too(play: Cast, clock: Clock, outside: Outside) -> None:
    ring = "\n  - {key: ping, mail: ping, at_once: true, delay: 1d}\n  - {key: again, jump: ping, at_most: 3}"
    play.publishes(campaign_file("ring", ring, entry="{on: api}"), mail_files("ping"))
    play.signs_up(play.alice, "api")
    _live(play, clock, 1.5)
    kept = back_up(play.db)
    _live(play, clock, 1.5)
    before = [ref for _, ref, _ in outside.had]
    put_back(play.db, kept)
    hold_restored(play.db, clock())
    outside.tells = True
    _live(play, clock, 8)
    outside.nobody_twice()
    assert len(before) < len(outside.had) == 4
    with play.db.read() as conn:
        visits = conn.execute(sa.select(message.c.visit).where(message.c.step == "ping").order_by(message.c.visit))
        assert list(visits.scalars()) == [1, 2, 3, 4]


def test_a_moment_is_told_from_which_on_nothing_is_known(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice, "by-hand")
    play.tick()
    at = clock()
    clock.advance(hours=5)
    holding = hold_restored(play.db, clock())
    assert (holding.lost.since, holding.lost.until) == (at, at + 5 * HOUR)
