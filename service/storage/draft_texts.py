"""What a draft was before each act, and before each undo: two piles, of which the newest text comes back first."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import draft_text as pile

Side = Literal["before", "after"]
DEEPEST = 200


def push(conn: Connection, campaign_id: int, side: Side, source: str) -> None:
    """Texts deeper than DEEPEST are forgotten."""
    depth = (_top(conn, campaign_id, side) or 0) + 1
    conn.execute(sa.insert(pile).values(id=ids.new(), campaign_id=campaign_id, side=side, depth=depth, source=source))
    conn.execute(sa.delete(pile).where(*_side(campaign_id, side), pile.c.depth <= depth - DEEPEST))


def pop(conn: Connection, campaign_id: int, side: Side) -> str | None:
    """None where the pile is empty."""
    depth = _top(conn, campaign_id, side)
    if depth is None:
        return None
    mine = (*_side(campaign_id, side), pile.c.depth == depth)
    source: str = conn.execute(sa.select(pile.c.source).where(*mine)).scalar_one()
    conn.execute(sa.delete(pile).where(*mine))
    return source


def sides(conn: Connection, campaign_id: int) -> frozenset[str]:
    """Which of the two piles hold a text."""
    return frozenset(conn.execute(sa.select(pile.c.side).distinct().where(pile.c.campaign_id == campaign_id)).scalars())


def newest(conn: Connection, campaign_id: int, side: Side, most: int) -> list[str]:
    """Newest first."""
    mine = sa.select(pile.c.source).where(*_side(campaign_id, side)).order_by(pile.c.depth.desc()).limit(most)
    return list(conn.execute(mine).scalars())


def forget(conn: Connection, campaign_id: int, side: Side | None = None) -> None:
    mine = _side(campaign_id, side) if side else (pile.c.campaign_id == campaign_id,)
    conn.execute(sa.delete(pile).where(*mine))


def _side(campaign_id: int, side: Side) -> tuple[sa.ColumnElement[bool], ...]:
    return pile.c.campaign_id == campaign_id, pile.c.side == side


def _top(conn: Connection, campaign_id: int, side: Side) -> int | None:
    found: int | None = conn.execute(sa.select(sa.func.max(pile.c.depth)).where(*_side(campaign_id, side))).scalar()
    return found
