"""Those who sign in to the desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    ended_at: int | None = None
    news: Mapping[str, str] | None = field(default=None, hash=False)
    list_columns: Sequence[str] | None = field(default=None, hash=False)

    @property
    def invited(self) -> bool:
        """Has chosen no password yet."""
        return not self.password_hash


ROW = [user_account.c[name] for name in UserRow.__dataclass_fields__]


def find(conn: Connection, user_id: int) -> UserRow | None:
    row = conn.execute(sa.select(*ROW).where(user_account.c.id == user_id)).first()
    return UserRow(*row) if row else None


def by_email(conn: Connection, email: str) -> UserRow | None:
    row = conn.execute(sa.select(*ROW).where(user_account.c.email == email.strip().casefold())).first()
    return UserRow(*row) if row else None


def anybody(conn: Connection) -> bool:
    """Whether there is an account at all; without one the desk opens with its first-use page."""
    return conn.execute(sa.select(user_account.c.id).limit(1)).first() is not None


def first_owner(conn: Connection) -> UserRow | None:
    query = sa.select(*ROW).where(user_account.c.role == OWNER).order_by(user_account.c.created_at, user_account.c.id)
    row = conn.execute(query.limit(1)).first()
    return UserRow(*row) if row else None


def of_clinic(conn: Connection, clinic_id: int) -> list[UserRow]:
    query = sa.select(*ROW).where(user_account.c.clinic_id == clinic_id).order_by(user_account.c.name)
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


def set_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Ends every session that stands."""
    conn.execute(
        sa.update(user_account)
        .where(user_account.c.id == user_id)
        .values(password_hash=password_hash, session_no=user_account.c.session_no + 1)
    )


def owners_at_work(conn: Connection, clinic_id: int) -> set[int]:
    """Who can sign in as an owner; locked, so that no two take the last one's role at the same time."""
    mine = (user_account.c.clinic_id == clinic_id) & (user_account.c.role == OWNER)
    can = user_account.c.ended_at.is_(None) & (user_account.c.password_hash != "")
    return set(conn.execute(sa.select(user_account.c.id).where(mine & can).with_for_update()).scalars())


def set_role(conn: Connection, user_id: int, role: str) -> None:
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(role=role))


def end(conn: Connection, user_id: int, now: int | None) -> None:
    """Ends every session that stands; None takes it back."""
    conn.execute(
        sa.update(user_account)
        .where(user_account.c.id == user_id)
        .values(ended_at=now, session_no=user_account.c.session_no + 1)
    )


def renew_hash(conn: Connection, user_id: int, password_hash: str) -> None:
    """The same password, hashed by today's measure; sessions stay."""
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(password_hash=password_hash))


def choose_columns(conn: Connection, user_id: int, columns: Sequence[str]) -> None:
    """Which columns of the list of people they see."""
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(list_columns=list(columns)))


def choose_news(conn: Connection, user_id: int, chosen: Mapping[str, str]) -> None:
    """By kind of news, when it is told by mail."""
    conn.execute(sa.update(user_account).where(user_account.c.id == user_id).values(news=dict(chosen)))


def at_work(conn: Connection, clinic_ids: Collection[int]) -> list[UserRow]:
    """Who can sign in, of those clinics."""
    c = user_account.c
    can = c.clinic_id.in_(clinic_ids) & c.ended_at.is_(None) & (c.password_hash != "")
    return [UserRow(*row) for row in conn.execute(sa.select(*ROW).where(can).order_by(c.id))]
