"""A clinic's own form on its own website: pasted as HTML or in a frame, tried once, and taken from nowhere unseen."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.domain.sites import MOST, read_sites, with_www
from service.storage import sources
from service.storage.tables import inbox
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

SITE = "https://www.sun-clinic.example"


@pytest.fixture
def form(desk: Desk) -> sources.SourceRow:
    desk.post_form("/desk/settings/sources/add", name="Our page", vendor="hosted")
    with desk.house.kit.db.read() as conn:
        row = sources.form_of_clinic(conn, desk.clinic)
    assert row is not None
    desk.post_form(f"/desk/settings/sources/{row.id}/sites", sites=SITE)
    return row


@pytest.fixture
def reader(desk: Desk) -> FlaskClient:
    return desk.app.test_client()


def snippet(desk: Desk) -> str:
    found = re.search(r'<textarea id="snip-html"[^>]*>(.*?)</textarea>', desk.get("/desk/settings/sources"), re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def filled(text: str, **typed: str) -> tuple[str, dict[str, str]]:
    """Where the pasted form goes, and what a browser sends of it."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    action = re.search(r'<form action="https?://[^/]+(/[^"]+)" method="post">', text)
    consent = re.search(r'name="consent" value="([^"]+)"', text)
    assert action is not None
    assert consent is not None
    return action[1], {**hidden, "first_name": "Alice", "email": "alice@example.org", "consent": consent[1], **typed}


def posts(desk: Desk) -> list[str]:
    with desk.house.kit.db.read() as conn:
        return list(conn.execute(sa.select(inbox.c.state).order_by(inbox.c.id)).scalars())


@pytest.mark.parametrize("site", [SITE, "https://sun-clinic.example"])
def test_the_pasted_form_is_taken_in_one_press_from_the_clinics_website(
    desk: Desk, form: sources.SourceRow, reader: FlaskClient, site: str
) -> None:
    before = len(posts(desk))
    address, fields = filled(snippet(desk))
    answer = reader.post(address, data=fields, headers={"Origin": site})
    assert answer.status_code == 303
    assert "/sent/" in answer.headers["Location"]
    assert len(posts(desk)) == before + 1


@pytest.mark.parametrize("origin", [None, "null", "https://other.example", SITE + ".other.example"])
def test_from_elsewhere_it_is_looked_over_once_more_and_nothing_is_lost(
    desk: Desk, form: sources.SourceRow, reader: FlaskClient, origin: str | None
) -> None:
    before = len(posts(desk))
    address, fields = filled(snippet(desk), message="Since May.")
    answer = reader.post(address, data=fields, headers={"Origin": origin} if origin else {})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "look over what you wrote" in text
    assert "Since May." in text
    assert len(posts(desk)) == before
    token = re.search(r'name="t" value="([^"]+)"', text)
    assert token is not None
    desk.clock.advance(seconds=5)
    assert reader.post(address, data={**fields, "t": token[1]}).status_code == 303
    assert len(posts(desk)) == before + 1


def test_what_only_a_script_fills_in_is_refused_in_the_pasted_form_too(
    desk: Desk, form: sources.SourceRow, reader: FlaskClient
) -> None:
    address, fields = filled(snippet(desk), fax2="1")
    assert reader.post(address, data=fields, headers={"Origin": SITE}).status_code == 303
    assert posts(desk)[-1] == "refused"


def test_the_form_stands_in_frames_of_its_own_websites_alone(
    desk: Desk, form: sources.SourceRow, reader: FlaskClient
) -> None:
    shown = reader.get("/join/" + re.findall(r"/join/([\w-]+)", snippet(desk))[0])
    policy = shown.headers["Content-Security-Policy"]
    ancestors = re.search(r"frame-ancestors ([^;]+)", policy)
    assert ancestors is not None
    assert ancestors[1].split() == ["'self'", SITE, "https://sun-clinic.example"]
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in shown.headers
    for path in ("/desk/sign-in", "/desk/settings/sources"):
        other = desk.client.get(path)
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
        assert other.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_test_that_was_sent_is_told_of_with_its_hour(
    desk: Desk, form: sources.SourceRow, reader: FlaskClient
) -> None:
    look = f"/desk/settings/sources/{form.id}/look"
    assert "Nothing has come in by this form in the last 24 hours" in desk.get(look)
    address, fields = filled(snippet(desk))
    reader.post(address, data=fields, headers={"Origin": SITE})
    assert re.search(r"We saw a sign-up at \d{1,2}:\d\d", desk.get(look))


def test_what_is_no_website_is_kept_beside_its_mend(desk: Desk, form: sources.SourceRow) -> None:
    answer = desk.post_form(f"/desk/settings/sources/{form.id}/sites", sites="https://a.example; script-src *")
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "is no website’s address" in text
    assert 'value="https://a.example; script-src *"' in text
    assert SITE in desk.get("/desk/settings/sources")


def test_the_form_of_another_clinic_is_out_of_reach(desk: Desk, form: sources.SourceRow) -> None:
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    assert eve.get(f"/desk/settings/sources/{form.id}/look").status_code == 404
    assert eve.post(f"/desk/settings/sources/{form.id}/sites", data={"sites": "https://e.example"}).status_code == 404
    assert SITE in desk.get("/desk/settings/sources")


def test_sites_are_read_as_they_are_typed() -> None:
    assert read_sites("Example.com/page?x=1, http://localhost:8000") == ("https://example.com", "http://localhost:8000")
    assert read_sites(" ") == ()
    assert with_www(("http://localhost:8000", "https://10.0.0.1")) == ("http://localhost:8000", "https://10.0.0.1")
    for text in ("javascript:alert(1)", "https://*", "nowhere", "https://a b\"';.x", "https://u:p@a.example"):
        with pytest.raises(ValueError, match="write it like"):
            read_sites(text)
    with pytest.raises(ValueError, match="At most"):
        read_sites(" ".join(f"s{at}.example" for at in range(MOST + 1)))
