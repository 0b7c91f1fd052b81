"""A draft is changed act by act; who looked at an older text changes nothing."""

from __future__ import annotations

import re

import pytest

from service.content.document import read_document
from service.domain.edit import Change, Duplicate, Refused, Remove, keys
from service.storage import campaigns
from service.usecases.begin_campaign import begin_campaign
from service.usecases.draft_campaign import newest_texts, open_draft
from service.usecases.edit_draft import ChangedMeanwhile, edit_draft, redo_edit, undo_edit
from service.usecases.publish_campaign import Texts, digest_of
from service.usecases.publish_live import publish_live
from tests.support.desk_data import Desk, a_user

ON_ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # the other tests hold of this SQL on both
KEY = "sciatica-consultation"


def _published(desk: Desk) -> tuple[str, str]:
    with desk.house.kit.db.read() as conn:
        row = campaigns.by_key(conn, desk.clinic, KEY)
        assert row is not None
        source, mails = newest_texts(conn, row)
    return source, digest_of(source, mails)


@ON_ONE
def test_an_act_begins_a_draft_and_a_second_on_the_same_text_changes_nothing(desk: Desk) -> None:
    kit, (source, digest) = desk.house.kit, _published(desk)
    first = keys(read_document(source, "a.yaml"))[0]
    assert edit_draft(kit, desk.clinic, None, KEY, digest, Change(None, "name", "Another name")) == ()
    draft = open_draft(kit, desk.clinic, KEY)
    assert draft is not None
    assert draft.changed
    with pytest.raises(ChangedMeanwhile):
        edit_draft(kit, desk.clinic, None, KEY, digest, Remove(first))
    with pytest.raises(Refused, match="no step gone"):
        edit_draft(kit, desk.clinic, None, KEY, draft.digest, Duplicate("gone"))
    kept = open_draft(kit, desk.clinic, KEY)
    assert kept is not None
    assert kept.source == draft.source


@ON_ONE
def test_a_faulty_act_is_kept_with_its_fault(desk: Desk) -> None:
    kit, (_, digest) = desk.house.kit, _published(desk)
    faults = edit_draft(kit, desk.clinic, None, KEY, digest, Change(None, "goal", "bookd"))
    assert any("booked" in fault.mend for fault in faults)
    assert _published(desk)[1] == digest


def _now(desk: Desk) -> tuple[str, str]:
    draft = open_draft(desk.house.kit, desk.clinic, KEY)
    assert draft is not None
    return draft.source, draft.digest


def test_acts_are_undone_and_done_again_until_another_act(desk: Desk) -> None:
    kit, (source, digest) = desk.house.kit, _published(desk)
    edit_draft(kit, desk.clinic, None, KEY, digest, Change(None, "name", "First"), Change(None, "priority", 60))
    first, seen = _now(desk)
    edit_draft(kit, desk.clinic, None, KEY, seen, Change(None, "name", "Second"))
    second, seen = _now(desk)
    undo_edit(kit, desk.clinic, None, KEY, seen)
    assert _now(desk)[0] == first
    undo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])
    assert _now(desk)[0] == source
    with pytest.raises(Refused, match="nothing to undo"):
        undo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])
    redo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])
    redo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])
    assert _now(desk)[0] == second
    undo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])
    edit_draft(kit, desk.clinic, None, KEY, _now(desk)[1], Change(None, "name", "Third"))
    with pytest.raises(Refused, match="nothing to do again"):
        redo_edit(kit, desk.clinic, None, KEY, _now(desk)[1])


@ON_ONE
def test_an_undo_on_an_older_text_changes_nothing(desk: Desk) -> None:
    kit, (_, digest) = desk.house.kit, _published(desk)
    edit_draft(kit, desk.clinic, None, KEY, digest, Change(None, "name", "First"))
    with pytest.raises(ChangedMeanwhile):
        undo_edit(kit, desk.clinic, None, KEY, digest)


ROOM = f"/desk/campaigns/{KEY}/edit"


def _press(desk: Desk, room: str = ROOM, **fields: str) -> str:
    page = desk.get(room)
    held = {name: _value(page, name) for name in ("csrf_token", "digest")}
    answer = desk.client.post(room, data={**held, **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    return desk.get(room)


def _value(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


@ON_ONE
def test_the_picture_tells_each_step_in_a_sentence_and_every_press_is_an_act(desk: Desk) -> None:
    page = desk.get(ROOM)
    assert "Send 2 days after “Welcome" in page or "Send 2 days after" in page
    assert "Waits up to 3 days for it" in page
    page = _press(desk, act="add", kind="wait", place="after:causes", wait_number="4", wait_unit="d")
    assert "Wait 4 days" in page
    page = _press(desk, act="settings", step="wait", wait_number="12", wait_unit="h")
    assert "Wait 12 hours" in page
    page = _press(desk, act="down", step="wait")
    assert page.index('id="s-how-it-works"') < page.index('id="s-wait"')
    page = _press(desk, act="move", step="wait", place="in:looked:1")
    assert page.index('id="s-breathe"') < page.index('id="s-wait"') < page.index('id="s-what-to-expect"')
    page = _press(desk, act="duplicate", step="wait")
    assert 'id="s-wait-2"' in page
    page = _press(desk, act="remove", step="wait-2")
    assert 'id="s-wait-2"' not in page
    assert 'id="s-wait-2"' in _press(desk, act="undo")


@ON_ONE
def test_each_kind_of_step_has_its_settings(desk: Desk) -> None:
    for kind in ("branch", "split", "tell", "tag", "score", "set", "end"):
        page = _press(desk, act="add", kind=kind, place="start")
        assert f'id="s-{kind}"' in page
        assert "Where it stands" in desk.get(f"{ROOM}?step={kind}")
    _press(desk, act="settings", step="branch", within_number="2", within_unit="d", **{"when-0": "did:booked"})
    assert "Waits up to 2 days" in _press(desk, act="more", step="branch")
    assert "Way 3" in _press(desk, act="more", step="split")
    assert "Way 3" not in _press(desk, act="less", step="split", way="2")
    assert "whole number" in _press(desk, act="settings", step="score", value="many")


@ON_ONE
def test_a_mail_is_written_in_the_panel_and_its_faults_stand_beside_their_fields(desk: Desk) -> None:
    digest = re.search(r'name="digest" value="([^"]+)"', desk.get(ROOM))
    assert digest
    given = {"act": "add", "kind": "mail", "place": "start", "subject": "", "preheader": "", "body": "", "label": ""}
    refused = desk.post_form(ROOM, digest=digest[1], **given)
    assert refused.status_code == 422
    assert "Write a subject" in refused.get_data(as_text=True)
    told = {"subject": "What a first visit is like", "preheader": "Bring loose clothes and your questions."}
    body = "A first visit takes an hour. We listen first, then look, and only then decide together what to do."
    page = _press(desk, **{**given, **told, "body": body, "delay_number": "3", "delay_unit": "d"})
    assert 'id="s-what-a-first-visit"' in page
    again = desk.get(f"{ROOM}?step=what-a-first-visit")
    assert body in again


@ON_ONE
def test_who_looked_at_an_older_text_is_told_who_changed_it_and_how_and_may_still_make_the_change(desk: Desk) -> None:
    kit, (_, digest) = desk.house.kit, _published(desk)
    ben = a_user(desk.house, "ben@sun.example", "Ben Okafor")
    edit_draft(kit, desk.clinic, ben, KEY, digest, Change("causes", "delay", "5d"))
    refused = desk.post_form(ROOM, digest=digest, act="add", kind="wait", place="after:how-it-works")
    told = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "Ben Okafor changed this series today" in told
    assert "5 days" in told
    assert "delay: 5d" in told
    assert 'id="s-wait"' not in told
    form = told[told.index("Make my change in this one too") - 1500 : told.index("Make my change in this one too")]
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[form.rindex("<form") :]))
    assert desk.client.post(ROOM, data=again).status_code == 303
    page = desk.get(ROOM)
    assert 'id="s-wait"' in page
    assert "Send 5 days after" in page
    undone = desk.post_form(ROOM, digest=digest, act="undo").get_data(as_text=True)
    assert "You changed this series in another window" in undone
    assert "Make my change in this one too" not in undone


@ON_ONE
def test_a_campaign_is_begun_from_nothing_and_after_a_shipped_one(desk: Desk) -> None:
    assert "Give it a name" in desk.post_form("/desk/campaigns/new", name=" ").get_data(as_text=True)
    begun = desk.post_form("/desk/campaigns/new", name="Knee pain", after="")
    assert "/desk/campaigns/knee-pain/edit" in begun.location
    assert "Press + to add the first mail" in desk.get("/desk/campaigns/knee-pain/edit")
    for room in ("", "/knee-pain", "/knee-pain/edit", "/knee-pain/history"):
        assert "Not published yet" in desk.get(f"/desk/campaigns{room}")
    assert "Live, version" not in desk.get("/desk/campaigns/knee-pain")
    assert "Knee pain" not in desk.get(f"/desk/leads/{desk.people['Alice']}/enroll")
    desk.post_form("/desk/campaigns/new", name="Knee pain", after="sciatica-consultation")
    page = desk.get("/desk/campaigns/knee-pain-2/edit")
    assert 'id="s-looked"' in page
    room = "/desk/campaigns/knee-pain-2/edit"
    page = _press(
        desk, room, act="series", step="@series", name="Knees", entry="interest", interest="knee", goal="booked"
    )
    assert "interest in knee" in page
    draft = open_draft(desk.house.kit, desk.clinic, "knee-pain-2")
    assert draft is not None
    assert draft.faults == ()


@ON_ONE
def test_an_older_version_is_restored_as_the_draft_and_the_file_is_given(desk: Desk) -> None:
    kit, (source, digest) = desk.house.kit, _published(desk)
    edit_draft(kit, desk.clinic, None, KEY, digest, Change("causes", "delay", "5d"))
    publish_live(kit, desk.clinic, None, KEY, _now(desk)[0], _mails(desk), "finish", None)
    history = f"/desk/campaigns/{KEY}/history"
    page = desk.get(history)
    assert "Version 2" in page
    assert "5 days" in page
    assert "The first version." in page
    assert desk.post_form(history, version="1").status_code == 303
    assert _now(desk)[0] == source
    assert desk.get(f"/desk/campaigns/{KEY}/file") == source
    assert desk.post_form(history, version="9").status_code == 404


def _mails(desk: Desk) -> Texts:
    draft = open_draft(desk.house.kit, desk.clinic, KEY)
    assert draft is not None
    return draft.mails


@ON_ONE
def test_the_first_publication_of_a_new_campaign_is_its_version_1(desk: Desk) -> None:
    kit = desk.house.kit
    key = begin_campaign(kit, desk.clinic, None, "Knee pain", "sciatica-consultation")
    assert "As it began" in desk.get(f"/desk/campaigns/{key}/history")
    draft = open_draft(kit, desk.clinic, key)
    assert draft is not None
    made = publish_live(kit, desk.clinic, None, key, draft.source, draft.mails, "finish", None)
    assert made.version == 1
    assert "Live, version 1" in desk.get(f"/desk/campaigns/{key}")
