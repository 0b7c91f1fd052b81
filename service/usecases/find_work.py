"""Where there is work to send: in which shards of leads. Reads only; where nothing is due it costs one look."""

from __future__ import annotations

from collections.abc import Set

from service.storage import clinics, shards
from service.usecases.kit import Kit


def shards_due(kit: Kit) -> Set[int]:
    """The shards in which somebody is due whose clinic sends."""
    with kit.db.read() as conn:
        stopped = [row.id for row in clinics.everyone(conn).values() if row.stopped_at is not None]
        return shards.due(conn, kit.clock(), stopped)


def shards_planned(kit: Kit) -> Set[int]:
    """The shards in which a message is to go once more by now."""
    with kit.db.read() as conn:
        return shards.planned(conn, kit.clock())
