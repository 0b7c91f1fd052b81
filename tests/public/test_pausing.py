"""A pause, for somebody who reads and for somebody who asked us to stop."""

import re

import sqlalchemy as sa

from service.storage import leads
from service.usecases.choose_preferences import choose_preferences
from service.usecases.pause_mails import pause_mails
from service.usecases.unsubscribe import unsubscribe
from tests.public.conftest import Visitor


def _paused_until(alice: Visitor) -> int | None:
    with alice.house.kit.db.read() as conn:
        return leads.get(conn, alice.lead).paused_until


def _kinds(alice: Visitor) -> list[str]:
    with alice.house.kit.db.read() as conn:
        return list(conn.execute(sa.text("SELECT kind FROM event ORDER BY id")).scalars())


def test_one_press_pauses_and_says_until_when(alice: Visitor) -> None:
    shown = alice.press(f"/z/{alice.token}").get_data(as_text=True)
    assert "Our emails pause" in shown
    assert _paused_until(alice) is not None


def test_after_a_stop_a_page_opened_before_says_that_there_is_nothing_to_pause(alice: Visitor) -> None:
    page = alice.get(f"/z/{alice.token}").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    unsubscribe(alice.house.kit, alice.lead)
    shown = alice.client.post(f"/z/{alice.token}", data={"csrf_token": found[1]}).get_data(as_text=True)
    assert "nothing to pause" in shown
    assert "Our emails pause" not in shown
    assert _paused_until(alice) is None


def test_a_pause_after_a_stop_changes_nothing_by_whatever_door(alice: Visitor) -> None:
    unsubscribe(alice.house.kit, alice.lead)
    assert pause_mails(alice.house.kit, alice.lead) is None
    choose_preferences(alice.house.kit, alice.lead, "pause", [])
    assert _paused_until(alice) is None
    assert "paused" not in _kinds(alice)
