"""The mail editor: what is typed is kept in the draft, checked, tried, set back, and published like the rest."""

from __future__ import annotations

from html import unescape

import pytest
from werkzeug.test import TestResponse

from service.content.mail_parts import MailParts
from service.usecases.draft_campaign import open_draft
from service.usecases.edit_draft import ChangedMeanwhile
from service.usecases.write_mail import OpenMail, open_mail, save_mail
from tests.desk.test_campaign_rooms import text_of
from tests.support.desk_data import Desk

ON_ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # the other tests hold of this SQL on both
KEY, MAIL = "sciatica-consultation", "what-to-expect"
PAGE = f"/desk/campaigns/{KEY}/mails/{MAIL}"
"""A mail that every lead of the series gets."""


def _open(desk: Desk) -> OpenMail:
    return open_mail(desk.house.kit, desk.clinic, KEY, MAIL)


def _post(desk: Desk, **changed: str) -> TestResponse:
    found = _open(desk)
    parts = found.parts
    told = {"subject": parts.subject, "preheader": parts.preheader, "front": parts.front, "body": parts.body,
            "text": parts.text, "seen": found.seen, "act": "save"}  # fmt: skip
    return desk.post_form(f"{PAGE}/edit", **(told | changed))


def test_a_changed_mail_is_kept_in_the_draft_and_live_only_once_published(desk: Desk) -> None:
    kit, found = desk.house.kit, _open(desk)
    assert not found.changed
    assert _post(desk).status_code == 303
    assert open_draft(kit, desk.clinic, KEY) is None, "what says the same begins no draft"
    assert _post(desk, subject="Our first hour together").status_code == 303
    now = _open(desk)
    assert (now.parts.subject, now.changed, now.ships) == ("Our first hour together", True, True)
    assert "Our first hour together" in desk.get(f"{PAGE}/draft")
    assert "Our first hour together" not in desk.get(f"/desk/campaigns/{KEY}/mails/{MAIL}")
    assert "The words of" in desk.get(f"/desk/campaigns/{KEY}/publish/look")
    draft_now = open_draft(kit, desk.clinic, KEY)
    assert draft_now is not None
    assert draft_now.faults == ()


@ON_ONE
def test_what_a_lock_screen_shows_is_named_with_its_mend_and_its_place(desk: Desk) -> None:
    worse = _open(desk).parts.body.replace("<p>", "<p>It cures you. ", 1)
    _post(desk, subject="Your sciatica visit!", body=worse)
    said = text_of(desk.get(f"{PAGE}/edit"))
    assert "“sciatica” in the subject (the subject). To mend it: name no condition" in said
    assert "“cures” promises too much (line " in said
    assert "of the body)" in said
    _post(desk, body="<mj-section>{{ lead.firstname }}</mj-section>")
    said = text_of(desk.get(f"{PAGE}/edit"))
    assert "first_name" in said
    assert "(line 1 of the body)" in said
    assert "Each leads to a page" not in said, "what was not looked at is not said to be fine"
    assert "cannot be shown" in desk.get(f"{PAGE}/draft")


@ON_ONE
def test_the_text_part_follows_the_body_until_somebody_writes_it(desk: Desk) -> None:
    body = "<mj-section><mj-column><mj-text><p>{}</p></mj-text></mj-column></mj-section>"
    _post(desk, body=body.format("Come as you are."))
    assert _open(desk).parts.text == "Come as you are.\n"
    _post(desk, body=body.format("Come early."))
    assert _open(desk).parts.text == "Come early.\n"
    _post(desk, text="My own words.")
    _post(desk, body=body.format("Come late."))
    assert _open(desk).parts.text == "My own words.\n"


@ON_ONE
def test_whoever_saves_an_older_text_changes_nothing_and_keeps_what_was_typed(desk: Desk) -> None:
    seen = _open(desk).seen
    _post(desk, subject="One subject")
    answer = _post(desk, subject="Another subject", seen=seen)
    assert answer.status_code == 409
    page = unescape(answer.get_data(as_text=True))
    assert "Another subject" in page
    assert "You, in another window, changed this mail" in page
    assert _open(desk).parts.subject == "One subject"
    with pytest.raises(ChangedMeanwhile):
        save_mail(desk.house.kit, desk.clinic, desk.owner, KEY, MAIL, seen, MailParts("a", "b", "", "c", "d"))


@ON_ONE
@pytest.mark.parametrize("to", ["live", "shipped"])
def test_a_mail_is_set_back(desk: Desk, to: str) -> None:
    before = _open(desk).parts
    _post(desk, subject="Something else")
    desk.post_form(f"{PAGE}/edit", act=to)
    assert _open(desk).parts == before


@ON_ONE
def test_a_writer_cannot_make_a_series_mail_one_that_needs_no_consent(desk: Desk) -> None:
    _post(desk, front="service: true\n" + _open(desk).parts.front)
    found = _open(desk)
    assert found.mail is None or not found.mail.service


@ON_ONE
def test_a_test_goes_to_whoever_asks_and_to_no_lead(desk: Desk) -> None:
    _post(desk, subject="A subject to try", act="test")
    said = text_of(desk.get(f"{PAGE}/edit"))
    assert "It was taken." in said


@ON_ONE
def test_previews_show_the_dark_no_pictures_and_the_text(desk: Desk) -> None:
    assert "prefers-color-scheme" in desk.get(f"{PAGE}/draft")
    assert "prefers-color-scheme" not in desk.get(f"{PAGE}/draft?as=dark")
    assert 'src="http' not in desk.get(f"{PAGE}/draft?as=bare")
    assert "<html" not in desk.get(f"{PAGE}/draft?as=text")
    assert desk.client.get(f"{PAGE}/draft?reader=nobody").status_code == 404


@ON_ONE
def test_a_mail_that_is_not_there_and_a_hand_without_the_right_meet_nothing(desk: Desk) -> None:
    assert desk.client.get(f"/desk/campaigns/{KEY}/mails/none/edit").status_code == 404
    assert desk.client.get(f"/desk/campaigns/none/mails/{MAIL}/edit").status_code == 404
