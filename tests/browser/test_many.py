"""Dana makes one of two entries of a person, and tags several people at once and takes that back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from service.storage import leads
from service.storage.tables import lead, lead_tag
from tests.browser.conftest import look_over
from tests.browser.test_manager import signs_in
from tests.support.live import Live

Opens = Callable[..., Page]
pytestmark = pytest.mark.parametrize("size", ["desktop"])
OTHER = "anna.twice@example.net"


def _twin(live: Live) -> tuple[int, int, str]:
    """Somebody of the demo signed up a second time, from another address and with the same phone."""
    with live.kit.db.write() as conn:
        query = sa.select(lead).where(
            lead.c.phone.is_not(None), lead.c.consent == "given", lead.c.last_name.is_not(None)
        )
        first = conn.execute(query.order_by(lead.c.id).limit(1)).one()
        names = {"first_name": first.first_name, "last_name": first.last_name, "phone": first.phone}
        other = leads.add(
            conn,
            clinic_id=first.clinic_id,
            email=OTHER,
            email_key=OTHER,
            zone=first.zone,
            zone_from="form",
            now=live.kit.clock(),
            **names,
        )
    assert other is not None
    return first.id, other, f"{first.first_name} {first.last_name}"


def _tagged(live: Live, tag: str) -> int:
    with live.kit.db.read() as conn:
        query = sa.select(sa.func.count()).select_from(lead_tag).where(lead_tag.c.tag == tag)
        return int(conn.execute(query).scalar_one())


def test_two_entries_of_one_person_become_one(opens: Opens, live: Live) -> None:
    kept, other, name = _twin(live)
    page = opens()
    signs_in(page)
    page.goto(f"/desk/leads/{other}")
    page.get_by_role("link", name="Here twice?").click()
    look_over(page)
    page.get_by_role("link", name=re.compile("^Compare with")).first.click()
    assert page.get_by_text("This cannot be undone.").is_visible()
    assert page.get_by_role("cell", name=OTHER).count()
    look_over(page)
    page.get_by_role("button", name="Make them one").click()
    page.wait_for_url(f"**/desk/leads/{kept}")
    assert page.get_by_role("heading", name=name, exact=True).is_visible()
    assert page.get_by_text("They are one now.").is_visible()
    with live.kit.db.read() as conn:
        assert leads.find(conn, other) is None


def test_several_people_are_tagged_at_once_and_it_is_taken_back(opens: Opens, live: Live) -> None:
    page = opens()
    signs_in(page)
    page.goto("/desk/leads")
    ticks = page.locator("td.tickbox input")
    for number in range(3):
        ticks.nth(number).check()
    page.get_by_label("What is to happen to them").select_option("tag")
    page.get_by_role("button", name="Look first…").click()
    page.get_by_label("Tag", exact=True).fill("walk-in")
    page.get_by_role("button", name="See what would happen").click()
    assert page.get_by_text("3 people").first.is_visible()
    assert _tagged(live, "walk-in") == 0, "nothing has changed yet"
    look_over(page)
    page.get_by_role("button", name="Give them a tag: 3").click()
    page.get_by_role("status").get_by_role("button", name="Undo").wait_for()
    assert _tagged(live, "walk-in") == 3
    look_over(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back: 3 people.").wait_for()
    assert _tagged(live, "walk-in") == 0
