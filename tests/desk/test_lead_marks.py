"""One person: tags, fields, a score that says what it is made of, a series by hand, a reply."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from service.domain.acts import AddTag
from service.storage import consents, leads, marks, runs
from service.storage.tables import audit, event
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.score_leads import score_leads
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in
from tests.support.split_series import publish_split


def text_of(desk: Desk, name: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.get(f"/desk/leads/{desk.people[name]}"))))


def path(desk: Desk, name: str, more: str) -> str:
    return f"/desk/leads/{desk.people[name]}/{more}"


def tags_of(desk: Desk, name: str) -> frozenset[str]:
    with desk.house.kit.db.read() as conn:
        return marks.tags_of(conn, [desk.people[name]]).get(desk.people[name], frozenset())


def running(desk: Desk, name: str) -> set[int]:
    with desk.house.kit.db.read() as conn:
        return {run.campaign_id for run in runs.running(conn, lead_id=desk.people[name])}


def audited(desk: Desk) -> list[str]:
    with desk.house.kit.db.read() as conn:
        return list(conn.execute(sa.select(audit.c.action).order_by(audit.c.at, audit.c.id)).scalars())


def test_a_tag_is_added_offered_to_others_in_its_spelling_and_taken_away(desk: Desk) -> None:
    assert desk.post_form(path(desk, "Alice", "tags"), tag=" Prefers mornings ").status_code == 303
    assert "Prefers mornings" in text_of(desk, "Alice")
    assert '<option value="Prefers mornings">' in desk.get(f"/desk/leads/{desk.people['Maria']}")
    desk.post_form(path(desk, "Maria", "tags"), tag="prefers MORNINGS")
    assert tags_of(desk, "Maria") == {"Prefers mornings"}
    desk.post_form(path(desk, "Maria", "tags"), tag="Prefers mornings")
    assert "was there already" in text_of(desk, "Maria")
    desk.post_form(path(desk, "Alice", "tags/remove"), tag="Prefers mornings")
    assert tags_of(desk, "Alice") == frozenset()
    assert audited(desk)[-3:] == ["lead tagged", "lead tagged", "lead untagged"]


def test_a_tag_that_a_series_begins_with_enters_the_lead(desk: Desk) -> None:
    publish_split(desk.house.kit, desk.clinic)
    before = running(desk, "Maria")
    desk.post_form(path(desk, "Maria", "tags"), tag="curious")
    assert running(desk, "Maria") - before == {desk.campaign("tried")}


def test_a_field_is_set_changed_and_forgotten(desk: Desk) -> None:
    desk.post_form(path(desk, "Alice", "fields"), name="insurance", value="Aetna")
    assert re.search("insurance\\s+Aetna", text_of(desk, "Alice"))
    assert '<option value="insurance">' in desk.get(f"/desk/leads/{desk.people['Maria']}")
    desk.post_form(path(desk, "Alice", "fields"), name="Insurance", value="none")
    assert re.search("insurance\\s+none", text_of(desk, "Alice"))
    desk.post_form(path(desk, "Alice", "fields"), name="insurance", value="")
    assert "insurance none" not in text_of(desk, "Alice")
    assert audited(desk)[-3:] == ["field set", "field set", "field forgotten"]


@pytest.mark.parametrize(
    ("part", "given", "mend"),
    [
        ("tags", {"tag": "x" * 61}, "at most 60"),
        ("tags", {"tag": "  "}, "in one line"),
        ("fields", {"name": "first_name", "value": "x"}, "choose another name"),
        ("fields", {"name": "2 words", "value": "x"}, "Begin with a letter"),
        ("fields", {"name": "plan", "value": "x" * 301}, "at most 300"),
    ],
)
def test_what_cannot_be_kept_says_why_and_stays_typed(desk: Desk, part: str, given: dict[str, str], mend: str) -> None:
    answer = desk.post_form(path(desk, "Alice", part), **given)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert mend in text
    assert 'aria-invalid="true"' in text
    assert all(f'value="{value}"' in text for value in given.values())


def test_a_score_says_what_it_is_made_of(desk: Desk) -> None:
    desk.post_form("/desk/settings/scores/rules", deed="clicked:book", points="10")
    score_leads(desk.house.kit)
    text = text_of(desk, "Maria")
    assert re.search(r"Score: 2\d points ready|Score: 2\d points warm", text)
    assert re.search(r"Opened the booking page\s+3 times, last .* \+2\d\.\d", text)
    assert "fade by half every 30 days" in text
    assert "No points yet" in text_of(desk, "Nadia")


def test_a_lead_is_entered_by_hand_once_and_it_is_written_down(desk: Desk) -> None:
    page = html.unescape(desk.get(path(desk, "Alice", "enroll")))
    assert "Sciatica: from question to first visit" in page
    assert "They are in it now" in page
    assert "The visit's own mails" not in page, "a series about a visit begins with a visit"
    win_back = str(desk.campaign("win-back"))
    assert desk.post_form(path(desk, "Alice", "enroll"), campaign=win_back).status_code == 303
    assert desk.campaign("win-back") in running(desk, "Alice")
    again = desk.post_form(path(desk, "Alice", "enroll"), campaign=win_back)
    assert again.status_code == 422
    assert "they are in it already" in again.get_data(as_text=True)
    assert audited(desk).count("lead enrolled") == 1


def test_it_says_why_a_series_does_not_take_somebody(desk: Desk) -> None:
    def refused(name: str, key: str) -> str:
        answer = desk.post_form(path(desk, name, "enroll"), campaign=str(desk.campaign(key)))
        assert answer.status_code == 422
        return html.unescape(answer.get_data(as_text=True))

    assert "the goal is reached" in refused("Erik", "neck-pain")
    assert "too early to enter again" in refused("Charlie", "sciatica-consultation")
    with desk.house.kit.db.write() as conn:
        leads.change(conn, desk.people["Maria"], {"minor": True}, desk.clock())
    assert "under 18" in refused("Maria", "neck-pain")
    assert "Choose a series" in desk.post_form(path(desk, "Alice", "enroll")).get_data(as_text=True)
    assert desk.post_form(path(desk, "Alice", "enroll"), campaign=str(desk.campaign("appointment"))).status_code == 404


def test_a_reply_is_asked_about_first_ends_their_series_and_leaves_the_agreement(desk: Desk) -> None:
    assert "agreement stands" in desk.get(path(desk, "Alice", "replied"))
    assert running(desk, "Alice")
    assert desk.post_form(path(desk, "Alice", "replied")).status_code == 303
    text = text_of(desk, "Alice")
    assert running(desk, "Alice") == set()
    assert "Replied to a mail" in text
    assert "a person answers" in text
    with desk.house.kit.db.read() as conn:
        assert [row.kind for row in consents.of_lead(conn, desk.people["Alice"])] == ["given"]
        kinds = conn.execute(sa.select(event.c.kind).where(event.c.lead_id == desk.people["Alice"])).scalars().all()
    assert "replied" in kinds
    assert "reply recorded" in audited(desk)


def test_who_is_not_under_eighteen_after_all_may_be_enrolled_again(desk: Desk) -> None:
    maria = desk.people["Maria"]
    with desk.house.kit.db.write() as conn:
        leads.change(conn, maria, {"minor": True}, desk.clock())
    assert path(desk, "Maria", "of-age") in desk.get(f"/desk/leads/{maria}")
    assert "Say so only when you have asked" in desk.get(path(desk, "Maria", "of-age"))
    assert desk.post_form(path(desk, "Maria", "of-age")).status_code == 303
    text = text_of(desk, "Maria")
    assert "under 18" not in text
    assert "they may enter a series again" in text
    assert audited(desk).count("said to be of age") == 1
    desk.post_form(path(desk, "Maria", "of-age"))
    assert audited(desk).count("said to be of age") == 1, "said twice is said once"


def test_another_clinics_person_is_nobody_here(desk: Desk) -> None:
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    for more in ("tags", "tags/remove", "fields", "enroll", "replied", "of-age", "cared-for"):
        assert eve.post(path(desk, "Alice", more), data={"tag": "x", "name": "x", "value": "x"}).status_code == 404
    for more in ("enroll", "replied", "of-age", "cared-for"):
        assert eve.get(path(desk, "Alice", more)).status_code == 404
    assert tags_of(desk, "Alice") == frozenset()


def test_tags_filter_the_list_and_do_not_stand_in_its_address(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        mark_leads(conn, desk.house.kit, [Mark(desk.clinic, desk.people["Alice"], AddTag("bad knee"))], desk.clock())
    page = desk.get("/desk/leads")
    option = re.search(r'<option value="([0-9a-f]+)">bad knee', page)
    assert option is not None
    found = desk.get(f"/desk/leads?tag={option[1]}")
    assert re.findall(r'class="who"[^>]*>(\w+)', found) == ["Alice"]
    assert desk.get("/desk/leads?tag=none-such").count('class="who"') == page.count('class="who"')


def test_the_language_is_shown_and_changed_and_kept_in_the_record(desk: Desk) -> None:
    assert "Language English Write in Spanish" in text_of(desk, "Alice")
    assert desk.post_form(path(desk, "Alice", "language"), language="es").status_code == 303
    assert "Language Spanish Write in English" in text_of(desk, "Alice")
    desk.post_form(path(desk, "Alice", "language"), language="es")
    assert desk.post_form(path(desk, "Alice", "language"), language="tlh").status_code == 400
    assert audited(desk).count("language changed") == 1
    desk.post_form(path(desk, "Alice", "language"), language="en")
