"""What became of a clinic's mails, day by day of their hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.timing import DAY
from service.storage.tables import message


@dataclass(frozen=True, slots=True)
class SentDay:
    accepted: int = 0
    bounced: int = 0
    complained: int = 0


def by_day(conn: Connection, clinic_id: int, starts: int, days: int) -> list[SentDay]:
    """So many spans of 24 hours from `starts` on. Three ranges of an index each, in one statement."""
    day = ((message.c.accepted_at - sa.literal(starts, sa.BigInteger)) // sa.literal_column(str(DAY))).label("day")
    ours = (
        message.c.clinic_id == clinic_id,
        message.c.accepted_at >= starts,
        message.c.accepted_at < starts + days * DAY,
    )
    found: dict[int, list[int]] = {}
    parts: list[sa.Select[Any]] = []
    for number, marked in enumerate((None, message.c.bounced_at, message.c.complained_at)):
        which = () if marked is None else (marked.is_not(None),)
        parts.append(
            sa.select(sa.literal_column(str(number)), day, sa.func.count())
            .where(*ours, *which)
            .group_by(sa.literal_column("day"))
        )
    for kind, at, mails in conn.execute(sa.union_all(*parts)):
        found.setdefault(at, [0, 0, 0])[kind] = mails
    return [SentDay(*found.get(at, ())) for at in range(days)]
