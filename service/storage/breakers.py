"""What every worker knows of a provider: whether it is left alone for now. A provider that always answered has no
row."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.domain.breaker import Breaker
from service.storage.tables import breaker

_COLUMNS = [breaker.c[name] for name in Breaker.__dataclass_fields__]
_OF = sa.select(*_COLUMNS).where(breaker.c.provider == sa.bindparam("provider"))


def get(conn: Connection, provider: str, *, change: bool = False) -> Breaker | None:
    """`change`: the row is held until the transaction ends."""
    query = _OF.with_for_update() if change and conn.dialect.name == "postgresql" else _OF
    row = conn.execute(query, {"provider": provider}).first()
    return Breaker(*row) if row else None


def put(conn: Connection, provider: str, found: Breaker) -> None:
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    row = {name: getattr(found, name) for name in Breaker.__dataclass_fields__}
    statement = insert(breaker).values(provider=provider, **row)
    conn.execute(statement.on_conflict_do_update(index_elements=["provider"], set_=row))


def take_probe(conn: Connection, provider: str, now: int, until: int) -> bool:
    """Whether the try is ours: of two workers one gets it, and until then."""
    free = sa.or_(breaker.c.probe_until.is_(None), breaker.c.probe_until <= now)
    ready = (breaker.c.provider == provider, breaker.c.state == "open", breaker.c.until <= now, free)
    return bool(conn.execute(sa.update(breaker).where(*ready).values(probe_until=until)).rowcount)


def give_back(conn: Connection, provider: str) -> None:
    """The try was not made after all."""
    conn.execute(sa.update(breaker).where(breaker.c.provider == provider).values(probe_until=None))
