"""What is let go of about the clinic's own people: old links, sign-ins and lines of the record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.domain.retention import AUDITS, STAFF_LINKS
from service.domain.session_age import LONGEST
from service.storage import audits, staff_links, users
from service.storage.database import Database
from service.storage.tables import audit, desk_session, staff_link
from service.usecases.forget_old import forget_old
from service.usecases.sessions import begin_session
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock
from tests.support.desk_data import a_user


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    return sun(db, clock)


def _left(house: Sun, table: sa.Table) -> int:
    with house.kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_links_sign_ins_and_the_record_go_each_after_its_time(house: Sun, clock: Clock) -> None:
    dana = a_user(house, "dana@sun.example", "Dana")
    with house.kit.db.write() as conn:
        staff_links.add(conn, house.clinic, dana, "reset", by=None, now=clock(), lasts=60, mail=False)
        user = users.find(conn, dana)
    assert user is not None
    begin_session(house.kit, user, "Firefox on Linux")
    first = clock()
    for table, at in ((desk_session, LONGEST), (staff_link, 60 + STAFF_LINKS), (audit, AUDITS)):
        there = _left(house, table)
        clock.at = first + at
        forget_old(house.kit)
        assert _left(house, table) == there, f"{table}: not yet"
        clock.at += 1
        forget_old(house.kit)
        assert _left(house, table) == 0, table
    with house.kit.db.write() as conn:
        audits.record(conn, house.clinic, dana, clock(), "person let go", "1", {})
    assert forget_old(house.kit) == 0
    assert _left(house, audit) == 1
