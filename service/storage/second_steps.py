"""The codes of somebody's phone, and the codes for whoever lost it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import recovery_code, second_step, user_account


@dataclass(frozen=True, slots=True)
class StepRow:
    user_id: int
    sealed: str = field(repr=False)
    on_at: int | None
    last_step: int


_ROW = [second_step.c[name] for name in StepRow.__dataclass_fields__]


def find(conn: Connection, user_id: int) -> StepRow | None:
    row = conn.execute(sa.select(*_ROW).where(second_step.c.user_id == user_id)).first()
    return StepRow(*row) if row else None


def prepare(conn: Connection, user_id: int, sealed: str) -> None:
    """A secret that is asked for nowhere yet, in the place of another such one."""
    conn.execute(sa.delete(second_step).where(second_step.c.user_id == user_id, second_step.c.on_at.is_(None)))
    conn.execute(sa.insert(second_step).values(user_id=user_id, sealed=sealed))


def switch_on(conn: Connection, user_id: int, sealed: str, step: int, now: int) -> bool:
    """False when another secret was prepared meanwhile, or it is on already."""
    mine = (second_step.c.user_id == user_id) & (second_step.c.sealed == sealed) & second_step.c.on_at.is_(None)
    return conn.execute(sa.update(second_step).where(mine).values(on_at=now, last_step=step)).rowcount == 1


def use(conn: Connection, user_id: int, step: int) -> bool:
    """False when the code of that half minute, or a later one, was used before."""
    newer = (second_step.c.user_id == user_id) & (second_step.c.last_step < step)
    return conn.execute(sa.update(second_step).where(newer).values(last_step=step)).rowcount == 1


def remove(conn: Connection, user_id: int) -> bool:
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
    return conn.execute(sa.delete(second_step).where(second_step.c.user_id == user_id)).rowcount == 1


def with_codes(conn: Connection, clinic_id: int) -> set[int]:
    """The clinic's people who are asked for one."""
    mine = sa.select(second_step.c.user_id).join(user_account, user_account.c.id == second_step.c.user_id)
    asked = (user_account.c.clinic_id == clinic_id) & second_step.c.on_at.is_not(None)
    return set(conn.execute(mine.where(asked)).scalars())


def replace_recovery(conn: Connection, user_id: int, hashes: Iterable[str]) -> None:
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
    rows = [{"id": ids.new(), "user_id": user_id, "code_hash": each} for each in hashes]
    conn.execute(sa.insert(recovery_code), rows)


def recovery(conn: Connection, user_id: int) -> list[tuple[int, str]]:
    """Those that were not used: id and hash."""
    query = sa.select(recovery_code.c.id, recovery_code.c.code_hash).where(recovery_code.c.user_id == user_id)
    return [(code_id, code_hash) for code_id, code_hash in conn.execute(query)]


def use_recovery(conn: Connection, code_id: int) -> bool:
    """False when it was used meanwhile."""
    return conn.execute(sa.delete(recovery_code).where(recovery_code.c.id == code_id)).rowcount == 1
