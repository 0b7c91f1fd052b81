"""The limit of the year's run: the rows of its mails written and its enrollments moved in batches of the same size,
with nothing read, decided, rendered or handed over."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from service.storage import ids, tables
from service.storage.database import Database
from service.usecases.advance import BATCH

MOST = 20_000
FAR_VISIT = 1_000_000


def bare_loop(db: Database) -> int:
    """Mails a second. Adds rows under visits that no run reaches; for a database that is thrown away."""
    mail, run = tables.message, tables.enrollment
    with db.read() as conn:
        rows = [dict(row) for row in conn.execute(sa.select(mail).limit(MOST)).mappings()]
    for place, (row, number) in enumerate(zip(rows, ids.take(len(rows)), strict=True)):
        row.update(id=number, visit=FAR_VISIT + place, ref=f"limit-{place}")
    move = (
        sa.update(run)
        .where(run.c.id == sa.bindparam("row_id"))
        .values(due_at=sa.bindparam("to_due"), revision=run.c.revision + 1)
    )
    accept = sa.update(mail).where(mail.c.id == sa.bindparam("row_id")).values(state="accepted")
    began = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        batch: list[dict[str, Any]] = rows[start : start + BATCH]
        with db.write() as conn:
            conn.execute(sa.insert(mail), batch)
            conn.execute(move, [{"row_id": row["enrollment_id"], "to_due": row["due_at"]} for row in batch])
        with db.write() as conn:
            conn.execute(accept, [{"row_id": row["id"]} for row in batch])
    spent = time.perf_counter() - began
    return round(len(rows) / spent) if rows else 0
