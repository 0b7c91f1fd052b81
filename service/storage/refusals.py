"""Non-sends and exits, each with the rule and the facts it was decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import refusal


def add_many(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of the columns of `refusal` but `id`."""
    if not rows:
        return
    numbered = [{**row, "id": number} for number, row in zip(ids.take(len(rows)), rows, strict=True)]
    conn.execute(sa.insert(refusal), numbered)
