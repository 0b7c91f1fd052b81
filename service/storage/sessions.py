"""Where people are signed in. A session stands while its number is the account's: raising that one ends them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import desk_session, second_step, user_account
from service.storage.users import ROW, UserRow


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`role`: the account's when the session got its present key."""

    id: int
    user_id: int
    role: str
    device: str
    started_at: int
    seen_at: int
    proved_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A session, whose it is, and whether the account is asked for codes."""

    session: SessionRow
    user: UserRow
    codes: bool


_c = desk_session.c
_ROW = [_c[name] for name in SessionRow.__dataclass_fields__]
_STANDS = (_c.session_no == user_account.c.session_no) & user_account.c.ended_at.is_(None)


def begin(conn: Connection, user: UserRow, key_digest: str, device: str, now: int) -> int:
    session_id = ids.new()
    whose = {"user_id": user.id, "session_no": user.session_no, "role": user.role}
    at = dict.fromkeys(("started_at", "seen_at", "proved_at"), now)
    conn.execute(sa.insert(desk_session).values(id=session_id, key_digest=key_digest, device=device, **whose, **at))
    return session_id


def standing(conn: Connection, key_digest: str) -> Standing | None:
    """The session with that key, unless it was ended; whether it is too old is for the caller to say."""
    query = (
        sa.select(*_ROW, second_step.c.on_at, *ROW)
        .join(user_account, user_account.c.id == _c.user_id)
        .outerjoin(second_step, second_step.c.user_id == _c.user_id)
        .where((_c.key_digest == key_digest) & _STANDS)
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    parts, mine = tuple(row), len(_ROW)
    return Standing(SessionRow(*parts[:mine]), UserRow(*parts[mine + 1 :]), parts[mine] is not None)


def of_user(conn: Connection, user_id: int, begun_after: int, seen_after: int) -> list[SessionRow]:
    """Those that stand and are not too old, seen last first."""
    query = sa.select(*_ROW).join(user_account, user_account.c.id == _c.user_id)
    young = (_c.started_at > begun_after) & (_c.seen_at > seen_after)
    return [
        SessionRow(*row)
        for row in conn.execute(
            query.where((_c.user_id == user_id) & _STANDS & young).order_by(_c.seen_at.desc(), _c.id)
        )
    ]


def change(conn: Connection, session_id: int, **values: Any) -> None:
    conn.execute(sa.update(desk_session).where(_c.id == session_id).values(**values))


def end(conn: Connection, user_id: int, session_id: int) -> bool:
    """False for somebody else's."""
    mine = (_c.id == session_id) & (_c.user_id == user_id)
    return conn.execute(sa.delete(desk_session).where(mine)).rowcount == 1


def end_all(conn: Connection, user_id: int, but: int | None = None) -> None:
    """`but`: the one that stays."""
    others = (_c.user_id == user_id) if but is None else (_c.user_id == user_id) & (_c.id != but)
    conn.execute(sa.delete(desk_session).where(others))


def end_everybodys(conn: Connection) -> None:
    conn.execute(sa.delete(desk_session))


def forget(conn: Connection, user_id: int, session_no: int, begun_before: int, seen_before: int) -> None:
    """The account's that are over."""
    old = (_c.session_no != session_no) | (_c.started_at <= begun_before) | (_c.seen_at <= seen_before)
    conn.execute(sa.delete(desk_session).where((_c.user_id == user_id) & old))
