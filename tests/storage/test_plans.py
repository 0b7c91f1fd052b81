"""What is asked of one person is answered by an index: it costs the same beside a hundred leads and a million."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import enrollment_moves, enrollments, runs, suppressions
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
