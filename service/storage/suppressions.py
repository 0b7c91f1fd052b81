"""Suppressions: addresses that must not be written to, for one clinic or (clinic_id None) the whole installation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.storage import bulk, ids
from service.storage.either_way import listed
from service.storage.inserts import insert_new
from service.storage.tables import suppression


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """`reason`: unsubscribed, hard-bounce, invalid, complaint or by-hand. `lifted_at` None: it stands.
    `lift_at`: when the provider's own list is asked next to let go of the address."""

    id: int
    clinic_id: int | None
    email_key: str
    reason: str
    at: int
    message_id: int | None
    lifted_at: int | None
    lift_at: int | None


_ROW = [suppression.c[column.name] for column in fields(SuppressionRow)]
_ANYWHERE = (
    sa.select(*_ROW)
    .where(listed(suppression.c.email_key, "email_keys"), suppression.c.lifted_at.is_(None))
    .order_by(suppression.c.at, suppression.c.id)
)


def suppress(
    conn: Connection, clinic_id: int | None, email_key: str, reason: str, at: int, *, message_id: int | None = None
) -> bool:
    """True when it is new; False when the same one stands already."""
    row = {"id": ids.new(), "clinic_id": clinic_id, "email_key": email_key, "reason": reason, "at": at}
    return insert_new(conn, suppression, {**row, "message_id": message_id, "lifted_at": None, "lift_at": None})


def suppress_many(conn: Connection, clinic_id: int, stops: Sequence[tuple[str, str]], at: int) -> None:
    """`stops`: address and reason; what stands already stays as it is, and the provider is asked to lift none of it."""
    taken = ids.take(len(stops))
    rows = [(row_id, clinic_id, key, reason, at) for row_id, (key, reason) in zip(taken, stops, strict=True)]
    bulk.claim_rows(conn, suppression, ("id", "clinic_id", "email_key", "reason", "at"), rows, "id")
    mine = (suppression.c.clinic_id == clinic_id, suppression.c.lifted_at.is_(None))
    due = (listed(suppression.c.email_key, "email_keys"), suppression.c.lift_at.is_not(None))
    conn.execute(
        sa.update(suppression).where(*mine, *due).values(lift_at=None), {"email_keys": [key for key, _ in stops]}
    )


def lift(conn: Connection, clinic_id: int | None, email_key: str, reason: str, at: int) -> bool:
    """True when one stood. The row stays, with the instant it was lifted."""
    same = suppression.c.clinic_id.is_(None) if clinic_id is None else suppression.c.clinic_id == clinic_id
    lifted = conn.execute(
        sa.update(suppression)
        .where(same, suppression.c.email_key == email_key, suppression.c.reason == reason)
        .where(suppression.c.lifted_at.is_(None))
        .values(lifted_at=at)
    )
    return lifted.rowcount > 0


def ask_provider(conn: Connection, clinic_id: int, email_key: str, reason: str, at: int | None) -> bool:
    """Notes on what stands that the provider is asked to let go at `at`, and meanwhile it stands; None: it is asked no
    more. True when one stood."""
    noted = conn.execute(
        sa.update(suppression)
        .where(suppression.c.clinic_id == clinic_id, suppression.c.email_key == email_key)
        .where(suppression.c.reason == reason, suppression.c.lifted_at.is_(None))
        .values(lift_at=at)
    )
    return noted.rowcount > 0


def to_lift(conn: Connection, now: int, limit: int) -> list[SuppressionRow]:
    """Those that the provider is to be asked about now, longest due first."""
    query = sa.select(*_ROW).where(suppression.c.lift_at <= now).order_by(suppression.c.lift_at, suppression.c.id)
    return [SuppressionRow(*row) for row in conn.execute(query.limit(limit))]


def ask_later(conn: Connection, suppression_id: int, at: int) -> None:
    """The provider could not be asked: again at `at`, unless that was called off meanwhile."""
    mine = sa.and_(suppression.c.id == suppression_id, suppression.c.lift_at.is_not(None))
    conn.execute(sa.update(suppression).where(mine).values(lift_at=at))


def lifted_there(conn: Connection, suppression_id: int, at: int) -> bool:
    """The provider has let go: it is lifted here too. False when that was called off meanwhile."""
    mine = sa.and_(suppression.c.id == suppression_id, suppression.c.lift_at.is_not(None))
    done = conn.execute(sa.update(suppression).where(mine).values(lift_at=None, lifted_at=at))
    return done.rowcount > 0


def standing(conn: Connection, clinic_id: int, email_key: str) -> list[SuppressionRow]:
    """What stands against the address at this clinic, the installation's own included; oldest first."""
    return standing_for(conn, clinic_id, [email_key]).get(email_key, [])


def standing_for(conn: Connection, clinic_id: int, email_keys: Collection[str]) -> dict[str, list[SuppressionRow]]:
    """The same for many addresses at once; an address without any is left out."""
    found: dict[str, list[SuppressionRow]] = {}
    for row in _select(conn, suppression.c.email_key.in_(list(email_keys)), _here(clinic_id)):
        found.setdefault(row.email_key, []).append(row)
    return found


def standing_anywhere(conn: Connection, email_keys: Collection[str]) -> dict[str, list[SuppressionRow]]:
    """What stands against addresses at any clinic, for a batch of several: whoever asks looks at `clinic_id`."""
    found: dict[str, list[SuppressionRow]] = {}
    if not email_keys:
        return found
    for values in conn.execute(_ANYWHERE, {"email_keys": email_keys}):
        row = SuppressionRow(*values)
        found.setdefault(row.email_key, []).append(row)
    return found


def history(conn: Connection, clinic_id: int, email_key: str) -> list[SuppressionRow]:
    """All there ever was, lifted ones too; oldest first."""
    return list(_select(conn, suppression.c.email_key == email_key, _here(clinic_id), standing_only=False))


def _here(clinic_id: int) -> ColumnElement[bool]:
    return sa.or_(suppression.c.clinic_id == clinic_id, suppression.c.clinic_id.is_(None))


def _select(conn: Connection, *conditions: ColumnElement[bool], standing_only: bool = True) -> Iterable[SuppressionRow]:
    query = sa.select(*_ROW).where(*conditions).order_by(suppression.c.at, suppression.c.id)
    if standing_only:
        query = query.where(suppression.c.lifted_at.is_(None))
    return (SuppressionRow(*row) for row in conn.execute(query))
