"""What came back as mail: every authentic one as it came, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
from service.storage.tables import clinic, incoming_mail, message

WAITING, PROCESSED, UNREADABLE = "waiting", "processed", "unreadable"


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """`kind`: reply, automatic, report or stop, once it was read. `message_id`: the mail of ours that it answers."""

    id: int
    clinic_id: int | None
    channel: str
    received_at: int
    content_type: str
    body: bytes = field(repr=False)
    state: str
    kind: str | None
    reason: str | None
    message_id: int | None
    lead_id: int | None
    processed_at: int | None
    seen_at: int | None


_ROW = [incoming_mail.c[column.name] for column in fields(IncomingRow)]
_BODILESS = [column if column.name != "body" else sa.literal(b"").label("body") for column in _ROW]
_BY_ID = sa.select(*_ROW).where(incoming_mail.c.id == sa.bindparam("mail_id"))
# What nobody could place, or read, and nobody has looked after yet.
_ASKS = sa.and_(
    sa.or_(
        incoming_mail.c.state == UNREADABLE,
        sa.and_(incoming_mail.c.kind == "reply", incoming_mail.c.lead_id.is_(None)),
    ),
    incoming_mail.c.seen_at.is_(None),
)


def add(conn: Connection, *, channel: str, external_id: str, content_type: str, body: bytes, now: int) -> int | None:
    """Keeps a mail and gives its id; None when this channel has brought it before."""
    mail_id = ids.new()
    values = {"channel": channel, "external_id": external_id, "content_type": content_type, "body": body}
    row = {**values, "id": mail_id, "received_at": now, "state": WAITING}
    return mail_id if insert_new(conn, incoming_mail, row) else None


def find(conn: Connection, mail_id: int) -> IncomingRow | None:
    row = conn.execute(_BY_ID, {"mail_id": mail_id}).first()
    return IncomingRow(*row) if row else None


def claim(conn: Connection, mail_id: int, now: int) -> bool:
    """Takes a waiting mail in hand, inside the transaction that acts on it. False when another was first."""
    waits = (incoming_mail.c.id == mail_id, incoming_mail.c.state == WAITING)
    taken = conn.execute(sa.update(incoming_mail).where(*waits).values(state=PROCESSED, processed_at=now))
    return taken.rowcount == 1


def settle(conn: Connection, mail_id: int, **values: Any) -> None:
    """Says what became of it: state, kind, reason, clinic_id, lead_id, message_id."""
    conn.execute(sa.update(incoming_mail).where(incoming_mail.c.id == mail_id).values(**values))


def reopen(conn: Connection, mail_id: int) -> bool:
    """One that could not be read, or that nobody was found for, waits to be read again."""
    lost = sa.and_(incoming_mail.c.state == PROCESSED, incoming_mail.c.lead_id.is_(None))
    mine = (
        incoming_mail.c.id == mail_id,
        sa.or_(incoming_mail.c.state == UNREADABLE, lost),
        sa.func.length(incoming_mail.c.body) > 0,
    )
    done = conn.execute(sa.update(incoming_mail).where(*mine).values(state=WAITING, reason=None, processed_at=None))
    return done.rowcount == 1


def waiting(conn: Connection, limit: int = 500) -> list[int]:
    """The ids of waiting mails, oldest first."""
    query = sa.select(incoming_mail.c.id).where(incoming_mail.c.state == sa.literal_column("'waiting'"))
    return list(conn.execute(query.order_by(incoming_mail.c.received_at, incoming_mail.c.id).limit(limit)).scalars())


def to_look_after(conn: Connection, clinic_id: int, limit: int = 50) -> list[IncomingRow]:
    """Those of the clinic that a person must place or read, newest first, without their bodies."""
    query = sa.select(*_BODILESS).where(incoming_mail.c.clinic_id == clinic_id, _ASKS)
    rows = conn.execute(query.order_by(incoming_mail.c.received_at.desc(), incoming_mail.c.id.desc()).limit(limit))
    return [IncomingRow(*row) for row in rows]


def counting(clinic_id: int) -> sa.Select[int]:
    """How many those are, as a query."""
    return sa.select(sa.func.count()).select_from(incoming_mail).where(incoming_mail.c.clinic_id == clinic_id, _ASKS)


def count_to_look_after(conn: Connection, clinic_id: int) -> int:
    return conn.execute(counting(clinic_id)).scalar_one()


def see(conn: Connection, mail_id: int, now: int) -> None:
    """Somebody has looked after it."""
    mine = (incoming_mail.c.id == mail_id, incoming_mail.c.seen_at.is_(None))
    conn.execute(sa.update(incoming_mail).where(*mine).values(seen_at=now))


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of ours that somebody answers."""

    message_id: int
    clinic_id: int
    lead_id: int


_ANSWERED = sa.select(message.c.id, message.c.clinic_id, message.c.lead_id)


def answered(conn: Connection, *, ref: str | None = None, message_id: int | None = None) -> Answered | None:
    """By its ref or its id."""
    named = message.c.ref == ref if ref is not None else message.c.id == message_id
    row = conn.execute(_ANSWERED.where(named)).first()
    return Answered(*row) if row else None


def clinics_of(conn: Connection, addresses: list[str]) -> list[int]:
    """The clinics that are written to at one of these addresses (in small letters); all of them, the oldest first,
    where none is."""
    everyone = sa.select(clinic.c.id).order_by(clinic.c.created_at, clinic.c.id)
    named = sa.or_(sa.func.lower(clinic.c.reply_to).in_(addresses), sa.func.lower(clinic.c.from_email).in_(addresses))
    return list(conn.execute(everyone.where(named)).scalars()) or list(conn.execute(everyone).scalars())
