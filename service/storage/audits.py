"""Who changed what, and who looked at answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import audit


def record(
    conn: Connection,
    clinic_id: int | None,
    user_id: int | None,
    at: int,
    action: str,
    object: str,  # noqa: A002 - the column's name
    data: Mapping[str, Any],
) -> None:
    conn.execute(
        sa.insert(audit).values(
            id=ids.new(), clinic_id=clinic_id, user_id=user_id, at=at, action=action, object=object, data=dict(data)
        )
    )
