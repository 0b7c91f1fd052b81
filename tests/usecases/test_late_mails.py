"""A mail that the provider keeps putting off: it goes when it still may, waits for a person when it is overdue, and
never leaves past the gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from service.domain.appointment import AppointmentState
from service.domain.mail import Batch
from service.domain.message import Accepted, Later, Outcome
from service.domain.timing import DAY, HOUR, MINUTE, parse_iso
from service.storage import clinics, held_list, home_numbers
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.advance import advance
from service.usecases.book_visit import Booked, book_visit
from service.usecases.come_back import UNDECIDED
from service.usecases.mark_visit import Came, mark_visit
from service.usecases.release_held import release
from service.usecases.resend import resend_planned
from tests.support.cast import Cast, campaign_file, cast, mail_files
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock

CHICAGO = "America/Chicago"
FRIDAY_NINE = parse_iso("2026-11-27T09:00", CHICAGO)


@dataclass
class Refusing:
    """Answers 429 until it is told to take mail; a quarter of an hour each time."""

    name: str = "sendgrid"
    refuses: bool = True
    took: int = 0

    def send(self, batch: Batch, now: int, _probe: object) -> list[Outcome]:
        if self.refuses:
            return [Later("429", now + 15 * MINUTE)] * len(batch.letters)
        self.took += len(batch.letters)
        return [Accepted()] * len(batch.letters)

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def relay() -> Refusing:
    return Refusing()


@pytest.fixture
def play(db: Database, clock: Clock, relay: Refusing) -> Cast:
    return cast(db, clock, relay, mail="sendgrid")


def _live(play: Cast, clock: Clock, hours: int) -> None:
    for _ in range(hours):
        clock.advance(hours=1)
        play.tick()
        resend_planned(play.kit, play.provider)


def _overdue(play: Cast) -> list[tuple[int, str]]:
    with play.db.read() as conn:
        return [(line.lead_id, line.guard) for line in held_list.held(conn, play.clinic)]


def _states(play: Cast) -> list[tuple[str, str | None]]:
    return [(row["state"], row["reason"]) for row in play.rows("message")]


def _held(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    play.tick()
    _live(play, clock, 12)
    assert _overdue(play) == [], "as long as the clinic's limit it is tried again"
    _live(play, clock, 1)


def test_past_the_clinics_limit_it_waits_for_a_person(play: Cast, clock: Clock, relay: Refusing) -> None:
    _held(play, clock)
    relay.refuses = False
    _live(play, clock, 24)
    assert relay.took == 0
    assert _overdue(play) == [(play.alice, "overdue")]
    with play.db.read() as conn:
        assert [(held.guard, held.people) for held in home_numbers.held(conn, play.clinic)] == [("overdue", 1)]


def test_a_person_lets_it_go_and_a_further_refusal_holds_it_no_sooner(
    play: Cast, clock: Clock, relay: Refusing
) -> None:
    _held(play, clock)
    assert release(play.kit, play.clinic, "send", play.dana) == 1
    _live(play, clock, 2)
    assert _overdue(play) == []
    relay.refuses = False
    _live(play, clock, 1)
    assert relay.took == 1
    assert _states(play) == [("accepted", None)]


def test_a_person_skips_it(play: Cast, clock: Clock, relay: Refusing) -> None:
    _held(play, clock)
    assert release(play.kit, play.clinic, "skip", play.dana) == 1
    relay.refuses = False
    _live(play, clock, 3)
    assert _states(play) == [("dropped", "skipped by hand")]


def test_after_five_days_without_a_decision_it_is_dropped_with_its_reason(
    play: Cast, clock: Clock, relay: Refusing
) -> None:
    _held(play, clock)
    relay.refuses = False
    clock.advance(days=5)
    resend_planned(play.kit, relay)
    assert play.mails(play.alice) == [("welcome", "dropped")]
    assert _states(play)[0] == ("dropped", UNDECIDED)
    assert _overdue(play) == []


def test_the_end_of_a_long_refusal_sends_one_mail_a_day_to_each(play: Cast, clock: Clock, relay: Refusing) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"overdue_after": 30 * DAY})
    once = "\n  - {key: first, mail: first, at_once: true}"
    for key in ("north", "south", "west"):
        play.publishes(campaign_file(key, once, entry=f"{{on: signup, interest: [{key}]}}"), mail_files("first"))
        play.signs_up(play.alice, interest=key)
        play.tick()
        clock.advance(days=1)
    assert [state for state, _ in _states(play)] == ["planned"] * 3
    relay.refuses = False
    for taken in (1, 2, 3):
        for _ in range(4):
            resend_planned(play.kit, relay)
        assert relay.took == taken, "the cap is one a day"
        clock.advance(days=1)
    assert len({(row["day"], row["n"]) for row in play.rows("cap")}) == 3


def test_a_refusal_that_ends_at_night_sends_nothing_before_the_window(
    play: Cast, clock: Clock, relay: Refusing
) -> None:
    clock.at = parse_iso("2026-11-24T17:55", CHICAGO)
    play.publishes(
        campaign_file("daily", "\n  - {key: first, mail: first}", entry="{on: by-hand}"), mail_files("first")
    )
    play.signs_up(play.alice, "by-hand")
    play.tick()
    assert [state for state, _ in _states(play)] == ["planned"]
    relay.refuses = False
    _live(play, clock, 15)
    assert relay.took == 0, "it is five to nine"
    _live(play, clock, 1)
    assert relay.took == 1, "the night is no delay of the provider's"
    assert _overdue(play) == []


class TestAfterAVisit:
    @pytest.fixture
    def house(self, db: Database, clock: Clock) -> Sun:
        return sun(db, clock)

    @pytest.mark.parametrize(
        ("came", "mail"),
        [(AppointmentState.ATTENDED, "how-was-it"), (AppointmentState.NO_SHOW, "rebooking")],
        ids=["how-was-it", "rebooking"],
    )
    def test_a_429_delays_the_mail_and_does_not_lose_it(
        self, house: Sun, clock: Clock, relay: Refusing, came: Came, mail: str
    ) -> None:
        relay.refuses = False
        kit = replace(house.kit, mail="sendgrid")
        alice = house.lead("Alice")
        made = book_visit(kit, alice, FRIDAY_NINE)
        assert isinstance(made, Booked)
        advance(kit, relay)
        clock.at = FRIDAY_NINE + 2 * HOUR
        mark_visit(kit, made.appointment.id, came)
        relay.refuses = True
        while (found := self._mail(house, mail)) is None:
            clock.advance(hours=1)
            advance(kit, relay)
            assert clock.at < FRIDAY_NINE + 9 * DAY
        assert found == "planned"
        relay.refuses = False
        clock.advance(hours=1)
        resend_planned(kit, relay)
        assert self._mail(house, mail) == "accepted"

    @staticmethod
    def _mail(house: Sun, mail: str) -> str | None:
        with house.kit.db.read() as conn:
            return conn.execute(sa.select(message.c.state).where(message.c.mail == mail)).scalar()
