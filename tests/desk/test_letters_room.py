"""The Letters room: written without JavaScript, looked at, planned, stopped, corrected; every number from rows."""

from __future__ import annotations

import re
from html import unescape

from service.domain.timing import HOUR
from service.usecases.letters.send_letters import send_letters
from service.usecases.save_segment import save_segment
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in
from tests.support.letter_room import SEGMENT, SUBJECT, WORDS

FORM = {
    "name": "Closed over the holiday",
    "subject": SUBJECT,
    "preheader": "The days, and when we open again.",
    "body": "\r\n\r\n".join(WORDS),
    "button": "book",
    "label": "See open times",
    "who": "segment:regulars",
    "holdout": "0",
    "day": "2026-11-25",
    "time": "09:00",
}


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def writes(desk: Desk, **changes: str) -> str:
    """The address of a new draft."""
    save_segment(desk.house.kit, desk.clinic, None, SEGMENT)
    answer = desk.post_form("/desk/letters/new", **FORM | changes)
    assert answer.status_code == 303, text_of(answer.get_data(as_text=True))
    return answer.location


def goes(desk: Desk) -> None:
    send_letters(desk.house.kit)
    desk.tick()


def test_an_empty_room_says_what_a_letter_is(desk: Desk) -> None:
    page = text_of(desk.get("/desk/letters"))
    assert "A letter goes once" in page
    assert "nobody gets it twice" in page
    assert 'href="/desk/letters"' in desk.get("/desk/campaigns")


def test_a_letter_is_written_looked_at_planned_and_sent(desk: Desk) -> None:
    address = writes(desk)
    page = text_of(desk.get(address))
    assert "Draft" in page
    assert "Regulars, tomorrow 09:00" in page
    assert WORDS[0] in unescape(desk.get(f"{address}/mail"))
    plain = desk.get(f"{address}/mail?as=text")
    assert "Hello Maria," in plain
    ask = text_of(desk.get(f"{address}/send"))
    counted = re.search(r"Send to (\d+) (?:people|person) on Wed 25 Nov 09:00\?", ask)
    assert counted
    assert desk.post_form(f"{address}/send").status_code == 303
    assert "Planned" in desk.get(address)
    goes(desk)
    assert "Planned" in desk.get("/desk/letters"), "its hour has not come"
    desk.clock.advance(hours=25)
    goes(desk)
    page = text_of(desk.get(address))
    assert re.search(rf"Sent {counted[1]} ", page), page
    assert "they asked us to stop" in page
    assert text_of(desk.get("/desk/letters")).count(FORM["name"]) == 1
    assert FORM["name"] not in desk.get("/desk/campaigns"), "a letter is no series"


def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_is_kept(desk: Desk) -> None:
    answer = desk.post_form("/desk/letters/new", **FORM | {"subject": "Your sciatica!", "who": "agreed"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="e-subject"' in page
    assert WORDS[0] in unescape(page)
    for field, value in (("day", "someday"), ("who", "segment:No Key"), ("who", "segment:gone"), ("holdout", "99")):
        answer = desk.post_form("/desk/letters/new", **FORM | {"who": "agreed", field: value})
        assert answer.status_code == 422, field
        assert f'id="e-{field}"' in answer.get_data(as_text=True)
    assert "A letter goes once" in desk.get("/desk/letters"), "nothing was saved"


def test_a_planned_letter_that_is_changed_is_a_draft_again(desk: Desk) -> None:
    address = writes(desk)
    desk.post_form(f"{address}/send")
    form = desk.get(f"{address}/edit")
    assert f'value="{FORM["subject"]}"' in unescape(form)
    assert re.search(r'value="segment:regulars" selected', form)
    assert desk.post_form(f"{address}/edit", **FORM | {"time": "10:30"}).status_code == 303
    page = text_of(desk.get(address))
    assert "Draft" in page
    assert "tomorrow 10:30" in page
    desk.clock.advance(hours=26)
    goes(desk)
    assert "Draft" in desk.get(address)


def test_a_letter_is_stopped_corrected_and_goes_on(desk: Desk) -> None:
    address = writes(desk, day="2026-11-24", time="18:30")
    desk.post_form(f"{address}/send")
    desk.clock.advance(hours=10)
    send_letters(desk.house.kit)  # outside the hours for mails: everybody waits
    desk.tick()
    ask = text_of(desk.get(f"{address}/stop"))
    assert "Stop this letter?" in ask
    waits = re.search(r"(\d+) (?:people|person) waits? in place", ask)
    assert waits
    assert desk.post_form(f"{address}/stop").status_code == 303
    page = text_of(desk.get(address))
    assert "Stopped" in page
    assert "the campaign is paused" in page
    answer = desk.post_form(f"{address}/correct", **FORM | {"subject": "", "preheader": "x"})
    assert answer.status_code == 422
    answer = desk.post_form(f"{address}/correct", **FORM | {"subject": "We are closed on Friday"})
    assert answer.status_code == 303
    assert "We are closed on Friday" in desk.get(address)
    assert "go on from where it stood" in text_of(desk.get(f"{address}/stop")).replace("goes", "go")
    assert desk.post_form(f"{address}/resume").status_code == 303
    desk.clock.advance(seconds=14 * HOUR)
    goes(desk)
    desk.clock.advance(seconds=HOUR)
    goes(desk)
    assert "Sent, version 2" in text_of(desk.get(address))


def test_another_clinic_sees_none_of_it(desk: Desk) -> None:
    address = writes(desk)
    clinic = another_clinic(desk.house)
    a_user(desk.house, "eve@moon.example", "Eve", clinic)
    client = desk.app.test_client()
    sign_in(client, "eve@moon.example")
    for path in ("", "/mail", "/edit", "/send", "/stop", "/correct"):
        assert client.get(address + path).status_code == 404
    assert FORM["name"] not in client.get("/desk/letters").get_data(as_text=True)
