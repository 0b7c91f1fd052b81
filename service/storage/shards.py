"""The leads of one shard, and which shards have work now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.shard import SHARDS, shard_of
from service.storage.run_states import ACTIVE
from service.storage.tables import enrollment, message

LOOKED_AT = 1_000  # so many of those who are due; where there are more, every shard is taken to have some
EVERY = frozenset(range(SHARDS))
_PLANNED: sa.ColumnElement[Any] = sa.literal_column("'planned'")


def of_shard(lead_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether the lead is one of the shard bound as `shard`."""
    return lead_id % sa.literal_column(str(SHARDS)) == sa.bindparam("shard", type_=sa.BigInteger)


_DUE = (
    sa.select(enrollment.c.lead_id)
    .where(enrollment.c.state == ACTIVE, enrollment.c.due_at <= sa.bindparam("now"))
    .order_by(enrollment.c.due_at, enrollment.c.id)
    .limit(LOOKED_AT)
)
_AGAIN = (
    sa.select(message.c.lead_id)
    .where(message.c.state == _PLANNED, message.c.due_at <= sa.bindparam("now"))
    .order_by(message.c.due_at)
    .limit(LOOKED_AT)
)


def due(conn: Connection, now: int, without_clinics: Sequence[int] = ()) -> frozenset[int]:
    """The shards in which somebody is due."""
    query = _DUE.where(enrollment.c.clinic_id.not_in(without_clinics)) if without_clinics else _DUE
    return _shards(list(conn.execute(query, {"now": now}).scalars()))


def planned(conn: Connection, now: int) -> frozenset[int]:
    """The shards in which a message waits to go once more, and its hour has come."""
    return _shards(list(conn.execute(_AGAIN, {"now": now}).scalars()))


def _shards(lead_ids: Sequence[int]) -> frozenset[int]:
    return EVERY if len(lead_ids) == LOOKED_AT else frozenset(shard_of(lead_id) for lead_id in lead_ids)
