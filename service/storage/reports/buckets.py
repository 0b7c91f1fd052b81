"""Instants sorted into spans. Literals, so that both databases see one expression in GROUP BY."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement


def bucket(column: ColumnElement[Any], edges: Sequence[int]) -> sa.Case[int]:
    """Which of the spans between two of `edges` a value lies in; those beyond the last edge are in the last."""
    whens: list[tuple[Any, Any]] = [
        (column < sa.literal_column(str(int(end))), sa.literal_column(str(at))) for at, end in enumerate(edges[1:])
    ]
    return sa.case(*whens, else_=sa.literal_column(str(max(0, len(edges) - 2))))
