"""The Campaigns room: what it shows is counted, each number opens those it counts, a pause says what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
import sqlalchemy as sa

from service.domain.timing import DAY
from service.storage.database import Database
from service.storage.tables import audit
from service.usecases.enroll import enter_by
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

MOST_STATEMENTS = 25
SERIES = "/desk/campaigns/sciatica-consultation"
PAGES = (
    "/desk/campaigns",
    SERIES,
    f"{SERIES}?who=ny&when=friday&does=clicks",
    f"{SERIES}?tab=people",
    f"{SERIES}?tab=people&state=way&step=looked&way=1",
    f"{SERIES}?tab=mails",
    f"{SERIES}/pause",
    "/desk/campaigns/appointment",
    "/desk/campaigns/appointment?tab=mails",
    "/desk/campaigns/win-back",
    "/desk/campaigns/win-back?tab=people",
)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    sa.event.listen(db._engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(db._engine, "before_cursor_execute", note)


def test_every_page_opens_at_a_bounded_price_and_brings_no_inline_style_or_script(desk: Desk, db: Database) -> None:
    for path in PAGES:
        desk.get(path)
        with counted(db) as said:
            page = desk.get(path)
        assert len(said) <= MOST_STATEMENTS, f"{path}: {len(said)}\n" + "\n".join(said)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", page), path


def test_a_page_costs_as_many_statements_for_sixty_people_as_for_six(desk: Desk, db: Database) -> None:
    def price() -> int:
        desk.get(SERIES)
        with counted(db) as said:
            desk.get(SERIES)
        return len(said)

    before = price()
    leads = [desk.house.lead(f"P{number}", interest="sciatica") for number in range(54)]
    with desk.house.kit.db.write() as conn:
        for lead_id in leads:
            enter_by(conn, desk.house.kit, desk.clinic, lead_id, "signup", desk.clock(), interest="sciatica")
    assert price() == before


def test_each_number_opens_just_as_many_people(desk: Desk) -> None:
    checked = 0
    for room in ("/desk/campaigns", SERIES, "/desk/campaigns/appointment"):
        links = re.findall(r'<a class="n" href="(/desk/campaigns/[^"]+)">([\d,]+)', desk.get(room))
        for path, number in links:
            page = desk.get(unescape(path))
            told = re.search(r'<h2 id="h-people">([\d,]+) (?:person|people)', page)
            assert told is not None, path
            assert told[1] == number, f"{room}: {path}"
            assert len(re.findall(r'class="who"', page)) == int(number)
            checked += 1
    assert checked > 15


def test_each_person_stands_at_one_step_so_that_the_waits_add_up(desk: Desk) -> None:
    page = text_of(desk.get(SERIES))
    here = re.search(r"(\d+) here now", page)
    assert here is not None
    assert sum(map(int, re.findall(r"(\d+) waits?\b", page.split("What goes out next")[0]))) == int(here[1]) > 0
    tabs = text_of(desk.get(f"{SERIES}?tab=people"))
    parts = re.findall(r"(Here now|Booked|Left otherwise|Read to the end|All who entered) (\d+)", tabs)
    numbers = {name: int(number) for name, number in parts}
    assert sum(numbers.values()) == 2 * numbers["All who entered"]


def test_whoever_booked_or_left_stands_at_the_last_mail_that_they_were_sent(desk: Desk) -> None:
    booked = text_of(desk.get(f"{SERIES}?tab=people&state=booked"))
    assert "Erik" in booked
    assert "They booked a visit" in booked
    left = text_of(desk.get(f"{SERIES}?tab=people&state=left"))
    assert "They asked us to stop" in left
    assert "The address does not exist" in left
    assert "Alice" not in left


def test_a_campaign_is_found_by_key_and_by_id_and_none_of_another_clinic(desk: Desk) -> None:
    assert "Sciatica: from question to first visit" in desk.get(f"/desk/campaigns/{desk.campaign()}")
    for name in ("none-such", "0", "9" * 40, "²"):
        assert desk.client.get(f"/desk/campaigns/{name}").status_code == 404
    clinic_id = another_clinic(desk.house)
    a_user(desk.house, "eve@moon.example", "Eve", clinic_id)
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    for name in ("sciatica-consultation", str(desk.campaign())):
        for path in ("", "?tab=people", "?tab=mails", "/pause", "/mails/welcome"):
            assert eve.get(f"/desk/campaigns/{name}{path}").status_code == 404, path
    empty = eve.get("/desk/campaigns").get_data(as_text=True)
    assert "A campaign is a series of mails" in empty
    assert "Sciatica" not in empty


@pytest.mark.parametrize(
    "query", ["tab=none", "tab=people&state=none", "tab=people&step=none", "tab=people&state=way&step=looked&way=7"]
)
def test_an_address_that_asks_for_what_there_is_not_is_not_found(desk: Desk, query: str) -> None:
    assert desk.client.get(f"{SERIES}?{query}").status_code == 404


def test_the_simulation_shows_each_mail_and_why_it_leaves_later(desk: Desk) -> None:
    page = desk.get(f"{SERIES}?when=friday&does=clicks")
    strip = text_of(page.split('id="sim"')[1].split("</section>")[0])
    assert "opens the booking page" in strip
    assert "The next open times" in strip
    assert "Sunday is no day for mails" in strip
    read = text_of(desk.get(SERIES).split('id="sim"')[1].split("</section>")[0])
    assert "9 mails in" in read
    assert "The next open times" not in read
    booked = text_of(desk.get(f"{SERIES}?does=books").split('id="sim"')[1].split("</section>")[0])
    assert "leaves: they booked a visit" in booked


def test_what_goes_out_next_tells_the_person_the_mail_the_hour_and_why(desk: Desk) -> None:
    ahead = text_of(desk.get(SERIES).split('class="card ahead"')[1].split("</aside>")[0])
    assert "Alice" in ahead
    assert re.search(r"\d days after \w{3} \d+ \w{3} \d\d:\d\d", ahead)
    assert "Bob" not in ahead
    desk.post_form("/desk/sending/stop", why="")
    assert "All mail of the clinic is stopped" in desk.get(SERIES)


def test_a_pause_says_what_happens_to_how_many_and_is_noted_with_who_did_it(desk: Desk, db: Database) -> None:
    ask = text_of(desk.get(f"{SERIES}/pause"))
    assert "wait in place" in ask
    assert "nobody is lost" in ask
    assert "Mails already handed over still arrive" in ask
    people = re.search(r"Pause for (\d+) people", ask)
    assert people is not None
    assert "Live" in desk.get(SERIES)
    desk.post_form(f"{SERIES}/pause")
    paused = text_of(desk.get(SERIES))
    assert f"Paused. {people[1]} people wait in place." in paused
    assert "Nothing while the campaign is paused" in paused
    desk.clock.advance(seconds=30 * DAY)
    desk.tick()
    assert f"{people[1]} people are here now" in text_of(desk.get(f"{SERIES}?tab=people"))
    assert f"Resume for {people[1]} people" in text_of(desk.get(f"{SERIES}/pause"))
    desk.post_form(f"{SERIES}/resume")
    assert "Live" in text_of(desk.get(SERIES))
    with db.read() as conn:
        asked = sa.select(audit.c.action, audit.c.user_id).where(audit.c.action.like("campaign %"))
        noted = conn.execute(asked.order_by(audit.c.at, audit.c.id)).all()
    assert [tuple(row) for row in noted] == [("campaign paused", desk.owner), ("campaign resumed", desk.owner)]


def test_nothing_is_paused_without_the_form_of_this_page(desk: Desk) -> None:
    assert desk.client.post(f"{SERIES}/pause").status_code == 400
    assert "Live, version 1" in desk.get(SERIES)


def test_each_mail_is_shown_with_its_sources_claims_and_kind(desk: Desk) -> None:
    page = text_of(desk.get(f"{SERIES}?tab=mails"))
    assert "up to 40 percent of people meet it at some point" in page
    assert "Mayo Clinic" in page
    assert "Marketing: only with consent" in page
    assert "In place of" in page
    assert "Service: about the visit" in text_of(desk.get("/desk/campaigns/appointment?tab=mails"))


def test_a_preview_is_the_real_mail_in_a_frame_that_runs_nothing(desk: Desk) -> None:
    frames = re.findall(r"<iframe[^>]+>", desk.get(f"{SERIES}?tab=mails"))
    assert frames
    assert all('sandbox=""' in frame for frame in frames)
    answer = desk.client.get(f"{SERIES}/mails/welcome")
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "frame-ancestors 'self'", "style-src 'unsafe-inline'", "form-action 'none'"):
        assert part in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    page = answer.get_data(as_text=True)
    assert "Maria" in page
    assert "Hannah Lindqvist" in page
    text = desk.client.get(f"{SERIES}/mails/welcome?as=text")
    assert text.mimetype == "text/plain"
    assert desk.client.get(f"{SERIES}/mails/none").status_code == 404


@pytest.mark.parametrize(
    ("reader", "met"),
    [
        ("unnamed", "Thank you. Here is what happens next."),
        ("long", "Konstantinopoulou"),
        ("right-to-left", "مريم"),
        ("emoji", "🌻"),
        ("quotes", "&lt;b&gt;&amp;"),
    ],
)
def test_a_mail_is_shown_to_the_readers_whose_names_break_mails(desk: Desk, reader: str, met: str) -> None:
    page = desk.get(f"{SERIES}?tab=mails&reader={reader}")
    assert f"/mails/welcome?reader={reader}" in page
    mail = desk.get(f"{SERIES}/mails/welcome?reader={reader}")
    assert met in mail
    assert "Maria" not in mail
    assert "None" not in mail
    assert "<b>&" not in mail


def test_a_reader_that_there_is_not_is_not_found(desk: Desk) -> None:
    assert desk.client.get(f"{SERIES}?tab=mails&reader=none").status_code == 404
    assert desk.client.get(f"{SERIES}/mails/welcome?reader=none").status_code == 404


def test_people_come_in_pages_without_a_gap(desk: Desk) -> None:
    for number in range(60):
        lead_id = desk.house.lead(f"P{number:02d}", interest="sciatica")
        with desk.house.kit.db.write() as conn:
            enter_by(conn, desk.house.kit, desk.clinic, lead_id, "signup", desk.clock(), interest="sciatica")
    seen: list[str] = []
    path: str | None = f"{SERIES}?tab=people&state=entered"
    while path:
        page = desk.get(path)
        seen += re.findall(r'class="who" href="/desk/leads/(\d+)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(older[1]) if older else None
    assert len(seen) == len(set(seen)) == 65


def test_each_mail_is_shown_with_its_checks(desk: Desk) -> None:
    said = text_of(desk.get(f"{SERIES}?tab=mails"))
    assert said.count("All 12 checks hold") == 26
    assert "Each claim has its source" in said
