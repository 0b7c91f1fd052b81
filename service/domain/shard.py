"""Leads in shards: of one shard, one hand at a time."""

from __future__ import annotations

SHARDS = 16


def shard_of(lead_id: int) -> int:
    """0 to 15. Ids end in chance, so that the shards are alike in size."""
    return lead_id % SHARDS
