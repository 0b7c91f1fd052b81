"""Where people are signed in: begun, kept, shown again who it is, and ended."""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import blake2b

from sqlalchemy.exc import OperationalError

from service.domain.session_age import IDLE, LONGEST, NOTED, over
from service.storage import audits, sessions, users
from service.storage.sessions import SessionRow, Standing
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.passwords import matches
from service.usecases.second_step import take_code

PATIENCE = 0.2  # seconds


def begin_session(kit: Kit, user: UserRow, device: str) -> str:
    """Gives the key that the browser keeps. Times are the machine's own: a demo's clock runs ahead of it."""
    key, now = secrets.token_urlsafe(32), kit.wall()
    with kit.db.write() as conn:
        sessions.forget(conn, user.id, user.session_no, now - LONGEST, now - IDLE)
        sessions.begin(conn, user, _digest(key), device, now)
        users.note_login(conn, user.id, kit.clock())
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "signed in", "user", {})
    return key


def look_up(kit: Kit, key: str) -> Standing | None:
    """None for one that was ended or is too old."""
    with kit.db.read() as conn:
        found = sessions.standing(conn, _digest(key))
    stale = found is None or over(found.session.started_at, found.session.seen_at, kit.wall())
    return None if stale else found


def note_seen(kit: Kit, session: SessionRow) -> None:
    """Where the database is busy the next page notes it: nobody waits for this."""
    now = kit.wall()
    if now - session.seen_at >= NOTED:
        with suppress(OperationalError), kit.db.write(PATIENCE) as conn:
            sessions.change(conn, session.id, seen_at=now)


def renew_key(kit: Kit, session: SessionRow, role: str, proved: bool = False) -> str:
    """A new key for the same session; whoever holds the old one is out."""
    key = secrets.token_urlsafe(32)
    shown = {"proved_at": kit.wall()} if proved else {}
    with kit.db.write() as conn:
        sessions.change(conn, session.id, key_digest=_digest(key), role=role, **shown)
    return key


def prove(kit: Kit, user: UserRow, given: str) -> bool:
    """Whether it is the account's password, or a code of its phone."""
    return take_code(kit, user, given) or matches(user.password_hash, given)


def where_signed_in(kit: Kit, user: UserRow) -> list[SessionRow]:
    now = kit.wall()
    with kit.db.read() as conn:
        return sessions.of_user(conn, user.id, now - LONGEST, now - IDLE)


def end_session(kit: Kit, user: UserRow, session_id: int) -> bool:
    """False for one that is over already, or somebody else's."""
    with kit.db.write() as conn:
        ended = sessions.end(conn, user.id, session_id)
        if ended:
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "signed out", "user", {})
    return ended


def end_others(kit: Kit, user: UserRow, but: int | None) -> None:
    """`but`: the session that stays; none: it ends as well."""
    with kit.db.write() as conn:
        sessions.end_all(conn, user.id, but)
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "signed out elsewhere", "user", {})


def _digest(key: str) -> str:
    return blake2b(key.encode(), digest_size=32, person=b"desk session").hexdigest()
