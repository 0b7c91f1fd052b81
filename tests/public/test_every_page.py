"""What holds for every page of a patient's."""

import re

import pytest
import sqlalchemy as sa

from service.domain.timing import parse_iso
from service.storage.tables import metadata
from service.usecases.book_visit import Booked, book_visit
from tests.public.conftest import Visitor, read

PATHS = ["/u/{}", "/p/{}", "/z/{}", "/k/{}", "/b/{}", "/v/{}", "/v/{}/move", "/v/{}/cancel", "/r/{}", "/o/{}",
         "/a/{}/price", "/a/{}/needles", "/a/{}/time", "/a/{}/forme", "/a/{}/other"]  # fmt: skip
CONDITIONS = re.compile(r"sciatic|arthrit|neck|pain|stress", re.IGNORECASE)


@pytest.fixture
def booked(alice: Visitor) -> Visitor:
    start = parse_iso("2026-12-01T09:00", "America/Chicago")
    assert isinstance(book_visit(alice.house.kit, alice.lead, start), Booked)
    return alice


def test_each_page_has_a_language_one_heading_and_asks_nobody_else_for_anything(booked: Visitor) -> None:
    for path in PATHS:
        shown = booked.get(path.format(booked.token))
        assert shown.status_code == 200, path
        page = read(shown)
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.all("h1")) == 1
        assert page.all("script") == []
        assert page.all("style") == []
        assert not [tag for tag, attributes in page.tags if "style" in attributes]
        assert all((link["href"] or "").startswith("/static/") for link in page.all("link"))
        assert {"name": "referrer", "content": "no-referrer"} in page.all("meta")
        assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert shown.headers["Cache-Control"] == "no-store"
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_no_condition_stands_in_a_title_and_no_address_in_full(booked: Visitor) -> None:
    for path in PATHS[:8] + PATHS[9:]:
        shown = booked.get(path.format(booked.token)).get_data(as_text=True)
        title = re.search(r"<title>(.*?)</title>", shown)
        assert title is not None
        assert not CONDITIONS.search(title[1])
        assert "alice@example.org" not in shown


def test_looking_changes_nothing_but_the_note_of_a_click(booked: Visitor) -> None:
    for path in PATHS:
        before = _all_rows(booked)
        booked.get(path.format(booked.token))
        after = _all_rows(booked)
        changed = {table for table in after if after[table] != before[table]}
        assert changed <= {"event", "message", "enrollment"}
        assert len(after["event"]) - len(before["event"]) <= 1
        assert {row[4] for row in after["event"]} - {row[4] for row in before["event"]} <= {"clicked"}


def test_a_forged_token_gets_the_same_kind_answer_everywhere(alice: Visitor) -> None:
    for path in PATHS:
        forged = alice.get(path.format("A" * 22))
        foreign = alice.get(path.format(alice.house.kit.links.mint("message", 12345)))
        short = alice.get(path.format("x"))
        assert forged.status_code == foreign.status_code == short.status_code == 404
        assert forged.data == foreign.data == short.data
        assert b"This link leads nowhere" in forged.data
        assert b"Sun Acupuncture" not in forged.data


def test_a_form_posted_from_elsewhere_is_not_taken_and_says_so_kindly(booked: Visitor) -> None:
    for path in ["/p/{}", "/z/{}", "/k/{}", "/b/{}", "/v/{}/move", "/v/{}/cancel", "/a/{}/price"]:
        before = _all_rows(booked)
        answered = booked.client.post(path.format(booked.token), data={"pace": "stop"})
        assert answered.status_code == 400
        assert b"Once more, please" in answered.data
        assert _all_rows(booked) == before


def _all_rows(visitor: Visitor) -> dict[str, list[tuple[object, ...]]]:
    with visitor.house.kit.db.read() as conn:
        return {
            table.name: sorted((tuple(str(v) for v in row) for row in conn.execute(sa.select(table))), key=str)
            for table in metadata.sorted_tables
        }


def test_a_clinics_colour_replaces_the_accent_in_a_shade_that_reads_well(alice: Visitor) -> None:
    with alice.house.kit.db.write() as conn:
        conn.execute(sa.text("UPDATE clinic SET accent = '#ffd400'"))
    own = read(alice.get(f"/b/{alice.token}")).all("link")[-1]
    assert own["href"] == "/brand/ffd400.css"
    style = alice.get("/brand/ffd400.css").get_data(as_text=True)
    assert "--accent: #" in style
    assert "ffd400" not in style
    assert alice.get("/brand/red;}.css").status_code == 404
