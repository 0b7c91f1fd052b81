"""A post that the database refuses: a moment's trouble is waited out, a lasting one sets it aside, kept and shown."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from service.storage import inbox
from service.usecases.read_post import TRIES, read_waiting_posts
from tests.signup.conftest import House


class Trouble:
    """Refuses the next `times` new leads."""

    def __init__(self, house: House, kind: type[DBAPIError], times: int) -> None:
        self._kind, self.times = kind, times
        sa.event.listen(house.kit.db._engine, "before_cursor_execute", self._refuse)

    def _refuse(self, _conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if self.times and statement.startswith("INSERT INTO lead "):
            self.times -= 1
            raise self._kind(statement, {}, Exception("no"))


@pytest.mark.parametrize("kind", [DataError, IntegrityError])
def test_what_it_would_refuse_each_time_is_set_aside_and_holds_nobody_up(house: House, kind: type[DBAPIError]) -> None:
    trouble = Trouble(house, kind, 1_000)
    house.post(interest="sciatica")
    post = house.one("inbox")
    assert (post.state, post.lead_id) == (inbox.UNREADABLE, None)
    assert kind.__name__ in post.reason
    assert b"alice@example.org" in post.body
    tried = trouble.times
    assert read_waiting_posts(house.kit) == 0
    assert trouble.times == tried, "it is not tried for ever"


def test_whoever_lost_a_race_is_read_at_once(house: House) -> None:
    Trouble(house, IntegrityError, TRIES - 1)
    house.post(interest="sciatica")
    assert house.one("inbox").state == inbox.PROCESSED
    assert house.one("lead").email_key == "alice@example.org"


def test_a_busy_database_lets_the_post_wait(house: House) -> None:
    trouble = Trouble(house, OperationalError, 1_000)
    house.post(interest="sciatica")
    assert house.one("inbox").state == inbox.WAITING
    trouble.times = 0
    assert read_waiting_posts(house.kit) == 1
