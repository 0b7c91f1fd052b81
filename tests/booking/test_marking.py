"""Who came: what a mark starts and ends, what a slip costs, and what happens when nobody marks a visit."""

import pytest
import sqlalchemy as sa

from service.domain.appointment import AppointmentState
from service.domain.timing import DAY, HOUR, parse_iso
from service.storage import outbox
from service.storage.tables import campaign, enrollment, refusal
from service.usecases.advance import advance
from service.usecases.book_visit import Booked, book_visit
from service.usecases.cancel_visit import cancel_visit
from service.usecases.mark_visit import mark_visit
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import outbox_provider
from tests.support.clinic import Sun
from tests.support.clock import Clock

CHICAGO = "America/Chicago"
FRIDAY_NINE = parse_iso("2026-11-27T09:00", CHICAGO)
MONDAY_NINE = parse_iso("2026-11-30T09:00", CHICAGO)
ATTENDED, NO_SHOW = AppointmentState.ATTENDED, AppointmentState.NO_SHOW
HOW_WAS_IT, RECEIPT = "how-was-it", "notice"


def _book(house: Sun, lead_id: int, start: int = FRIDAY_NINE) -> int:
    made = book_visit(house.kit, lead_id, start)
    assert isinstance(made, Booked)
    return made.appointment.id


def _tick(house: Sun, clock: Clock, at: int) -> None:
    clock.at = at
    advance(house.kit, outbox_provider(house.kit.db))


def _live(house: Sun, clock: Clock, until: int) -> None:
    """The days pass, with a worker at work."""
    while clock.at < until:
        _tick(house, clock, min(clock.at + 6 * HOUR, until))


def _mails(house: Sun, lead_id: int) -> list[str]:
    query = sa.text("SELECT mail FROM message WHERE lead_id = :lead AND state = 'accepted' ORDER BY id")
    with house.kit.db.read() as conn:
        return list(conn.execute(query, {"lead": lead_id}).scalars())


def _run(house: Sun, lead_id: int, key: str) -> tuple[int, str | None]:
    """(state, reason) of the newest run."""
    query = (
        sa.select(enrollment.c.state, enrollment.c.reason)
        .join(campaign, campaign.c.id == enrollment.c.campaign_id)
        .where(enrollment.c.lead_id == lead_id, campaign.c.key == key)
        .order_by(enrollment.c.id.desc())
    )
    with house.kit.db.read() as conn:
        row = conn.execute(query).first()
    assert row is not None
    return row[0], row[1]


def _left_out(house: Sun, lead_id: int) -> list[tuple[str, str]]:
    query = sa.select(refusal.c.step, refusal.c.reason).where(refusal.c.lead_id == lead_id, refusal.c.kind == "skipped")
    with house.kit.db.read() as conn:
        return [tuple(row) for row in conn.execute(query.order_by(refusal.c.id))]


def test_a_marked_visit_is_followed_by_the_question_how_it_was(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * HOUR)
    mark_visit(house.kit, visit, ATTENDED)
    _live(house, clock, FRIDAY_NINE + DAY - 60)
    assert HOW_WAS_IT not in _mails(house, alice)
    _live(house, clock, FRIDAY_NINE + DAY + HOUR)
    assert _mails(house, alice)[-1] == HOW_WAS_IT


def test_a_no_show_that_was_a_slip_goes_on_where_it_stood(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * HOUR)
    mark_visit(house.kit, visit, NO_SHOW)
    clock.advance(minutes=5)
    mark_visit(house.kit, visit, ATTENDED)
    assert _run(house, alice, "no-show") == (4, "attended")
    assert _run(house, alice, "appointment") == (1, None)
    _live(house, clock, FRIDAY_NINE + 4 * DAY)
    assert _mails(house, alice).count(HOW_WAS_IT) == 1
    assert "rebooking" not in _mails(house, alice)


def test_a_slip_the_other_way_round_offers_new_times_and_asks_nothing(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * HOUR)
    for came in (NO_SHOW, ATTENDED, NO_SHOW):
        clock.advance(minutes=5)
        mark_visit(house.kit, visit, came)
    _live(house, clock, FRIDAY_NINE + 4 * DAY)
    assert HOW_WAS_IT not in _mails(house, alice)
    assert _mails(house, alice).count("rebooking") == 1


def test_a_slip_does_not_set_another_visits_mails_going(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    first = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * HOUR)
    second = _book(house, alice, MONDAY_NINE)
    _live(house, clock, MONDAY_NINE + 2 * HOUR)
    mark_visit(house.kit, first, NO_SHOW)
    mark_visit(house.kit, second, NO_SHOW)
    mark_visit(house.kit, second, ATTENDED)
    query = sa.select(enrollment.c.appointment_id).where(enrollment.c.state == 1, enrollment.c.entry_key != "")
    own = query.join(campaign, campaign.c.id == enrollment.c.campaign_id).where(campaign.c.key == "appointment")
    with house.kit.db.read() as conn:
        assert list(conn.execute(own).scalars()) == [second]


def test_a_visit_that_nobody_marked_waits_for_the_mark_and_goes_with_it(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * DAY)
    assert HOW_WAS_IT not in _mails(house, alice)
    mark_visit(house.kit, visit, ATTENDED)
    _tick(house, clock, FRIDAY_NINE + 2 * DAY + HOUR)
    assert _mails(house, alice)[-1] == HOW_WAS_IT


def test_a_visit_that_stays_unmarked_is_left_out_with_the_reason(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 5 * DAY)
    assert HOW_WAS_IT not in _mails(house, alice)
    assert _left_out(house, alice)[-1] == (HOW_WAS_IT, "visit-unmarked")
    assert _run(house, alice, "appointment") == (3, "completed")


def test_the_receipt_of_a_cancellation_goes_though_a_new_visit_was_booked_at_once(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _tick(house, clock, clock.at + 60)
    cancel_visit(house.kit, visit)
    _book(house, alice, MONDAY_NINE)
    _tick(house, clock, clock.at + 60)
    assert sorted(_mails(house, alice)) == ["confirmation", "confirmation", RECEIPT]
    with house.kit.db.read() as conn:
        (receipt,) = [mail for mail in outbox.newest(conn, 10, "alice@example.org") if "Canceled" in mail.subject]
    assert receipt.calendar is not None
    assert "METHOD:CANCEL" in receipt.calendar
    assert _run(house, alice, "re-invite") == (4, "goal-met")


@pytest.mark.parametrize("stops", [False, True], ids=["with consent", "after an unsubscribe"])
def test_the_receipt_always_goes_and_the_invitation_back_only_with_consent(
    house: Sun, clock: Clock, stops: bool
) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _tick(house, clock, clock.at + 60)
    if stops:
        unsubscribe(house.kit, alice)
    cancel_visit(house.kit, visit)
    _live(house, clock, clock.at + 6 * DAY)
    assert _mails(house, alice)[1:] == ([RECEIPT] if stops else [RECEIPT, "re-invite"])


def test_who_missed_a_visit_and_has_another_ahead_is_not_asked_to_book(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    _live(house, clock, FRIDAY_NINE + 2 * HOUR)
    _book(house, alice, MONDAY_NINE)
    mark_visit(house.kit, visit, NO_SHOW)
    _live(house, clock, FRIDAY_NINE + 2 * DAY)
    assert "rebooking" not in _mails(house, alice)
