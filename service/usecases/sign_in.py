"""The password: given at the desk's door, and changed."""

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
    if not matches(user.password_hash if user else None, password) or user is None or user.ended_at is not None:
        return None
    if is_old(user.password_hash):
        with kit.db.write() as conn:
            users.renew_hash(conn, user.id, hash_password(password))
    return user


def change_password(kit: Kit, user_id: int, old: str, new: str) -> UserRow:
    """Ends all of the account's sessions; the row's new `session_no` begins the next one. Raises WrongPassword, and
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
