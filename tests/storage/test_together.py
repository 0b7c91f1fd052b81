"""Questions that are asked together are answered as they are alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import (
    appointments,
    brakes,
    campaigns,
    caps,
    consents,
    enrollments,
    practitioners,
    restored,
    suppressions,
)
from service.storage.database import Database
from service.storage.restored import Lost
from service.storage.tables import clinic, enrollment, lead
from service.storage.together import Together
from service.usecases.suppress_address import suppress_address
from tests.support.cast import Cast, cast
from tests.support.clock import Clock

Question = Callable[[Connection], Any]


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    made = cast(db, clock)
    for who in (made.alice, made.bob, made.charlie):
        made.signs_up(who)
    made.tick()
    return made


def together(conn: Connection, *questions: Question) -> list[Any]:
    ask = Together(conn)
    answers = [ask(question) for question in questions]
    ask.now()
    return [answer() for answer in answers]


def test_each_answer_is_the_one_it_has_alone(play: Cast) -> None:
    with play.db.write() as conn:
        restored.remember(conn, Lost(5, 9))
        suppress_address(conn, "dana@example.test", "invalid", 7)
    with play.db.read() as conn:
        leads = list(conn.execute(sa.select(lead.c.id).order_by(lead.c.id)).scalars())
        keys = [key for key in conn.execute(sa.select(lead.c.email_key)).scalars() if key] + ["dana@example.test"]
        houses = list(conn.execute(sa.select(clinic.c.id)).scalars())
        questions: list[Question] = [
            lambda conn: suppressions.standing_anywhere(conn, keys),
            lambda conn: caps.taken(conn, leads, 0),
            lambda conn: consents.given_wordings(conn, leads),
            lambda conn: appointments.of_leads(conn, leads),
            lambda conn: practitioners.active(conn, houses),
            lambda conn: practitioners.visit_types(conn, houses),
            lambda conn: practitioners.absences(conn, houses, 0, 2**60),
            lambda conn: campaigns.paused(conn, [1, 2]),
            restored.lost,
            brakes.standing,
        ]
        alone = [question(conn) for question in questions]
        assert together(conn, *questions) == alone
        assert all(alone[place] for place in (0, 1, 2, 4, 5))
        assert alone[8] == Lost(5, 9)


def test_values_come_back_as_their_columns_say(play: Cast) -> None:
    def flags(conn: Connection) -> list[Any]:
        return list(conn.execute(sa.select(clinic.c.id, clinic.c.keeps_holidays, clinic.c.stopped_at.is_(None))).all())

    def lists(conn: Connection) -> list[Any]:
        query = sa.select(lead.c.id, lead.c.refused_topics, lead.c.first_name).order_by(lead.c.id.desc())
        return list(conn.execute(query).all())

    with play.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == play.alice).values(refused_topics=["how", 'a "b" ü']))
        conn.execute(sa.update(lead).where(lead.c.id == play.alice).values(first_name='Ünal "the" O\'Neil \\ 🙂'))
        alone, found = [flags(conn), lists(conn)], together(conn, flags, lists)
    assert found == alone
    assert all(type(value) is bool for row in found[0] for value in row[1:])


def test_one_statement_asks_all(play: Cast) -> None:
    seen: list[str] = []
    with play.db.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *given: seen.append(given[2]))
        together(conn, brakes.standing, restored.lost, lambda conn: caps.taken(conn, [1], 0))
    assert len(seen) == 1


def test_what_asks_nothing_is_answered_without_the_database(play: Cast) -> None:
    with play.db.read() as conn:
        assert together(conn, lambda conn: suppressions.standing_anywhere(conn, [])) == [{}]


def test_rows_that_another_hand_holds_fall_out_and_the_others_are_locked(play: Cast) -> None:
    with play.db.read() as conn:
        rows = enrollments.with_leads(conn, conn.execute(sa.select(enrollment.c.id)).scalars())
    going = {row.id for row in rows if row.lead_id == play.alice}

    def unchanged(conn: Connection) -> set[int]:
        return enrollments.unchanged(conn, rows)

    with play.db.write() as conn:
        assert together(conn, unchanged, brakes.standing)[0] == going
        if play.db.dialect == "postgresql":
            with play.db.write() as other:
                assert together(other, unchanged, brakes.standing)[0] == set()


def test_two_questions_may_not_mean_different_things_by_one_name(play: Cast) -> None:
    with play.db.read() as conn, pytest.raises(ValueError, match="'lead_ids' to different values"):
        together(conn, lambda conn: caps.taken(conn, [1], 0), lambda conn: appointments.of_leads(conn, [2]))


@pytest.mark.parametrize("query", [sa.select(lead.c.id).limit(1), sa.select(lead.c.id).distinct()])
def test_a_select_that_is_not_plain_is_refused(play: Cast, query: sa.Select[Any]) -> None:
    with play.db.read() as conn, pytest.raises(TypeError, match="only a plain SELECT"):
        together(conn, lambda conn: conn.execute(query).all())


def test_a_question_that_asks_twice_is_refused(play: Cast) -> None:
    def twice(conn: Connection) -> Any:
        return restored.lost(conn), restored.lost(conn)

    with play.db.read() as conn, pytest.raises(TypeError, match="asks one SELECT"):
        together(conn, twice)
