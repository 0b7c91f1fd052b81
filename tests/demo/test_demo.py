"""The demo's history holds true: nothing in it could not have happened in a real clinic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.timing import DAY, HOUR, Window, local
from service.storage import clinics, settings, users
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.tables import (
    appointment,
    campaign,
    consent,
    enrollment,
    event,
    inbox,
    lead,
    lead_field,
    lead_tag,
    letter,
    message,
    outbox,
    score_rule,
    segment,
    suppression,
    task,
    visit_quarter,
)
from service.usecases.count_segment import count_segment
from service.usecases.demo.clinic import CLINIC, STAFF, ZONE
from service.usecases.kit import Kit
from service.usecases.make_demo import MAKING, Made, NotEmpty, make_demo
from service.usecases.passwords import matches
from tests.support.clinic import make_kit
from tests.support.clock import NOW

PASSWORD = "a few words do well"
DAYS, PEOPLE = 24, 90
OVERDUE = 12 * HOUR  # longer than that, and a mail waits for the manager


@dataclass
class History:
    kit: Kit
    made: Made
    seen: list[tuple[int, int]]

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.kit.db.read() as conn:
            return list(conn.execute(query))

    def count(self, table: sa.Table, *where: Any) -> int:
        return int(self.rows(sa.select(sa.func.count()).select_from(table).where(*where))[0][0])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "fresh.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, fresh: Path) -> Iterator[History]:
    """One small demo for all the questions that only read."""
    db = Database(f"sqlite:///{_copy(fresh, tmp_path_factory.mktemp('history'))}")
    kit = make_kit(db, lambda: NOW)
    seen: list[tuple[int, int]] = []
    made = make_demo(kit, PASSWORD, lambda day, leads: seen.append((day, leads)), days=DAYS, people=PEOPLE)
    yield History(kit, made, seen)
    db.dispose()


@pytest.fixture
def kit(fresh: Path, tmp_path: Path) -> Iterator[Kit]:
    db = Database(f"sqlite:///{_copy(fresh, tmp_path)}")
    yield make_kit(db, lambda: NOW)
    db.dispose()


def _copy(fresh: Path, folder: Path) -> Path:
    source = sa.create_engine(f"sqlite:///{fresh}")
    with source.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    source.dispose()
    copied = folder / "meridian.db"
    copied.write_bytes(fresh.read_bytes())
    return copied


def test_it_counts_what_it_made(history: History) -> None:
    assert history.made.leads == history.count(lead) == PEOPLE + 1  # somebody gave a phone only
    assert history.made.mails == history.count(message) == history.count(outbox)
    assert history.made.visits == history.count(appointment) > 0


def test_its_progress_ends_with_the_last_day_and_everybody(history: History) -> None:
    assert [day for day, _ in history.seen] == list(range(DAYS + 1))
    assert history.seen[-1] == (DAYS, PEOPLE)


def test_its_owner_signs_in_with_the_given_password(history: History) -> None:
    with history.kit.db.read() as conn:
        owner = users.first_owner(conn)
    assert owner is not None
    assert (owner.name, owner.email, owner.role) == ("Dana Whitfield", "dana@sun.example", users.OWNER)
    assert matches(owner.password_hash, PASSWORD)


def test_it_is_marked_as_whole(history: History) -> None:
    with history.kit.db.read() as conn:
        assert settings.get(conn, settings.DEMO) == "1"
        assert settings.get(conn, MAKING) is None


def test_everything_happened_within_its_days(history: History) -> None:
    for column in (event.c.at, message.c.accepted_at, lead.c.created_at, appointment.c.booked_at, outbox.c.at):
        first, last = history.rows(sa.select(sa.func.min(column), sa.func.max(column)))[0]
        assert NOW - DAYS * DAY <= first <= last <= NOW


def test_nothing_is_left_due(history: History) -> None:
    """Whoever still runs is due in the future, or waits for a person by rule."""
    assert history.count(enrollment, enrollment.c.state == 1, enrollment.c.due_at <= NOW) == 0
    held = history.rows(sa.select(enrollment.c.guard).where(enrollment.c.state == 2).distinct())
    assert {row.guard for row in held} <= {"overdue"}
    assert history.count(enrollment, enrollment.c.state.in_([3, 4]), enrollment.c.ended_at.is_(None)) == 0


def test_every_mail_was_taken_and_is_in_the_outbox(history: History) -> None:
    states = history.rows(sa.select(message.c.state).distinct())
    assert {row.state for row in states} == {"accepted"}
    assert {row.ref for row in history.rows(sa.select(message.c.ref))} == {
        row.ref for row in history.rows(sa.select(outbox.c.ref))
    }


def test_nobody_got_marketing_after_stopping_or_without_consent(history: History) -> None:
    stopped = history.rows(
        sa.select(message.c.id)
        .join(lead, lead.c.id == message.c.lead_id)
        .join(suppression, suppression.c.email_key == lead.c.email_key)
        .where(message.c.service.is_(False), message.c.created_at >= suppression.c.at)
    )
    agreed = sa.select(consent.c.lead_id).where(consent.c.kind.in_(["given", "confirmed"]))
    unasked = history.count(message, message.c.service.is_(False), message.c.lead_id.not_in(agreed))
    assert (stopped, unasked) == ([], 0)


def test_each_series_mail_left_inside_its_window_and_one_a_day(history: History) -> None:
    window = Window()
    sent = history.rows(
        sa.select(message.c.lead_id, message.c.mail, message.c.accepted_at, message.c.due_at, lead.c.zone)
        .join(lead, lead.c.id == message.c.lead_id)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(campaign.c.family == "consultation")
    )
    later = [row for row in sent if row.mail != "welcome"]
    assert later
    assert all(window.holds(local(row.accepted_at, row.zone)) for row in later)
    assert all(0 <= row.accepted_at - row.due_at <= OVERDUE for row in sent)
    days = [(row.lead_id, local(row.accepted_at, row.zone).date()) for row in sent]
    assert len(days) == len(set(days))


def test_two_people_never_have_the_same_hour(history: History) -> None:
    """Each visit that stands or took place holds its four quarters, alone and within its practitioner's hours."""
    kept = history.rows(sa.select(appointment).where(appointment.c.state != "cancelled"))
    quarters = {
        (row.practitioner_id, row.quarter): row.appointment_id for row in history.rows(sa.select(visit_quarter))
    }
    assert len(quarters) == 4 * len(kept)
    for visit in kept:
        held = {quarters.get((visit.practitioner_id, visit.starts_at // 900 + n)) for n in range(4)}
        assert held == {visit.id}
        assert 8 <= local(visit.starts_at, ZONE).hour < 19


def test_past_visits_were_kept_or_missed_and_coming_ones_stand(history: History) -> None:
    ended = history.count(appointment, appointment.c.state == "booked", appointment.c.ends_at < NOW - HOUR)
    early = history.count(appointment, appointment.c.state.in_(["attended", "no-show"]), appointment.c.starts_at > NOW)
    assert (ended, early) == (0, 0)
    assert history.count(appointment, appointment.c.state == "attended") > 0


def test_who_booked_has_left_the_series(history: History) -> None:
    left = history.rows(
        sa.select(enrollment.c.ended_at, appointment.c.booked_at)
        .join(appointment, appointment.c.lead_id == enrollment.c.lead_id)
        .join(campaign, campaign.c.id == enrollment.c.campaign_id)
        .where(campaign.c.family == "consultation", enrollment.c.entered_at <= appointment.c.booked_at)
    )
    assert left
    assert all(row.ended_at is not None and row.ended_at <= row.booked_at for row in left)


def test_the_standing_cast_is_there(history: History) -> None:
    def stands(email: str) -> tuple[str, list[str]]:
        person = history.rows(sa.select(lead).where(lead.c.email == email))[0]
        reasons = history.rows(sa.select(suppression.c.reason).where(suppression.c.email_key == person.email_key))
        return person.consent, [row.reason for row in reasons]

    assert stands("alice.moreau@example.org") == ("given", [])
    assert stands("bob.lindgren@example.org") == ("withdrawn", ["unsubscribed"])
    assert stands("charlie.novak@example.org") == ("given", ["hard-bounce"])


def test_a_scanners_clicks_are_flagged_and_count_for_nothing(history: History) -> None:
    assert history.count(event, event.c.kind == "clicked", event.c.flag == "scanner") > 0
    by_scanners = history.rows(
        sa.select(message.c.id)
        .join(event, event.c.message_id == message.c.id)
        .where(message.c.clicked_at.is_not(None), event.c.kind == "clicked")
        .group_by(message.c.id)
        .having(sa.func.count().filter(event.c.flag.is_(None)) == 0)
    )
    assert by_scanners == []


def test_the_inbox_shows_two_posts_that_nobody_can_read(history: History) -> None:
    """And neither the repeated post nor the forged one."""
    states = history.rows(sa.select(inbox.c.state, sa.func.count()).group_by(inbox.c.state))
    assert dict(map(tuple, states)) == {"processed": PEOPLE + 1, "unreadable": 2}


def test_most_questions_are_answered_and_the_newest_wait_for_the_manager(history: History) -> None:
    asked = history.rows(sa.select(task.c.done_at, task.c.at, task.c.done_by).where(task.c.kind == "answer"))
    waiting = [row for row in asked if row.done_at is None]
    done = [row for row in asked if row.done_at is not None]
    assert 2 <= len(waiting) <= 5
    assert len(done) >= len(waiting)
    assert all(row.done_by is not None and row.at < row.done_at <= row.at + 4 * DAY for row in done)


def test_nobody_who_left_a_request_unconfirmed_is_kept_past_its_week(history: History) -> None:
    lately = sa.select(sa.func.max(consent.c.at)).where(consent.c.lead_id == lead.c.id).scalar_subquery()
    named = history.rows(
        sa.select(lead.c.id).where(lead.c.consent == "pending", lead.c.email.is_not(None), lately < NOW - 8 * DAY)
    )
    owed = history.rows(sa.select(task.c.lead_id).where(task.c.done_at.is_(None)))
    assert {row.id for row in named} <= {row.lead_id for row in owed}
    assert history.count(event, event.c.kind == "forgotten") > 0


def test_nobody_in_it_can_exist(history: History) -> None:
    hosts = {
        row.email.partition("@")[2] for row in history.rows(sa.select(lead.c.email).where(lead.c.email.is_not(None)))
    }
    assert hosts <= {"example.com", "example.org", "example.net"}
    phones = [row.phone for row in history.rows(sa.select(lead.c.phone).where(lead.c.phone.is_not(None)))]
    assert phones
    assert all("55501" in "".join(filter(str.isdigit, phone)) for phone in phones)


def test_a_second_demo_does_nothing(history: History) -> None:
    with pytest.raises(NotEmpty):
        make_demo(history.kit, PASSWORD)
    assert history.count(lead) == PEOPLE + 1


def test_the_same_seed_and_hour_give_the_same_history(kit: Kit, history: History, fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Database(f"sqlite:///{_copy(fresh, tmp_path / 'other')}")
    told = []
    for each in (kit, replace(kit, db=other, library=type(kit.library)())):
        make_demo(each, PASSWORD, days=6, people=14)
        with each.db.read() as conn:
            query = sa.select(lead.c.email, event.c.kind, event.c.link, event.c.at).join(
                lead, lead.c.id == event.c.lead_id
            )
            told.append(sorted(tuple(map(str, row)) for row in conn.execute(query)))
    other.dispose()
    assert told[0] == told[1] != []


class Killed(Exception):
    pass


def _killed_on_day(day: int) -> Any:
    def seen(over: int, _leads: int) -> None:
        if over == day:
            raise Killed

    return seen


def test_a_demo_killed_on_the_way_is_made_anew(kit: Kit) -> None:
    with pytest.raises(Killed):
        make_demo(kit, PASSWORD, _killed_on_day(4), days=6, people=14)
    made = make_demo(kit, PASSWORD, days=6, people=14)
    with kit.db.read() as conn:
        assert made.leads == conn.execute(sa.select(sa.func.count()).select_from(lead)).scalar_one() == 15
        assert settings.get(conn, settings.DEMO) == "1"


def test_a_clinic_that_is_no_demo_is_never_cleared_away(kit: Kit) -> None:
    """Not even beside a demo that was left half-made."""
    with pytest.raises(Killed):
        make_demo(kit, PASSWORD, _killed_on_day(2), days=6, people=14)
    with kit.db.write() as conn:
        clinics.add(conn, {**CLINIC, "slug": "own", "created_at": NOW})
    with pytest.raises(NotEmpty):
        make_demo(kit, PASSWORD, days=6, people=14)


def test_either_database_will_do(db: Database) -> None:
    made = make_demo(make_kit(db, lambda: NOW), PASSWORD, days=6, people=14)
    assert (made.leads, made.mails > 0) == (15, True)


def test_one_letter_went_out_and_one_is_planned(history: History) -> None:
    told = {row.state: row for row in history.rows(sa.select(letter))}
    assert set(told) == {"done", "planned"}
    assert told["planned"].at > NOW
    mails = history.count(message, message.c.campaign_id == told["done"].campaign_id, message.c.state == "accepted")
    out = history.count(enrollment, enrollment.c.reason == "held-out")
    assert mails > 10
    assert out > 0
    assert mails + out <= told["done"].looked


def test_everyone_on_the_staff_has_hours() -> None:
    assert [name for name, _, _ in STAFF] == ["Hannah Lindqvist", "Lena Moser", "Joel Park"]
    assert all(shifts for _, _, shifts in STAFF)


def test_its_front_desk_knows_tags_a_field_and_whom_to_call(history: History) -> None:
    assert len(set(history.rows(sa.select(lead_tag.c.tag)))) == 2
    assert {row[0] for row in history.rows(sa.select(lead_field.c.name))} == {"insurance"}
    assert history.count(score_rule) > 0
    assert history.count(lead, lead.c.score_rank.is_not(None)) > 5
    (kept,) = history.rows(sa.select(segment.c.clinic_id, segment.c.key))
    assert 0 < count_segment(history.kit, *kept) < history.count(lead)
