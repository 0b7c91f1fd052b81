"""A lead's page: why each mail was sent or not, and what comes next."""

from __future__ import annotations

import re

import sqlalchemy as sa

from service.storage import answers, leads
from service.storage.tables import audit
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.why import Story, why
from tests.support.desk_data import Desk


def story_of(desk: Desk, name: str) -> Story:
    kit = desk.house.kit
    with kit.db.read() as conn:
        return why(kit, conn, leads.get(conn, desk.people[name]), desk.clock())


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_it_says_why_the_unsubscribed_lead_got_nothing_more(desk: Desk) -> None:
    text = plain(desk.get(f"/desk/leads/{desk.people['Bob']}"))
    assert "Not sent: “How it may work, and how sure we are” they had asked us to stop on 14 Nov 2026" in text
    assert "They asked us to stop on 14 Nov 2026. Nothing is sent but mail about a visit." in text
    assert "Nothing is ahead" in text


def test_it_says_what_leaves_next_and_the_chain_of_reasons(desk: Desk) -> None:
    text = plain(desk.get(f"/desk/leads/{desk.people['Alice']}"))
    assert re.search(r"“[^”]+” leaves .{5,20} \d\d:\d\d , their time", text)
    assert "Mails leave Mon–Sat 9–18, their time. If they book before, it is not sent." in text
    assert "Sent “Thank you for writing to us” due then; agreed on 10 Nov 2026" in text


def test_what_is_foreseen_is_what_is_then_sent(desk: Desk) -> None:
    story = story_of(desk, "Alice")
    ahead = story.next[0]
    assert ahead.at is not None
    desk.clock.at = ahead.at
    for _ in range(3):
        desk.tick()
    sent = [line for line in story_of(desk, "Alice").lines if line.what == "Sent"]
    assert (sent[0].named, sent[0].at) == (ahead.title, ahead.at)


def test_it_says_that_the_address_is_dead(desk: Desk) -> None:
    text = plain(desk.get(f"/desk/leads/{desk.people['Charlie']}"))
    assert "the address does not exist: mail came back; left “Sciatica: from question to first visit”" in text


def test_it_says_that_booking_ended_the_series(desk: Desk) -> None:
    text = plain(desk.get(f"/desk/leads/{desk.people['Erik']}"))
    assert "they booked a visit; left “Sciatica: from question to first visit”" in text
    assert "The visit's own mails" in desk.get(f"/desk/leads/{desk.people['Erik']}").replace("&#39;", "'")


def test_a_paused_campaign_shows_what_holds_each_person(desk: Desk) -> None:
    kit, campaign = desk.house.kit, desk.campaign()
    pause_campaign(kit, desk.clinic, campaign, desk.owner)
    assert "Held: the campaign is paused" in plain(desk.get(f"/desk/leads/{desk.people['Alice']}"))
    resume_campaign(kit, desk.clinic, campaign, desk.owner)
    assert "Held:" not in plain(desk.get(f"/desk/leads/{desk.people['Alice']}"))


def test_a_pause_moves_what_comes_next(desk: Desk) -> None:
    alice = desk.people["Alice"]
    desk.post_form(f"/desk/leads/{alice}/pause")
    assert "paused until 24 Dec 2026" in desk.get(f"/desk/leads/{alice}")
    ahead = story_of(desk, "Alice").next[0]
    assert ahead.at >= desk.clock() + 29 * 86_400
    desk.post_form(f"/desk/leads/{alice}/resume")
    assert "paused until" not in desk.get(f"/desk/leads/{alice}")


def test_stopping_for_someone_is_written_down_as_done_by_the_desk(desk: Desk) -> None:
    alice = desk.people["Alice"]
    desk.post_form(f"/desk/leads/{alice}/stop")
    text = plain(desk.get(f"/desk/leads/{alice}"))
    assert "Asked us to stop somebody here did it for them" in text


def test_answers_are_shown_on_request_and_each_look_is_noted(desk: Desk) -> None:
    maria = desk.people["Maria"]
    with desk.house.kit.db.write() as conn:
        answers.add(conn, desk.clinic, maria, [("What holds you back?", "The <script>price")], desk.clock())
    page = desk.get(f"/desk/leads/{maria}")
    assert "1 answer in their own words" in page
    assert "price" not in page
    shown = desk.post_form(f"/desk/leads/{maria}/answers").get_data(as_text=True)
    assert "The &lt;script&gt;price" in shown
    with desk.house.kit.db.read() as conn:
        noted = conn.execute(sa.select(audit.c.user_id, audit.c.object).where(audit.c.action == "answers seen")).all()
    assert noted == [(desk.owner, str(maria))]
