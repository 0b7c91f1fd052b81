"""What people wrote in their own words: for the clinic's staff only. Never a merge field, never at a provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import answer


@dataclass(frozen=True, slots=True)
class AnswerRow:
    question: str
    text: str
    at: int


def add(conn: Connection, clinic_id: int, lead_id: int, answers: Iterable[tuple[str, str]], at: int) -> None:
    """Adds (question, text) pairs; one that the lead has given before to the letter is not kept twice."""
    known = {(row.question, row.text) for row in of_lead(conn, lead_id)}
    fresh = [pair for pair in dict.fromkeys(answers) if pair not in known]
    if not fresh:
        return
    rows = [
        {"id": number, "clinic_id": clinic_id, "lead_id": lead_id, "question": question, "text": text, "at": at}
        for number, (question, text) in zip(ids.take(len(fresh)), fresh, strict=True)
    ]
    conn.execute(sa.insert(answer), rows)


def of_lead(conn: Connection, lead_id: int) -> list[AnswerRow]:
    """Oldest first."""
    rows = conn.execute(
        sa.select(answer.c.question, answer.c.text, answer.c.at)
        .where(answer.c.lead_id == lead_id)
        .order_by(answer.c.at, answer.c.id)
    )
    return [AnswerRow(*row) for row in rows]
