"""The limit's own small database: claim, facts, record, by SQLAlchemy Core and nothing else around it.

Four tables with the indexes that any such program needs. SQLite waits for the disk at each commit, as we do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.send_data import NAME, NOW

DAY = 86_400
LEASE = 300
_SCHEMA = """
CREATE TABLE lead (id BIGINT PRIMARY KEY, email TEXT NOT NULL UNIQUE, first_name TEXT, consent INTEGER NOT NULL,
  consent_date TEXT, consent_wording TEXT, zone TEXT);
CREATE TABLE suppression (email TEXT PRIMARY KEY);
CREATE TABLE enrollment (id BIGINT PRIMARY KEY, lead_id BIGINT NOT NULL, series_id BIGINT NOT NULL,
  step INTEGER NOT NULL, state INTEGER NOT NULL, due BIGINT, held_by TEXT, held_until BIGINT, changed BIGINT);
CREATE INDEX due_first ON enrollment (due) WHERE state = 1;
CREATE UNIQUE INDEX once_a_series ON enrollment (lead_id, series_id);
CREATE TABLE message (id {identity}, enrollment_id BIGINT NOT NULL, lead_id BIGINT NOT NULL, step INTEGER NOT NULL,
  state INTEGER NOT NULL, token TEXT NOT NULL, provider_id TEXT, created BIGINT, sent BIGINT);
CREATE UNIQUE INDEX once_a_step ON message (enrollment_id, step);
CREATE UNIQUE INDEX by_token ON message (token);
CREATE INDEX of_lead ON message (lead_id, created)
"""
_FACTS = """
SELECT l.id, l.email, l.first_name, l.consent, s.email IS NOT NULL,
  (SELECT count(*) FROM message m WHERE m.lead_id = l.id AND m.created > :since), l.consent_date, l.consent_wording
FROM lead l LEFT JOIN suppression s ON s.email = l.email WHERE l.id {among}
"""
_IDENTITY = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}


def engine(url: str) -> sa.Engine:
    if url.startswith("postgresql"):
        return sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    made = sa.create_engine(url, connect_args={"isolation_level": None, "timeout": 30})

    @sa.event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=wal", "synchronous=full", "cache_size=-65536"):
            connection.execute("PRAGMA " + pragma)

    @sa.event.listens_for(made, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def prepare(url: str, leads: int) -> None:
    """As many due leads as ours has, and as many suppressed addresses."""
    made = engine(url)
    kind = made.dialect.name
    numbers = (
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size) SELECT i FROM n) AS n"
        if kind == "sqlite"
        else "(SELECT CAST(i AS bigint) AS i FROM generate_series(1, :size) AS i) AS n"
    )
    email = "'lead' || CAST(n.i AS TEXT) || '@example.org'"
    wording = "'Yes, send me notes on sciatica by email. I can stop them at any time.'"
    with made.begin() as conn:
        for statement in _SCHEMA.format(identity=_IDENTITY[kind]).split(";"):
            conn.execute(sa.text(statement))
        for rows in (
            f"INSERT INTO lead SELECT n.i, {email}, {NAME}, 1, 'November 4, 2026', {wording}, 'UTC' FROM {numbers}",
            f"INSERT INTO enrollment SELECT n.i, n.i, 1, 1, 1, {NOW} - 60 - n.i % 600, NULL, NULL, 0 FROM {numbers}",
        ):
            conn.execute(sa.text(rows), {"size": leads})
        gone = f"INSERT INTO suppression SELECT 'gone' || CAST(n.i AS TEXT) || '@example.org' FROM {numbers}"
        conn.execute(sa.text(gone), {"size": 2_000})
        conn.exec_driver_sql("ANALYZE")
    if kind == "sqlite":
        with made.connect() as conn:
            conn.rollback()
            conn.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made.dispose()
    if kind == "sqlite" and made.url.database:
        Path(made.url.database + "-wal").unlink(missing_ok=True)


class Store:
    """One connection. `claim` and `record` are a transaction each."""

    def __init__(self, url: str, batch: int) -> None:
        self._engine = engine(url)
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._conn = self._engine.connect()
        tables = sa.MetaData()
        tables.reflect(self._engine, only=["enrollment", "message"])
        run, self._message = tables.tables["enrollment"], tables.tables["message"]
        due = sa.select(run.c.id).where(run.c.state == sa.literal_column("1"), run.c.due <= sa.bindparam("now"))
        due = due.order_by(run.c.due).limit(batch)
        if not self._sqlite:
            due = due.with_for_update(skip_locked=True)
        self._claim = (
            sa.update(run)
            .where(run.c.id.in_(due.scalar_subquery()))
            .values(held_by="one", held_until=sa.bindparam("until"), due=sa.bindparam("until"))
            .returning(run.c.id, run.c.lead_id, run.c.step)
        )
        self._move = (
            sa.update(run)
            .where(run.c.id == sa.bindparam("row_id"))
            .values(
                due=sa.bindparam("to_due"),
                step=sa.bindparam("to_step"),
                changed=sa.bindparam("at"),
                held_by=None,
                held_until=None,
            )
        )
        among = "IN (SELECT value FROM json_each(:ids))" if self._sqlite else "= ANY(:ids)"
        self._facts = sa.text(_FACTS.format(among=among))

    def claim(self) -> tuple[list[tuple[int, int, int]], dict[int, Sequence[Any]]]:
        """(enrollment, lead, step) of those who are due, and what is known of each lead."""
        rows = [(a, b, c) for a, b, c in self._conn.execute(self._claim, {"now": NOW, "until": NOW + LEASE})]
        self._conn.commit()
        ids: Any = [lead for _, lead, _ in rows]
        asked = {"ids": json.dumps(ids) if self._sqlite else ids, "since": NOW - DAY}
        known = {row[0]: row for row in self._conn.execute(self._facts, asked)}
        self._conn.commit()
        return rows, known

    def record(self, rows: Sequence[tuple[int, int, int]], tokens: Sequence[str]) -> None:
        if self._sqlite:
            self._conn.execute(
                self._message.insert(),
                [
                    {
                        "enrollment_id": run,
                        "lead_id": lead,
                        "step": step,
                        "state": 1,
                        "token": token,
                        "provider_id": None,
                        "created": NOW,
                        "sent": NOW,
                    }
                    for (run, lead, step), token in zip(rows, tokens, strict=True)
                ],
            )
            later = NOW + 11 * DAY
            self._conn.execute(
                self._move,
                [{"row_id": run, "to_due": later, "to_step": step + 1, "at": NOW} for run, _, step in rows],
            )
        else:
            self._record_by_arrays(rows, tokens)
        self._conn.commit()

    def _record_by_arrays(self, rows: Sequence[tuple[int, int, int]], tokens: Sequence[str]) -> None:
        """PostgreSQL's shortest way for many rows."""
        columns = {"runs": [r for r, _, _ in rows], "leads": [p for _, p, _ in rows], "steps": [s for _, _, s in rows]}
        self._conn.execute(
            sa.text(
                "INSERT INTO message (enrollment_id, lead_id, step, state, token, created, sent)"
                " SELECT r, p, s, 1, t, :now, :now FROM unnest(CAST(:runs AS bigint[]), CAST(:leads AS bigint[]),"
                " CAST(:steps AS int[]), CAST(:tokens AS text[])) AS u(r, p, s, t)"
            ),
            {**columns, "tokens": list(tokens), "now": NOW},
        )
        self._conn.execute(
            sa.text(
                "UPDATE enrollment SET due = :due, step = u.s + 1, changed = :now, held_by = NULL, held_until = NULL"
                " FROM unnest(CAST(:runs AS bigint[]), CAST(:steps AS int[])) AS u(r, s) WHERE id = u.r"
            ),
            {"runs": columns["runs"], "steps": columns["steps"], "due": NOW + 11 * DAY, "now": NOW},
        )

    def close(self) -> None:
        self._conn.close()
        self._engine.dispose()
