"""Small facts of the installation: the demo's mark and clock, how far the mailbox was read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.inserts import insert_new
from service.storage.tables import setting

DEMO = "demo"
DEMO_MAKING = "demo-making"
CLOCK_OFFSET = "clock-offset"
MAILBOX_MARK = "mailbox-mark"
MAILBOX_FAULT = "mailbox-fault"  # why it cannot be read and since when, as JSON
NEWS_MARK = "news-mark"  # up to which event the clinic's people were told


_OF_KEY = sa.select(setting.c.value).where(setting.c.key == sa.bindparam("setting_key"))


def get(conn: Connection, key: str) -> str | None:
    return conn.execute(_OF_KEY, {"setting_key": key}).scalar()


def put(conn: Connection, key: str, value: str) -> None:
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    row = {"key": key, "value": value}
    conn.execute(insert(setting).values(row).on_conflict_do_update(index_elements=["key"], set_=row))


def remove(conn: Connection, key: str) -> None:
    conn.execute(sa.delete(setting).where(setting.c.key == key))


def beginning(conn: Connection, prefix: str, *, claim: bool = False) -> dict[str, str]:
    """Value by key, of the keys that begin so. With `claim` they are held until the transaction ends, and those that
    another holds are left out."""
    query = sa.select(setting.c.key, setting.c.value).where(setting.c.key.startswith(prefix, autoescape=True))
    if claim and conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    return {row.key: row.value for row in conn.execute(query.order_by(setting.c.key))}


def claim(conn: Connection, key: str, value: str) -> bool:
    """Writes a key that must not stand yet: of two at once, one wins. False when it stands."""
    return insert_new(conn, setting, {"key": key, "value": value})


def clock_offset(conn: Connection) -> int:
    """Seconds by which the outbox's clock runs ahead of the machine's."""
    return int(get(conn, CLOCK_OFFSET) or 0)
