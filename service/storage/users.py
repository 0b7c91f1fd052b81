"""Those who sign in to the desk."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
from service.storage.tables import user_account

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class UserRow:
    """`email` is kept folded to one case. A session names its `session_no`: raising it ends every session."""

    id: int
    clinic_id: int
    email: str
    name: str
    password_hash: str = field(repr=False)
    role: str
    session_no: int
    created_at: int
    last_login_at: int | None


_ROW = [user_account.c[name] for name in UserRow.__dataclass_fields__]


def find(conn: Connection, user_id: int) -> UserRow | None:
    row = conn.execute(sa.select(*_ROW).where(user_account.c.id == user_id)).first()
    return UserRow(*row) if row else None


def by_email(conn: Connection, email: str) -> UserRow | None:
    row = conn.execute(sa.select(*_ROW).where(user_account.c.email == email.strip().casefold())).first()
    return UserRow(*row) if row else None


def anybody(conn: Connection) -> bool:
    """Whether there is an account at all; without one the desk opens with its first-use page."""
    return conn.execute(sa.select(user_account.c.id).limit(1)).first() is not None


def first_owner(conn: Connection) -> UserRow | None:
    query = sa.select(*_ROW).where(user_account.c.role == OWNER).order_by(user_account.c.created_at, user_account.c.id)
    row = conn.execute(query.limit(1)).first()
    return UserRow(*row) if row else None


def of_clinic(conn: Connection, clinic_id: int) -> list[UserRow]:
    query = sa.select(*_ROW).where(user_account.c.clinic_id == clinic_id).order_by(user_account.c.name)
    return [UserRow(*row) for row in conn.execute(query)]


def add(conn: Connection, clinic_id: int, *, email: str, name: str, password_hash: str, role: str, now: int) -> int:
    """Raises ValueError when the address has an account already."""
    user_id = ids.new()
    values = {"id": user_id, "clinic_id": clinic_id, "email": email.strip().casefold(), "name": name, "role": role}
    if not insert_new(conn, user_account, {**values, "password_hash": password_hash, "created_at": now}):
        raise ValueError("this address has an account already: sign in with it, or choose another")
    return user_id


def note_login(conn: Connection, user_id: int, now: int) -> None:
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(last_login_at=now))


def note_sign_out(conn: Connection, user_id: int, now: int) -> None:
    """Ends every session that stands, also the copy of a cookie on another machine."""
    conn.execute(
        sa.update(user_account)
        .where(user_account.c.id == user_id)
        .values(signed_out_at=now, session_no=user_account.c.session_no + 1)
    )


def set_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Ends every session that stands."""
    conn.execute(
        sa.update(user_account)
        .where(user_account.c.id == user_id)
        .values(password_hash=password_hash, session_no=user_account.c.session_no + 1)
    )


def renew_hash(conn: Connection, user_id: int, password_hash: str) -> None:
    """The same password, hashed by today's measure; sessions stay."""
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(password_hash=password_hash))
