"""Settings: any form tool is added, its secret given, its fields explained beside the last post, old posts read."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from service.sources import VENDORS
from service.storage import inbox, sources
from service.storage.sources import SourceRow
from service.usecases.take_post import Came, take_post
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk, a_user, another_clinic, app_of, sign_in

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
POST = {
    "whom": "Nina",
    "where to write": "nina at example",
    "box": "nina@example.org",
    "ok": "sure",
    "pain": "since May",
}


def _added(desk: Desk, vendor: str = "generic", secret: str = "") -> SourceRow:
    answer = desk.post_form("/desk/settings/sources/add", name="Contact page", vendor=vendor, secret=secret)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with desk.house.kit.db.read() as conn:
        return sources.of_clinic(conn, desk.clinic)[-1]


def _posts(desk: Desk, row: SourceRow, told: object = POST) -> inbox.InboxRow:
    raw, headers = json.dumps(told).encode(), {"content-type": "application/json"}
    post_id = take_post(desk.house.kit, row.key, raw, headers, Came())
    with desk.house.kit.db.read() as conn:
        return inbox.get(conn, post_id or 0)


@pytest.mark.parametrize("vendor", sorted(set(VENDORS) - {"hosted"}))
def test_every_form_tool_is_added_with_where_to_click(desk: Desk, vendor: str) -> None:
    _added(desk, vendor)
    page = unescape(desk.get("/desk/settings/sources"))
    assert all(step in page for step in VENDORS[vendor].steps)
    assert ("Not given yet" in page) is (VENDORS[vendor].signed and vendor != "standard")


def test_a_tool_that_signs_takes_nothing_before_its_secret_is_given(desk: Desk) -> None:
    row = _added(desk, "tally")
    raw, headers = b'{"data": {"fields": []}}', {"tally-signature": "x"}
    assert take_post(desk.house.kit, row.key, raw, headers, Came()) is None
    path = f"/desk/settings/sources/{row.id}/give"
    assert "copy it from there" in desk.post_form(path, secret=" ").get_data(as_text=True)
    assert desk.post_form(path, secret="made up there").status_code == 303
    assert "Not given yet" not in desk.get("/desk/settings/sources")
    assert "made up there" not in desk.get("/desk/settings/sources")


def test_fields_are_explained_beside_a_real_post_and_the_unread_ones_read(desk: Desk) -> None:
    row = _added(desk)
    path = f"/desk/settings/sources/{row.id}/fields"
    assert "Nothing has come from this form yet" in desk.get(path)
    first = _posts(desk, row)
    assert first.state == "processed", "an address that stands alone is known by its looks"
    other = _posts(desk, row, {"a": "one@example.org", "b": "two@example.org", "whom": "Nina"})
    assert other.state == "unreadable"
    page = desk.get(path)
    for says in ("one@example.org", "1 post of this form could not be read"):
        assert says in page, says
    answer = desk.post_form(path, **{"f:a": "nothing", "f:b": "email", "f:whom": "first-name"}, everybody="yes")
    assert answer.status_code == 303
    assert "as you said" in desk.get(path)
    desk.post_form(f"/desk/settings/sources/{row.id}/unread")
    with desk.house.kit.db.read() as conn:
        again = inbox.get(conn, other.id)
    assert again.state == "processed"
    lead = desk.get(f"/desk/leads/{again.lead_id}")
    assert "two@example.org" in lead
    assert "Nina" in lead
    assert "of this form could not be read" not in desk.get(path)


def test_two_fields_cannot_be_the_same_thing(desk: Desk) -> None:
    row = _added(desk)
    _posts(desk, row)
    answer = desk.post_form(f"/desk/settings/sources/{row.id}/fields", **{"f:box": "email", "f:whom": "email"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Two fields say the same" in page
    assert len(re.findall('<option value="email" selected>', page)) == 2


def test_the_page_is_the_clinics_own_and_notes_who_looks(desk: Desk) -> None:
    row = _added(desk)
    _posts(desk, row)
    path = f"/desk/settings/sources/{row.id}/fields"
    with counted(desk.house.kit.db) as statements:
        desk.get(path)
    assert len(statements) <= MOST_STATEMENTS
    assert "post seen" in desk.get("/desk/settings/record").replace("Post", "post")
    a_user(desk.house, "eve@other.example", "Eve", another_clinic(desk.house))
    other = app_of(desk.house).test_client()
    sign_in(other, "eve@other.example")
    assert other.get(path).status_code == 404
