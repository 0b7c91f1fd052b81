"""Links by which the clinic's people come in, and the mails that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import staff_link, user_account


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: int
    clinic_id: int
    user_id: int
    kind: str
    expires_at: int
    used_at: int | None
    tries: int


@dataclass(frozen=True, slots=True)
class MailDue:
    """A link on its way. `tries` counts this one."""

    link_id: int
    clinic_id: int
    kind: str
    to: str
    tries: int


NEWS = "news"
_IN = staff_link.c.kind != NEWS
_ROW = [staff_link.c[name] for name in LinkRow.__dataclass_fields__]


def add(
    conn: Connection, clinic_id: int, user_id: int, kind: str, *, by: int | None, now: int, lasts: int, mail: bool
) -> int:
    """Whatever link the account had before works no more. Without `mail` it is handed over by hand."""
    older = (staff_link.c.user_id == user_id) & staff_link.c.used_at.is_(None) & (staff_link.c.expires_at > now) & _IN
    conn.execute(sa.update(staff_link).where(older).values(expires_at=now))
    return _put(conn, clinic_id, user_id, kind, by=by, now=now, lasts=lasts, mail=mail)


def add_news(conn: Connection, clinic_id: int, user_id: int, now: int, lasts: int) -> int:
    """A mail that says that there is news, and no more; its link lets nobody in who has not signed in."""
    return _put(conn, clinic_id, user_id, NEWS, by=None, now=now, lasts=lasts, mail=True)


def _put(
    conn: Connection, clinic_id: int, user_id: int, kind: str, *, by: int | None, now: int, lasts: int, mail: bool
) -> int:
    link_id = ids.new()
    values = {"id": link_id, "clinic_id": clinic_id, "user_id": user_id, "by_user": by, "kind": kind, "at": now}
    done = {} if mail else {"mailed_at": now, "outcome": "by-hand"}
    conn.execute(sa.insert(staff_link).values(expires_at=now + lasts, **values, **done))
    return link_id


def find(conn: Connection, link_id: int) -> LinkRow | None:
    row = conn.execute(sa.select(*_ROW).where(staff_link.c.id == link_id)).first()
    return LinkRow(*row) if row else None


def use(conn: Connection, link_id: int, now: int) -> bool:
    """False when it was used before, or is over."""
    stands = staff_link.c.used_at.is_(None) & (staff_link.c.expires_at > now)
    done = conn.execute(sa.update(staff_link).where((staff_link.c.id == link_id) & stands).values(used_at=now))
    return done.rowcount == 1


def newest(conn: Connection, user_ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """By user: until when the last link works, and what became of its mail."""
    query = sa.select(staff_link.c.user_id, staff_link.c.expires_at, staff_link.c.outcome)
    found = conn.execute(
        query.where(staff_link.c.user_id.in_(user_ids), _IN).order_by(staff_link.c.at, staff_link.c.id)
    )
    return {user: (until, outcome) for user, until, outcome in found}


def take(conn: Connection, now: int, until: int, most: int) -> list[MailDue]:
    """Mails that are due, in our hands alone until `until`."""
    c = staff_link.c
    free = c.mailed_at.is_(None) & (c.expires_at > now) & (c.leased_until.is_(None) | (c.leased_until <= now))
    due = sa.select(c.id, c.clinic_id, c.kind, user_account.c.email, c.tries + 1).join(
        user_account, user_account.c.id == c.user_id
    )
    rows = [MailDue(*row) for row in conn.execute(due.where(free).order_by(c.at).limit(most))]
    taken = []
    for row in rows:
        mine = (c.id == row.link_id) & free & (c.tries == row.tries - 1)
        if conn.execute(sa.update(staff_link).where(mine).values(leased_until=until, tries=row.tries)).rowcount:
            taken.append(row)
    return taken


def any_due(conn: Connection, now: int) -> bool:
    c = staff_link.c
    free = c.mailed_at.is_(None) & (c.expires_at > now) & (c.leased_until.is_(None) | (c.leased_until <= now))
    return conn.execute(sa.select(c.id).where(free).limit(1)).first() is not None


def finish(conn: Connection, row: MailDue, outcome: str, now: int) -> None:
    mine = (staff_link.c.id == row.link_id) & (staff_link.c.tries == row.tries)
    conn.execute(sa.update(staff_link).where(mine).values(mailed_at=now, outcome=outcome))


def put_off(conn: Connection, row: MailDue, until: int) -> None:
    mine = (staff_link.c.id == row.link_id) & (staff_link.c.tries == row.tries)
    conn.execute(sa.update(staff_link).where(mine).values(leased_until=until))
