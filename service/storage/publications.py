"""Publishings whose people are being moved, and the runs that a new version finds on older ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.storage import enrollments, ids
from service.storage.enrollments import DueRow
from service.storage.locks import lock_ids
from service.storage.run_states import RUNNING
from service.storage.tables import campaign_version, enrollment, message, publication


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """`reach_back` in seconds; `counts` is how far it is."""

    id: int
    clinic_id: int
    campaign_id: int
    version_id: int
    mode: str
    reach_back: int | None
    user_id: int | None
    at: int
    done_at: int | None
    counts: Mapping[str, int]


_ROW = [publication.c[name] for name in PublicationRow.__dataclass_fields__]
_OPEN = sa.select(*_ROW).where(publication.c.done_at.is_(None)).order_by(publication.c.at, publication.c.id)


def add(conn: Connection, values: Mapping[str, Any]) -> int:
    publication_id = ids.new()
    conn.execute(sa.insert(publication).values(id=publication_id, **values))
    return publication_id


def get(conn: Connection, publication_id: int) -> PublicationRow | None:
    row = conn.execute(sa.select(*_ROW).where(publication.c.id == publication_id)).first()
    return PublicationRow(*row) if row else None


def newest(conn: Connection, campaign_id: int) -> PublicationRow | None:
    query = sa.select(*_ROW).where(publication.c.campaign_id == campaign_id)
    row = conn.execute(query.order_by(publication.c.at.desc(), publication.c.id.desc()).limit(1)).first()
    return PublicationRow(*row) if row else None


def still_open(conn: Connection) -> list[PublicationRow]:
    """Oldest first."""
    return [PublicationRow(*row) for row in conn.execute(_OPEN)]


def claim(conn: Connection, publication_id: int) -> PublicationRow | None:
    """The row, held until the transaction ends; None when it is done or in another's hands."""
    query = _OPEN.where(publication.c.id == publication_id)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    row = conn.execute(query).first()
    return PublicationRow(*row) if row else None


def record(conn: Connection, publication_id: int, counts: Mapping[str, int], done_at: int | None = None) -> None:
    changed = sa.update(publication).where(publication.c.id == publication_id)
    conn.execute(changed.values(counts=dict(counts), done_at=done_at))


def _older(campaign_id: int, number: int) -> Sequence[sa.ColumnElement[bool]]:
    versions = sa.select(campaign_version.c.id).where(
        campaign_version.c.campaign_id == campaign_id, campaign_version.c.number < number
    )
    return enrollment.c.campaign_id == campaign_id, enrollment.c.version_id.in_(versions)


def behind(conn: Connection, campaign_id: int, number: int, after: int, limit: int) -> list[DueRow]:
    """Running runs of versions older than `number`, by rising id from behind `after` on."""
    query = sa.select(enrollment.c.id).where(
        *_older(campaign_id, number), enrollment.c.state.in_(RUNNING), enrollment.c.id > after
    )
    return _rows(conn, conn.execute(query.order_by(enrollment.c.id).limit(limit)).scalars().all())


def _rows(conn: Connection, run_ids: Sequence[int]) -> list[DueRow]:
    return sorted(enrollments.with_leads(conn, run_ids), key=lambda row: row.id) if run_ids else []


def count_behind(conn: Connection, campaign_id: int, number: int) -> int:
    query = sa.select(sa.func.count()).where(*_older(campaign_id, number), enrollment.c.state.in_(RUNNING))
    return conn.execute(query).scalar_one()


def states(conn: Connection, run_ids: Iterable[int]) -> dict[int, int]:
    """The state of each run."""
    query = sa.select(enrollment.c.id, enrollment.c.state).where(enrollment.c.id.in_(list(run_ids)))
    return {row_id: state for row_id, state in conn.execute(query)}


def completed(
    conn: Connection, campaign_id: int, number: int, since: int, after: int, limit: int
) -> list[tuple[DueRow, int]]:
    """Runs of versions older than `number` that were completed at `since` or later, each with when; by rising id from
    behind `after` on. Only a lead's newest run under its key: nobody who is in again, or who left it since."""
    other = enrollment.alias()
    again = sa.exists().where(
        other.c.lead_id == enrollment.c.lead_id,
        other.c.campaign_id == enrollment.c.campaign_id,
        other.c.entry_key == enrollment.c.entry_key,
        other.c.id != enrollment.c.id,
        sa.or_(other.c.state.in_(RUNNING), other.c.entered_at > enrollment.c.entered_at),
    )
    query = sa.select(enrollment.c.id, enrollment.c.ended_at).where(
        *_older(campaign_id, number),
        enrollment.c.state == int(EnrollmentState.COMPLETED),
        enrollment.c.ended_at >= since,
        enrollment.c.id > after,
        ~again,
    )
    ended = {row_id: at for row_id, at in conn.execute(query.order_by(enrollment.c.id).limit(limit))}
    return [(row, ended[row.id]) for row in _rows(conn, list(ended))]


def running_again(conn: Connection, campaign_id: int, lead_ids: Iterable[int]) -> set[int]:
    """Those of the leads who are in the campaign now."""
    query = sa.select(enrollment.c.lead_id).where(
        enrollment.c.lead_id.in_(list(lead_ids)),
        enrollment.c.campaign_id == campaign_id,
        enrollment.c.state.in_(RUNNING),
    )
    return set(conn.execute(query).scalars())


def sent(conn: Connection, run_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """By run: the highest visit of every step that a mail was recorded for, whatever became of it."""
    query = (
        sa.select(message.c.enrollment_id, message.c.step, sa.func.max(message.c.visit))
        .where(message.c.enrollment_id.in_(list(run_ids)))
        .group_by(message.c.enrollment_id, message.c.step)
    )
    found: dict[int, dict[str, int]] = {}
    for run_id, step, visit in conn.execute(query):
        found.setdefault(run_id, {})[step] = visit
    return found


def leaving(conn: Connection, campaign_id: int) -> int:
    """How many of its mails are in a provider's hands: they keep their version."""
    query = sa.select(sa.func.count()).where(
        message.c.campaign_id == campaign_id, message.c.state.in_(("in_flight", "in_doubt"))
    )
    return conn.execute(query).scalar_one()


_AS_READ = sa.select(enrollment.c.id, enrollment.c.revision).where(
    enrollment.c.id.in_(bindparam("run_ids", expanding=True))
)


def lock_as_read(conn: Connection, rows: Sequence[DueRow]) -> set[int]:
    """Locks the runs; gives the ids of those that are as they were read."""
    lock_ids(conn, enrollment, [row.id for row in rows])
    read = {row.id: row.revision for row in rows}
    found = conn.execute(_AS_READ, {"run_ids": list(read)})
    return {row_id for row_id, revision in found if read[row_id] == revision}


_MOVE = (
    sa.update(enrollment)
    .where(enrollment.c.id == bindparam("row_id"))
    .values(
        version_id=bindparam("to_version"),
        state=bindparam("to_state"),
        step=bindparam("to_step"),
        visit=bindparam("to_visit"),
        visits=bindparam("to_visits"),
        since=bindparam("to_since"),
        due_at=bindparam("to_due"),
        held_at=bindparam("to_held"),
        guard=bindparam("to_guard"),
        ended_at=bindparam("to_ended"),
        reason=bindparam("to_reason"),
        revision=enrollment.c.revision + 1,
    )
)


def move(conn: Connection, moves: Sequence[Mapping[str, Any]]) -> None:
    """Each mapping: what `enrollment_moves.move` takes, and to_version. The rows are locked before."""
    if moves:
        conn.execute(_MOVE, sorted(moves, key=lambda each: each["row_id"]))


@dataclass(frozen=True, slots=True)
class PutOff:
    """A mail that the provider asked us to come back with, and that certainly did not go."""

    id: int
    version_id: int
    step: str
    mail: str


def put_off(conn: Connection, campaign_id: int, number: int, limit: int) -> list[PutOff]:
    """Those of older versions whose run goes on in a newer one; taken in hand where the database locks rows."""
    _, older = _older(campaign_id, number)
    versions = sa.select(campaign_version.c.id).where(
        campaign_version.c.campaign_id == campaign_id, campaign_version.c.number < number
    )
    query = (
        sa.select(*(message.c[name] for name in PutOff.__dataclass_fields__))
        .join(enrollment, enrollment.c.id == message.c.enrollment_id)
        .where(
            message.c.campaign_id == campaign_id,
            message.c.state == sa.literal_column("'planned'"),
            message.c.tries == 0,
            message.c.version_id.in_(versions),
            ~older,
        )
        .order_by(message.c.id)
        .limit(limit)
    )
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(of=message, skip_locked=True)
    return [PutOff(*row) for row in conn.execute(query)]


_REPRINT = (
    sa.update(message)
    .where(message.c.id == bindparam("row_id"))
    .values(version_id=bindparam("to_version"), mail=bindparam("to_mail"), fence=message.c.fence + 1)
)


def reprint(conn: Connection, mails: Mapping[int, str], version_id: int) -> None:
    """They go out in this version: message id to mail. A new fence, so that whoever has read them reads again."""
    if mails:
        rows = [{"row_id": key, "to_version": version_id, "to_mail": mail} for key, mail in sorted(mails.items())]
        conn.execute(_REPRINT, rows)
