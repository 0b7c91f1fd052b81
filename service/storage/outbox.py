"""The mailbox of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.domain.outbox_mail import OutboxMail
from service.storage import ids
from service.storage.tables import outbox

_MAIL = [outbox.c[name] for name in ("ref", "to_email", "subject", "headers", "html", "text", "calendar", "at")]
_PUT = {
    dialect: insert(outbox).on_conflict_do_nothing(index_elements=["ref"])
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def put(conn: Connection, mails: Sequence[OutboxMail]) -> None:
    """Keeps the mails; one that is there already stays as it was."""
    if not mails:
        return
    rows = [
        {
            "id": number,
            "ref": mail.ref,
            "to_email": mail.to,
            "subject": mail.subject,
            "headers": dict(mail.headers),
            "html": mail.html,
            "text": mail.text,
            "calendar": mail.calendar,
            "at": mail.at,
        }
        for number, mail in zip(ids.take(len(mails)), mails, strict=True)
    ]
    conn.execute(_PUT[conn.dialect.name], rows)


def known(conn: Connection, refs: Sequence[str]) -> set[str]:
    """Those of the refs that the mailbox has."""
    return set(conn.execute(sa.select(outbox.c.ref).where(outbox.c.ref.in_(refs))).scalars())


def get(conn: Connection, ref: str) -> OutboxMail | None:
    row = conn.execute(sa.select(*_MAIL).where(outbox.c.ref == ref)).first()
    return _mail(row) if row else None


def newest(conn: Connection, limit: int, to: str | None = None, since: int | None = None) -> list[OutboxMail]:
    """Newest first; `to` an address, `since` an instant to begin at."""
    query = sa.select(*_MAIL).order_by(outbox.c.at.desc(), outbox.c.id.desc()).limit(limit)
    if to is not None:
        query = query.where(outbox.c.to_email.in_({to, to.lower()}))
    if since is not None:
        query = query.where(outbox.c.at >= since)
    return [_mail(row) for row in conn.execute(query)]


def _mail(row: Sequence[Any]) -> OutboxMail:
    return OutboxMail(*row)
