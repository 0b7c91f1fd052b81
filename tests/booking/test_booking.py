"""Booking a visit: what it takes, what it ends, what it starts, and that nobody gets what another has."""

import threading

import sqlalchemy as sa

from service.domain.appointment import AppointmentState
from service.domain.timing import DAY, HOUR, parse_iso
from service.storage import appointments, practitioners
from service.storage.tables import appointment, campaign, enrollment, event, visit_quarter
from service.usecases.book_visit import Booked, Gone, HasVisit, book_visit
from service.usecases.cancel_visit import Cancelled, cancel_visit
from service.usecases.enroll import enter_by
from service.usecases.mark_visit import NotYet, mark_visit
from service.usecases.move_visit import Moved, NotStanding, TooLate, move_visit
from service.usecases.open_slots import count_open, diary, slots_for_mails
from tests.support.clinic import Sun
from tests.support.clock import Clock

CHICAGO = "America/Chicago"
WEDNESDAY_NINE = parse_iso("2026-11-25T09:00", CHICAGO)
THURSDAY_NINE = parse_iso("2026-11-26T09:00", CHICAGO)
FRIDAY_NINE = parse_iso("2026-11-27T09:00", CHICAGO)


def _book(house: Sun, lead_id: int, start: int = FRIDAY_NINE, who: str | None = None) -> int:
    made = book_visit(house.kit, lead_id, start, practitioner_id=house.staff[who] if who else None)
    assert isinstance(made, Booked)
    return made.appointment.id


def _runs(house: Sun, lead_id: int) -> dict[str, tuple[int, str | None]]:
    """Campaign key to (state, reason) of its newest run."""
    query = (
        sa.select(campaign.c.key, enrollment.c.state, enrollment.c.reason)
        .join(campaign, campaign.c.id == enrollment.c.campaign_id)
        .where(enrollment.c.lead_id == lead_id)
        .order_by(enrollment.c.entered_at, enrollment.c.id)
    )
    with house.kit.db.read() as conn:
        return {key: (state, reason) for key, state, reason in conn.execute(query)}


def _kinds(house: Sun, lead_id: int) -> list[str]:
    with house.kit.db.read() as conn:
        return list(conn.scalars(sa.select(event.c.kind).where(event.c.lead_id == lead_id).order_by(event.c.id)))


def _quarters(house: Sun) -> int:
    with house.kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(visit_quarter)).scalar_one()


def test_a_booking_takes_the_hour_and_its_buffer_with_whoever_signs_the_mails(house: Sun) -> None:
    alice = house.lead("Alice")
    made = book_visit(house.kit, alice, FRIDAY_NINE)
    assert isinstance(made, Booked)
    assert made.appointment.practitioner_id == house.staff["Hannah"]
    assert made.appointment.ends_at == FRIDAY_NINE + HOUR
    assert _quarters(house) == 5
    assert _kinds(house, alice)[0] == "booked"


def test_a_booking_ends_the_series_at_once_and_starts_the_visits_own_mails(house: Sun) -> None:
    alice = house.lead("Alice")
    with house.kit.db.write() as conn:
        enter_by(conn, house.kit, house.clinic, alice, "signup", house.kit.clock(), interest="sciatica")
    _book(house, alice)
    assert _runs(house, alice) == {"sciatica-consultation": (4, "goal-met"), "appointment": (1, None)}


def test_who_unsubscribed_can_book_and_gets_the_visits_mails(house: Sun) -> None:
    bob = house.lead("Bob", consent=False)
    _book(house, bob)
    assert _runs(house, bob)["appointment"] == (1, None)


def test_a_second_booking_is_answered_with_the_visit_that_stands(house: Sun) -> None:
    alice = house.lead("Alice")
    first = _book(house, alice)
    again = book_visit(house.kit, alice, FRIDAY_NINE)
    other = book_visit(house.kit, alice, THURSDAY_NINE)
    assert isinstance(again, HasVisit)
    assert isinstance(other, HasVisit)
    assert again.appointment.id == other.appointment.id == first
    assert _quarters(house) == 5


def test_a_taken_slot_is_gone_for_the_next_person_but_the_colleague_is_still_free(house: Sun) -> None:
    alice, charlie, erin = house.lead("Alice"), house.lead("Charlie"), house.lead("Erin")
    _book(house, alice, who="Hannah")
    assert book_visit(house.kit, charlie, FRIDAY_NINE, practitioner_id=house.staff["Hannah"]) == Gone(FRIDAY_NINE)
    assert isinstance(book_visit(house.kit, charlie, FRIDAY_NINE), Booked)
    assert book_visit(house.kit, erin, FRIDAY_NINE) == Gone(FRIDAY_NINE)


def test_what_is_no_slot_cannot_be_booked(house: Sun) -> None:
    alice = house.lead("Alice")
    for start in (FRIDAY_NINE + 900, FRIDAY_NINE - 7 * DAY, FRIDAY_NINE + 365 * DAY, FRIDAY_NINE + 2 * DAY, 0):
        assert book_visit(house.kit, alice, start) == Gone(start)
    assert _quarters(house) == 0


def test_a_closed_day_has_no_slots(house: Sun) -> None:
    with house.kit.db.write() as conn:
        practitioners.add_absence(
            conn,
            house.clinic,
            None,
            starts_at=parse_iso("2026-11-26", CHICAGO),
            ends_at=parse_iso("2026-11-27", CHICAGO),
            words="Thanksgiving",
        )
    assert book_visit(house.kit, house.lead("Alice"), THURSDAY_NINE) == Gone(THURSDAY_NINE)


def test_a_move_takes_the_new_time_frees_the_old_and_starts_its_mails_anew(house: Sun, clock: Clock) -> None:
    alice, charlie = house.lead("Alice"), house.lead("Charlie")
    visit = _book(house, alice, who="Hannah")
    clock.advance(hours=1)
    moved = move_visit(house.kit, visit, THURSDAY_NINE)
    assert isinstance(moved, Moved)
    assert (moved.appointment.starts_at, moved.appointment.sequence) == (THURSDAY_NINE, 1)
    assert _quarters(house) == 5
    _book(house, charlie, who="Hannah")
    with house.kit.db.read() as conn:
        rows = conn.execute(
            sa.select(enrollment.c.state, enrollment.c.reason, enrollment.c.entry_key)
            .where(enrollment.c.lead_id == alice)
            .order_by(enrollment.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (4, "moved", f"appointment:{visit}:0"),
        (1, None, f"appointment:{visit}:1"),
    ]


def test_a_move_onto_its_own_hour_or_a_step_along_is_possible(house: Sun) -> None:
    visit = _book(house, house.lead("Alice"), who="Hannah")
    same = move_visit(house.kit, visit, FRIDAY_NINE)
    assert isinstance(same, Moved)
    assert same.appointment.sequence == 0
    beside = move_visit(house.kit, visit, FRIDAY_NINE + 75 * 60)
    assert isinstance(beside, Moved)
    assert beside.appointment.sequence == 1


def test_a_move_to_a_taken_time_changes_nothing(house: Sun) -> None:
    alice, charlie = house.lead("Alice"), house.lead("Charlie")
    visit = _book(house, alice, who="Hannah")
    _book(house, charlie, THURSDAY_NINE, who="Hannah")
    assert move_visit(house.kit, visit, THURSDAY_NINE, practitioner_id=house.staff["Hannah"]) == Gone(THURSDAY_NINE)
    with house.kit.db.read() as conn:
        assert appointments.get(conn, visit).starts_at == FRIDAY_NINE
    assert _quarters(house) == 10


def test_within_a_day_of_the_visit_the_patient_calls_and_the_clinic_can(house: Sun, clock: Clock) -> None:
    visit = _book(house, house.lead("Alice"))
    clock.at = FRIDAY_NINE - DAY
    assert isinstance(move_visit(house.kit, visit, FRIDAY_NINE + 3 * DAY), TooLate)
    assert isinstance(cancel_visit(house.kit, visit), TooLate)
    assert isinstance(cancel_visit(house.kit, visit, by="clinic"), Cancelled)


def test_a_cancelled_visit_frees_its_time_ends_its_mails_and_starts_the_reinvite(house: Sun) -> None:
    alice, charlie = house.lead("Alice"), house.lead("Charlie")
    visit = _book(house, alice, who="Hannah")
    assert isinstance(cancel_visit(house.kit, visit), Cancelled)
    again = cancel_visit(house.kit, visit)
    assert isinstance(again, Cancelled)
    assert again.again
    assert _runs(house, alice) == {"appointment": (4, "cancelled"), "cancelled": (1, None), "re-invite": (1, None)}
    assert _quarters(house) == 0
    _book(house, charlie, who="Hannah")
    assert isinstance(move_visit(house.kit, visit, THURSDAY_NINE), NotStanding)
    _book(house, alice, THURSDAY_NINE)


def test_a_no_show_stops_the_visits_mails_and_starts_the_kind_one(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    try:
        mark_visit(house.kit, visit, AppointmentState.NO_SHOW)
    except NotYet:
        clock.at = FRIDAY_NINE + 2 * HOUR
    assert mark_visit(house.kit, visit, AppointmentState.NO_SHOW).state is AppointmentState.NO_SHOW
    mark_visit(house.kit, visit, AppointmentState.NO_SHOW)
    assert _runs(house, alice) == {"appointment": (4, "no-show"), "no-show": (1, None)}
    assert _kinds(house, alice).count("no-show") == 1


def test_an_attended_visit_keeps_its_last_mail(house: Sun, clock: Clock) -> None:
    alice = house.lead("Alice")
    visit = _book(house, alice)
    clock.at = FRIDAY_NINE + 2 * HOUR
    mark_visit(house.kit, visit, AppointmentState.ATTENDED)
    assert _runs(house, alice) == {"appointment": (1, None)}


def test_mails_offer_three_slots_at_least_a_day_away_on_different_days(house: Sun, now: int) -> None:
    with house.kit.db.read() as conn:
        offered = slots_for_mails(conn, house.clinic, now)
        counted = count_open(conn, [house.clinic], now)
    assert [(slot.day, slot.time) for slot in offered] == [
        ("Wednesday, November 25", "9:00 am"),
        ("Thursday, November 26", "3:15 pm"),
        ("Friday, November 27", "9:00 am"),
    ]
    assert counted == {house.clinic: 3}
    assert all(slot.start >= now + DAY for slot in offered)


def test_a_clinic_without_hours_offers_nothing(house: Sun, now: int) -> None:
    with house.kit.db.write() as conn:
        conn.execute(sa.text("DELETE FROM working_hours"))
    with house.kit.db.read() as conn:
        assert slots_for_mails(conn, house.clinic, now) == []
        assert count_open(conn, [house.clinic], now) == {house.clinic: 0}


def test_many_people_at_few_slots_get_each_slot_once(house: Sun) -> None:
    people = [house.lead(f"Person{number}") for number in range(24)]
    starts = [FRIDAY_NINE, FRIDAY_NINE + 75 * 60, THURSDAY_NINE]
    barrier = threading.Barrier(8)
    outcomes: list[object] = []

    def hurry(mine: list[int]) -> None:
        barrier.wait()
        for number, lead_id in enumerate(mine):
            outcomes.append(book_visit(house.kit, lead_id, starts[number % len(starts)]))

    hands = [threading.Thread(target=hurry, args=(people[number::8],)) for number in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    booked = [outcome for outcome in outcomes if isinstance(outcome, Booked)]
    assert len(outcomes) == 24
    assert len(booked) == 6  # three starts, two practitioners
    with house.kit.db.read() as conn:
        kept = conn.execute(sa.select(appointment.c.starts_at, appointment.c.practitioner_id)).all()
    assert len(kept) == len(set(kept)) == 6


def test_people_who_swap_and_book_at_once_never_meet(house: Sun) -> None:
    people = [house.lead(f"Person{number}") for number in range(6)]
    starts = [THURSDAY_NINE + number * 75 * 60 for number in range(6)]
    visits = [_book(house, lead_id, start, who="Hannah") for lead_id, start in zip(people, starts, strict=True)]
    barrier = threading.Barrier(6)
    failures: list[BaseException] = []

    def hurry(number: int) -> None:
        barrier.wait()
        try:
            for turn in range(4):
                target = starts[(number + turn + 1) % 6] + (turn % 2) * DAY
                move_visit(house.kit, visits[number], target, practitioner_id=house.staff["Hannah"])
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    hands = [threading.Thread(target=hurry, args=(number,)) for number in range(6)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert failures == []
    with house.kit.db.read() as conn:
        kept = conn.execute(sa.select(appointment.c.starts_at, appointment.c.practitioner_id)).all()
    assert len(kept) == len(set(kept)) == 6
    assert _quarters(house) == 30


def test_the_diary_counts_a_moving_visits_own_time_as_free(house: Sun, now: int) -> None:
    visit = _book(house, house.lead("Alice"), who="Hannah")
    with house.kit.db.read() as conn:
        from service.storage import clinics

        clinic = clinics.get(conn, house.clinic)
        others, own = diary(conn, clinic, now), diary(conn, clinic, now, but=visit)
    assert others is not None
    assert own is not None
    assert len(list(own.slots(now))) == len(list(others.slots(now))) + 1
