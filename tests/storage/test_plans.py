"""What is asked of one person is answered by an index: it costs the same beside a hundred leads and a million."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import enrollment_moves, enrollments, held_list, home_numbers, inbox_list, runs, suppressions
from service.storage.database import Database

ASKED: dict[str, Callable[[Connection], object]] = {
    "may this lead enter": lambda conn: runs.newest(conn, 2, "", [1]),
    "which runs to end": lambda conn: runs.running(conn, lead_id=1),
    "what comes next": lambda conn: enrollments.of_lead(conn, 1),
    "take back a stop": lambda conn: enrollment_moves.take_back(conn, 1, "unsubscribed", 5, 6),
    "does a stop stand": lambda conn: suppressions.standing(conn, 1, "alice@example.org"),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_about_one_person_reads_nobody_elses_rows(db: Database, name: str) -> None:
    with db.write() as conn:
        if not db.sqlite:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")  # on an empty table it would be the cheapest
        plan = "\n".join(_plan(conn, ASKED[name]))
    if db.sqlite:
        assert "lead_id=?" in plan or "email_key=?" in plan, plan
        assert not [line for line in plan.splitlines() if line.startswith("SCAN")], plan
    else:
        assert "Seq Scan" not in plan, plan


def _plan(conn: Connection, ask: Callable[[Connection], object]) -> list[str]:
    """How the database would answer the statements that `ask` makes."""
    asked: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(conn, "before_cursor_execute", keep)
    ask(conn)
    sa.event.remove(conn, "before_cursor_execute", keep)
    verb = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
    found = [conn.exec_driver_sql(verb + statement, parameters).all() for statement, parameters in asked]
    return [str(row[-1]) for rows in found for row in rows]


# What a clinic's desk asks on every page, and the index that answers it: each holds little more than what is asked for.
DESK: dict[str, tuple[Callable[[Connection], object], set[str]]] = {
    "the frame": (
        lambda conn: home_numbers.frame(conn, 1, 0, 1),
        {"ix_message_clinic_id_accepted_at", "ix_enrollment_due", "ix_inbox_clinic_id_state_received_at"},
    ),
    "who is in doubt": (lambda conn: held_list.doubts(conn, 1), {"ix_message_in_doubt"}),
    "who is held": (lambda conn: home_numbers.held(conn, 1), {"ix_enrollment_held", "ix_message_put_off"}),
    "posts by state": (lambda conn: inbox_list.counts(conn, 1), {"ix_inbox_clinic_id_state_received_at"}),
    "posts of a state": (
        lambda conn: inbox_list.page(conn, 1, "unreadable"),
        {"ix_inbox_clinic_id_state_received_at"},
    ),
}


@pytest.mark.parametrize("name", DESK)
def test_a_page_of_the_desk_reads_no_more_of_a_large_clinic_than_it_shows(blank_db: Database, name: str) -> None:
    ask, indexes = DESK[name]
    with blank_db.read() as conn:
        plan = "\n".join(_plan(conn, ask))
    used = set(re.findall(r"(?:ix|uq)_\w+", plan))
    assert indexes <= used, plan
    assert not {"ix_enrollment_clinic_id_entered_at", "ix_message_campaign_id_step"} & used, plan


@pytest.fixture
def blank_db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """SQLite alone: it plans without knowing how many rows there are, so that an empty database tells."""
    copied = shutil.copy(request.getfixturevalue("_sqlite_template"), request.getfixturevalue("tmp_path"))
    database = Database(f"sqlite:///{copied}")
    yield database
    database.dispose()


def test_who_is_due_is_looked_up_by_those_whose_turn_it_is(db: Database) -> None:
    with db.write() as conn:
        if not db.sqlite:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = "\n".join(_plan(conn, lambda conn: enrollments.due(conn, 1, 500)))
    assert plan.count("ix_enrollment_due") == 1, plan  # the first of them in order, and never all that is due
    assert "lead_id=" in plan.replace(" ", ""), plan
