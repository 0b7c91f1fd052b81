"""A page behind a mail's link shows while the database is busy: the click may be lost, the page never."""

from __future__ import annotations

import sqlalchemy as sa

from service.storage.database import Database
from service.storage.tables import event
from tests.public.conftest import Visitor


def _clicked(visitor: Visitor) -> int:
    with visitor.house.kit.db.read() as conn:
        return len(conn.execute(sa.select(event.c.id).where(event.c.kind == "clicked")).all())


def test_the_page_shows_while_somebody_else_writes(alice: Visitor, db_url: str) -> None:
    other = Database(db_url)
    with other.write() as conn:
        if not other.sqlite:
            conn.exec_driver_sql("LOCK TABLE event IN EXCLUSIVE MODE")
        assert alice.get(f"/b/{alice.token}").status_code == 200
        assert _clicked(alice) == 0
    other.dispose()
    assert alice.get(f"/b/{alice.token}").status_code == 200
    assert _clicked(alice) == 1
