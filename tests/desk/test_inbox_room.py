"""The inbox: newest first, by state, and each post shown only to whoever asks by name."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service.domain.kept_post import LONGEST, read_kept
from service.domain.timing import DAY
from service.storage import consents, inbox, sources
from service.storage.tables import audit
from service.usecases.forget_old import forget_old
from tests.support.desk_data import Desk, sign_in

FORM = "application/x-www-form-urlencoded"
GOOD = b'{"type": "consultation.requested", "data": {"email": "ida@example.org", "first_name": "Ida", "consent": true}}'


def keep(desk: Desk, body: bytes, *, state: str = "waiting", kind: str = "application/json", **more: object) -> int:
    with desk.house.kit.db.write() as conn:
        source = sources.of_clinic(conn, desk.clinic)[0]
        post_id = inbox.add(
            conn,
            clinic_id=desk.clinic,
            source_id=source.id,
            external_id=f"{len(inbox.of_clinic(conn, desk.clinic))}-more",
            now=desk.clock(),
            **{"content_type": kind, "body": body, "meta": {}, "state": state, **more},
        )
    assert post_id is not None
    return post_id


def test_posts_are_filtered_by_state_with_their_counts(desk: Desk) -> None:
    keep(desk, GOOD, state="refused", reason="Too quick for a person: <script>alert(1)</script>")
    keep(desk, GOOD)
    page = desk.get("/desk/inbox")
    for label in ("All 3", "Could not be read 1", "Waiting to be read 1", "Refused 1", "Read 0"):
        assert f">{label}</a>" in page, label
    assert "Came twice" not in page
    assert "Too quick for a person: &lt;script&gt;" in page
    refused = desk.get("/desk/inbox?state=refused")
    assert len(re.findall(r'class="who" href="/desk/inbox/\d+"', refused)) == 1
    assert "Every post was read" not in refused
    assert "All 3" in desk.get("/desk/inbox?state=nonsense&after=%00.x")


def test_pages_follow_one_another_without_a_gap(desk: Desk) -> None:
    made = [keep(desk, GOOD, state="refused", reason="Refused") for _ in range(60)]
    found: list[str] = []
    path: str | None = "/desk/inbox?state=refused"
    while path:
        page = desk.get(path)
        found += re.findall(r'class="who" href="/desk/inbox/(\d+)"', page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert found == [str(post_id) for post_id in sorted(made, reverse=True)]


def test_a_waiting_post_is_read_by_hand_and_shows_what_was_made_of_it(desk: Desk) -> None:
    post_id = keep(desk, GOOD)
    assert "It is kept, and not read yet" in desk.get(f"/desk/inbox/{post_id}")
    read = desk.post_form(f"/desk/inbox/{post_id}/again")
    assert re.fullmatch(r"/desk/leads/\d+", read.headers["Location"])
    page = desk.get(f"/desk/inbox/{post_id}")
    assert f'href="{read.headers["Location"]}">Ida</a>' in page
    assert "ida@example.org" in page
    assert "agreed to" in page


def test_a_form_is_shown_field_by_field_and_each_look_is_noted(desk: Desk) -> None:
    body = b"first_name=%3Cb%3EIda%3C%2Fb%3E&message=It+hurts%0AA+lot&phone="
    post_id = keep(desk, body, state="unreadable", kind=f"{FORM}; charset=utf-8", meta={"ip": "192.0.2.7"})
    hidden = desk.get(f"/desk/inbox/{post_id}")
    assert "It hurts" not in hidden
    assert "192.0.2.7" not in hidden
    page = desk.post_form(f"/desk/inbox/{post_id}/body").get_data(as_text=True)
    assert '<th scope="row">first_name</th><td>&lt;b&gt;Ida&lt;/b&gt;</td>' in page
    assert "<td>It hurts\nA lot</td>" in page
    assert "<td>(empty)</td>" in page
    assert "192.0.2.7" in page
    with desk.house.kit.db.read() as conn:
        looks = conn.execute(
            sa.select(audit.c.user_id).where(audit.c.action == "post seen", audit.c.object == str(post_id))
        )
        assert looks.scalars().all() == [desk.owner]


def test_a_refused_post_stands_on_home_until_somebody_has_looked(desk: Desk) -> None:
    post_id = keep(desk, GOOD, state="refused", reason="A field that people do not see was filled in.")
    home = desk.get("/desk/")
    assert "1 sign-up was refused as a machine’s" in home
    assert 'href="/desk/inbox?state=refused"' in home
    assert "a person’s browser does" in desk.get(f"/desk/inbox/{post_id}")
    desk.post_form(f"/desk/inbox/{post_id}/body")
    assert "refused as a machine" not in desk.get("/desk/")


def test_a_refused_post_can_be_left_refused_or_taken_after_all(desk: Desk) -> None:
    post_id = keep(desk, GOOD, state="refused", reason="A field that people do not see was filled in.")
    desk.post_form(f"/desk/inbox/{post_id}/leave")
    assert "refused as a machine" not in desk.get("/desk/")
    read = desk.post_form(f"/desk/inbox/{post_id}/again")
    assert re.fullmatch(r"/desk/leads/\d+", read.headers["Location"])
    with desk.house.kit.db.read() as conn:
        noted = conn.execute(sa.select(audit.c.action).where(audit.c.object == str(post_id)).order_by(audit.c.id))
        assert noted.scalars().all() == ["post left refused", "post read again"]
        assert inbox.get(conn, post_id).state == "processed"


def test_an_old_refusal_asks_for_nobody(desk: Desk) -> None:
    keep(desk, GOOD, state="refused", reason="A field that people do not see was filled in.")
    desk.clock.advance(days=15)
    sign_in(desk.client)
    assert "refused as a machine" not in desk.get("/desk/")


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b'"\\ud800"', b"[" * 50_000, b"9" * 9_000, b"<!--", b"{}" * LONGEST]
)
def test_whatever_was_sent_can_be_shown(desk: Desk, body: bytes) -> None:
    post_id = keep(desk, body, state="unreadable", reason="It could not be read.")
    assert desk.post_form(f"/desk/inbox/{post_id}/body").status_code == 200


def test_json_is_laid_out_and_a_long_post_says_that_it_is_cut() -> None:
    assert read_kept(b'{"a":{"b":"\xc3\xa4"}}', "application/json").text == '{\n  "a": {\n    "b": "ä"\n  }\n}'
    assert read_kept(b"plain", "").text == "plain"
    long = read_kept(b"x" * (LONGEST + 1), "text/plain")
    assert long.cut
    assert len(long.text) == LONGEST


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", "", "text/plain; charset=latin-1"]))
def test_reading_a_kept_post_never_fails(body: bytes, kind: str) -> None:
    kept = read_kept(body, kind)
    for part in (kept.text, *(text for field in kept.fields for text in field)):
        part.encode()


def test_the_page_says_that_what_was_sent_is_forgotten(desk: Desk) -> None:
    post_id = keep(desk, GOOD)
    desk.post_form(f"/desk/inbox/{post_id}/again")
    desk.clock.advance(days=181)
    forget_old(desk.house.kit)
    sign_in(desk.client)
    page = desk.get(f"/desk/inbox/{post_id}")
    assert "Forgotten: what was sent is kept for 180 days only" in page
    assert "Show it" not in page
    assert "ida@example.org" in page, "what was made of it stays"


def test_the_page_of_somebody_forgotten_says_why_nothing_is_there(desk: Desk) -> None:
    nadia = desk.people["Nadia"]
    with desk.house.kit.db.write() as conn:
        consents.record(
            conn,
            clinic_id=desk.clinic,
            lead_id=nadia,
            kind="asked",
            wording="",
            version="",
            how="x",
            at=desk.clock() - 8 * DAY,
        )
    assert forget_old(desk.house.kit) == 1
    page = desk.get(f"/desk/leads/{nadia}")
    assert "Nadia" not in page
    assert "the address was not confirmed in time" in page
    assert "Nobody named" in desk.get("/desk/leads")
