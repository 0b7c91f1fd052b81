"""Signing in to the desk and out of it, and changing one's password."""

from __future__ import annotations

from service.storage import audits, users
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.passwords import hash_password, is_old, matches


class WrongPassword(Exception):
    """The password that stands was not given."""


def sign_in(kit: Kit, email: str, password: str) -> UserRow | None:
    """The account, or None: the same answer and the same time whether the account or the password is wrong."""
    with kit.db.read() as conn:
        user = users.by_email(conn, email)
    if not matches(user.password_hash if user else None, password) or user is None:
        return None
    now = kit.clock()
    with kit.db.write() as conn:
        users.note_login(conn, user.id, now)
        if is_old(user.password_hash):
            users.renew_hash(conn, user.id, hash_password(password))
        audits.record(conn, user.clinic_id, user.id, now, "signed in", "user", {})
    return user


def sign_out(kit: Kit, user: UserRow) -> None:
    """Ends every sign-in of the account that stands, wherever its cookie may have been copied to."""
    now = kit.clock()
    with kit.db.write() as conn:
        users.note_sign_out(conn, user.id, now)
        audits.record(conn, user.clinic_id, user.id, now, "signed out", "user", {})


def change_password(kit: Kit, user_id: int, old: str, new: str) -> UserRow:
    """Ends all of the account's sessions; the row's new `session_no` keeps the present one. Raises WrongPassword, and
    ValueError for a new password that will not do."""
    with kit.db.read() as conn:
        user = users.find(conn, user_id)
    if user is None or not matches(user.password_hash, old):
        raise WrongPassword
    hashed = hash_password(new)
    with kit.db.write() as conn:
        users.set_password(conn, user_id, hashed)
        audits.record(conn, user.clinic_id, user_id, kit.clock(), "password changed", "user", {})
        changed = users.find(conn, user_id)
    if changed is None:
        raise WrongPassword
    return changed
