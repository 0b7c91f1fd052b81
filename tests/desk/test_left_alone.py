"""A provider that is left alone: Home says so plainly, and a person can have it tried."""

from __future__ import annotations

import pytest

from service.domain.breaker import Breaker
from service.domain.message import Cause
from service.storage import breakers
from tests.support.desk_data import Desk, sign_in


def left_alone(desk: Desk, cause: Cause) -> None:
    now = desk.clock()
    with desk.house.kit.db.write() as conn:
        breakers.put(conn, desk.house.kit.mail, Breaker("open", cause, now - 60, now + 900, 1))


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("outage", "has not answered since"),
        ("wait", "asks us to wait until"),
        ("key", "has refused our key since"),
    ],
)
def test_dana_reads_on_home_that_nothing_goes_out_and_why(desk: Desk, cause: Cause, told: str) -> None:
    sign_in(desk.client)
    assert told not in desk.get("/desk/")
    left_alone(desk, cause)
    home = desk.get("/desk/")
    assert told in home
    assert "Nothing is lost" in home


def test_she_has_it_tried_when_the_key_is_mended(desk: Desk) -> None:
    left_alone(desk, "key")
    sign_in(desk.client)
    assert "Try now" in desk.get("/desk/sending")
    desk.post_form("/desk/sending/try")
    assert "tried with the next mails" in desk.get("/desk/sending")
    with desk.house.kit.db.read() as conn:
        found = breakers.get(conn, desk.house.kit.mail)
    assert found is not None
    assert found.until == desk.clock()
