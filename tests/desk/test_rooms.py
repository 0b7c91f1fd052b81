"""Every room shows what is true, to whom it belongs, at a bounded price."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from service.storage import clinics, tasks
from service.storage.database import Database
from service.storage.tasks import NewTask
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

MOST_STATEMENTS = 25


def rooms(desk: Desk) -> dict[str, str]:
    return {
        "home": "/desk/",
        "leads": "/desk/leads",
        "lead": f"/desk/leads/{desk.people['Maria']}",
        "stopped lead": f"/desk/leads/{desk.people['Bob']}",
        "booked lead": f"/desk/leads/{desk.people['Erik']}",
        "ask to stop": f"/desk/leads/{desk.people['Alice']}/stop",
        "appointments": "/desk/appointments",
        "cancel": f"/desk/appointments/{desk.visit}/cancel",
        "inbox": "/desk/inbox",
        "unreadable": "/desk/inbox?state=unreadable",
        "post": f"/desk/inbox/{desk.post}",
        "review": "/desk/review",
        "sending": "/desk/sending",
        "password": "/desk/password",
        "settings": "/desk/settings",
        "practitioners": "/desk/settings/practitioners",
        "sources": "/desk/settings/sources",
        "people": "/desk/settings/people",
        "sending settings": "/desk/settings/sending",
        "webhooks": "/desk/settings/webhooks",
    }


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


def test_every_room_opens_at_a_bounded_price_without_a_line_of_inline_script(desk: Desk, db: Database) -> None:
    for name, path in rooms(desk).items():
        desk.client.get(path)
        with counted(db) as said:
            text = desk.get(path)
        assert len(said) <= MOST_STATEMENTS, f"{name}: {len(said)} statements\n" + "\n".join(said)
        assert " style=" not in text, name
        assert not re.search(r"\son[a-z]+=", text), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), name
        assert "<style" not in text, name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text.replace("https://sun.example", "")), name


def test_every_room_opens_with_nothing_in_it(db: Database, desk: Desk) -> None:
    clinic_id = another_clinic(desk.house)
    a_user(desk.house, "eve@moon.example", "Eve", clinic_id)
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    for path in ("/desk/", "/desk/leads", "/desk/appointments", "/desk/inbox", "/desk/review"):
        answer = eve.get(path)
        assert answer.status_code == 200, path
        text = answer.get_data(as_text=True)
        assert not re.search("Alice|Bob|Maria|Sciatica", text), path


def test_nothing_of_another_clinic_can_be_opened_or_changed(desk: Desk) -> None:
    clinic_id = another_clinic(desk.house)
    a_user(desk.house, "eve@moon.example", "Eve", clinic_id)
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    alice = desk.people["Alice"]
    for path in (f"leads/{alice}", f"leads/{alice}/stop"):
        assert eve.get(f"/desk/{path}").status_code == 404, path
    for path in (
        f"leads/{alice}/answers",
        f"leads/{alice}/note",
        f"leads/{alice}/pause",
        f"leads/{alice}/stop",
        f"appointments/{desk.visit}/came",
        f"appointments/{desk.visit}/cancel",
        f"inbox/{desk.post}/body",
        f"inbox/{desk.post}/again",
    ):
        assert eve.post(f"/desk/{path}").status_code == 404, path
    assert "alice@example.org" not in eve.post("/desk/leads/find", data={"words": "alice"}, follow_redirects=True).text


def test_every_number_of_home_opens_as_many_people(desk: Desk) -> None:
    checked = 0
    for path, number in re.findall(r'<a class="n" href="(/desk/leads\?[^"]+)">([\d,]+)', desk.get("/desk/")):
        told = re.search(r'<p class="sub">(\d[\d,]*) (?:person|people)', desk.get(path.replace("&amp;", "&")))
        assert told is not None, path
        assert told[1] == number, path
        checked += 1
    assert checked == 5


def test_home_tells_what_needs_a_person(desk: Desk) -> None:
    text = desk.get("/desk/")
    assert "Maria" in text
    assert "Opened the booking page 3 times" in text
    assert "1 sign-up could not be read" in text
    assert "No mail goes out" in text  # no worker has ticked in this test
    assert "1 of 6 booked" in text


def test_home_shows_five_things_first_and_folds_the_others(desk: Desk) -> None:
    alice = desk.people["Alice"]
    asked = [NewTask(desk.clinic, alice, "note", f"Thing {number}", f"thing {number}") for number in range(6)]
    with desk.house.kit.db.write() as conn:
        tasks.add_many(conn, asked, desk.clock())
    first, folded = desk.get("/desk/").split('<details class="more-need">')
    assert first.count("<li>") - first.split('<ol class="need">')[0].count("<li>") == 5
    more = re.search(r"And (\d+) more", folded)
    assert more is not None
    assert folded.split("</details>")[0].count("<li>") == int(more[1])


def test_whoever_was_called_is_not_asked_for_again_until_they_show_anew(desk: Desk) -> None:
    maria = desk.people["Maria"]
    desk.post_form(f"/desk/leads/{maria}/note", how="called", text="Comes on Friday <b>perhaps</b>")
    assert "Maria" not in desk.get("/desk/")
    text = desk.get(f"/desk/leads/{maria}")
    assert "Dana Whitfield called" in text
    assert "&lt;b&gt;perhaps&lt;/b&gt;" in text


def test_search_finds_the_beginning_of_a_name_and_puts_no_name_into_the_address(desk: Desk) -> None:
    found = desk.post_form("/desk/leads/find", words="mar")
    assert found.headers["Location"] == f"/desk/leads/{desk.people['Maria']}"
    several = desk.post_form("/desk/leads/find", words="a")
    assert several.headers["Location"] in ("/desk/leads?find=yes", f"/desk/leads/{desk.people['Alice']}")
    none = desk.post_form("/desk/leads/find", words="zz%")
    assert none.headers["Location"] == "/desk/leads?find=yes"
    assert "Nobody matches this" in desk.get("/desk/leads?find=yes")


@pytest.mark.parametrize(
    ("stage", "who"),
    [
        ("stopped", "Bob"),
        ("bounced", "Charlie"),
        ("booked", "Erik"),
        ("clicked", "Maria"),
        ("no-consent", "Nadia"),
        ("reading", "Alice"),
    ],
)
def test_each_stands_at_one_stage(desk: Desk, stage: str, who: str) -> None:
    text = desk.get(f"/desk/leads?stage={stage}")
    assert re.findall(r'class="who" href="/desk/leads/\d+">(\w+)', text) == [who]


def test_pages_of_leads_follow_one_another_without_a_gap(desk: Desk) -> None:
    for number in range(60):
        desk.house.lead(f"P{number:02d}", consent=False)
    seen: list[str] = []
    path: str | None = "/desk/leads"
    while path:
        text = desk.get(path)
        seen += re.findall(r'class="who" href="/desk/leads/(\d+)"', text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        path = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 66


def test_the_stop_switch_stands_on_every_page_and_says_why_it_was_used(desk: Desk) -> None:
    assert "Stop all…" in desk.get("/desk/leads")
    desk.post_form("/desk/sending/stop", why="The <i>relay</i> is down")
    assert "Start…" in desk.get("/desk/leads")
    assert "The &lt;i&gt;relay&lt;/i&gt; is down" in desk.get("/desk/sending")
    assert "All mail is stopped" in desk.get("/desk/")
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).stopped_at == desk.clock()
    desk.post_form("/desk/sending/start")
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).stopped_at is None
