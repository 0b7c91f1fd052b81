"""Letters: one mail to many at an hour; whom each has come to, and where its people stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.storage import ids, refusals
from service.storage.locks import lock_rows
from service.storage.run_states import RUNNING
from service.storage.tables import campaign, enrollment, letter, message

KIND = "letter"
DRAFT, PLANNED, GOING, STOPPED, DONE = "draft", "planned", "going", "stopped", "done"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """`source`: who, as content.letter_who reads it. `holdout`: of 10,000. `cursor`: the last lead looked at."""

    campaign_id: int
    clinic_id: int
    key: str
    name: str
    version_id: int
    source: str
    holdout: int
    at: int | None
    state: str
    cursor: int
    looked: int
    entered: int
    ended_at: int | None


_OF_CAMPAIGN = ("key", "name", "version_id")
_LETTER = (
    sa.select(
        *((campaign if name in _OF_CAMPAIGN else letter).c[name] for name in LetterRow.__dataclass_fields__),
    )
    .join(campaign, campaign.c.id == letter.c.campaign_id)
    .order_by(letter.c.campaign_id.desc())
)


def add(conn: Connection, campaign_id: int, clinic_id: int, source: str, holdout: int, at: int | None) -> None:
    conn.execute(
        sa.insert(letter).values(
            campaign_id=campaign_id, clinic_id=clinic_id, source=source, holdout=holdout, at=at, state=DRAFT
        )
    )


def of_clinic(conn: Connection, clinic_id: int, most: int) -> list[LetterRow]:
    """Newest first."""
    rows = conn.execute(_LETTER.where(letter.c.clinic_id == clinic_id).limit(most))
    return [LetterRow(*row) for row in rows]


def by_key(conn: Connection, clinic_id: int, key: str) -> LetterRow | None:
    row = conn.execute(_LETTER.where(letter.c.clinic_id == clinic_id, campaign.c.key == key)).first()
    return LetterRow(*row) if row else None


def get(conn: Connection, campaign_id: int) -> LetterRow:
    """Raises NoResultFound."""
    return LetterRow(*conn.execute(_LETTER.where(letter.c.campaign_id == campaign_id)).one())


def locked(conn: Connection, clinic_id: int, key: str) -> LetterRow | None:
    """The letter, in no other hand until this transaction ends. Whoever changes one, or who is in it, takes this
    first."""
    query = _LETTER.where(letter.c.clinic_id == clinic_id, campaign.c.key == key)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(of=letter)
    row = conn.execute(query).first()
    return LetterRow(*row) if row else None


def change(conn: Connection, campaign_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(letter).where(letter.c.campaign_id == campaign_id).values(**values))


_DUE = (
    _LETTER.where(sa.literal_column("letter.state IN ('planned', 'going')"), letter.c.at <= sa.bindparam("now"))
    .order_by(None)
    .order_by(letter.c.at, letter.c.campaign_id)
)


def due(conn: Connection, now: int) -> list[LetterRow]:
    """Those whose hour has come and that have not come to everybody yet, the longest due first."""
    return [LetterRow(*row) for row in conn.execute(_DUE, {"now": now})]


def next_planned(conn: Connection) -> int | None:
    """The earliest hour of a letter that is to leave."""
    query = sa.select(sa.func.min(letter.c.at)).where(sa.literal_column("letter.state IN ('planned', 'going')"))
    return conn.execute(query).scalar()


def written_to(conn: Connection, campaign_id: int, lead_ids: Collection[int]) -> set[int]:
    """Those of the leads whom the letter came to, whatever became of it."""
    query = sa.select(enrollment.c.lead_id).where(
        enrollment.c.campaign_id == campaign_id, enrollment.c.lead_id.in_(list(lead_ids))
    )
    return set(conn.execute(query).scalars())


def leave_out(conn: Connection, row: LetterRow, step: str, reasons: Mapping[int, str], due_at: int, now: int) -> None:
    """Leads who get nothing, with the reason: each is in the letter, and out of it in the same instant."""
    if not reasons:
        return
    runs = [
        {
            "id": run_id,
            "clinic_id": row.clinic_id,
            "lead_id": lead_id,
            "campaign_id": row.campaign_id,
            "version_id": row.version_id,
            "entry_key": "",
            "appointment_id": None,
            "state": int(EnrollmentState.EXITED),
            "step": step,
            "since": due_at,
            "due_at": due_at,
            "entered_at": now,
            "ended_at": now,
            "reason": reasons[lead_id],
        }
        for run_id, lead_id in zip(ids.take(len(reasons)), sorted(reasons), strict=True)
    ]
    conn.execute(sa.insert(enrollment), runs)
    refusals.add_many(
        conn,
        [
            {
                "clinic_id": row.clinic_id,
                "lead_id": run["lead_id"],
                "enrollment_id": run["id"],
                "campaign_id": row.campaign_id,
                "at": now,
                "step": step,
                "kind": "exited",
                "guard": run["reason"],
                "reason": run["reason"],
                "until": None,
                "facts": {"due_at": due_at},
            }
            for run in runs
        ],
    )


def move_on(conn: Connection, campaign_id: int, version_id: int) -> int:
    """Whoever waits for the letter gets this version of it; gives how many. What may have left keeps its own."""
    waits = (enrollment.c.campaign_id == campaign_id, enrollment.c.state.in_(RUNNING))
    lock_rows(conn, enrollment, *waits)
    moved = conn.execute(
        sa.update(enrollment).where(*waits).values(version_id=version_id, revision=enrollment.c.revision + 1)
    )
    # put off by the provider before it took anything; a new fence, so that whoever has read it reads again
    put_off = (
        message.c.campaign_id == campaign_id,
        message.c.state == sa.literal_column("'planned'"),
        message.c.tries == 0,
    )
    lock_rows(conn, message, *put_off)
    again = conn.execute(sa.update(message).where(*put_off).values(version_id=version_id, fence=message.c.fence + 1))
    return moved.rowcount + again.rowcount


def has_waiting(conn: Connection, campaign_ids: Collection[int]) -> set[int]:
    """The letters in which somebody still waits."""
    query = sa.select(enrollment.c.campaign_id).where(
        enrollment.c.campaign_id.in_(list(campaign_ids)), enrollment.c.state.in_(RUNNING)
    )
    return set(conn.execute(query.distinct()).scalars())
