"""The publish dialog: what changed, what happens to whom, what was checked; then it is done, and told."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from service.storage import campaigns
from service.storage.tables import audit, campaign_version, draft, enrollment, publication
from service.usecases.draft_campaign import newest_texts
from service.usecases.move_runs import move_runs
from tests.support.desk_data import Desk

ROOM = "/desk/campaigns/sciatica-consultation/publish"


def _source(desk: Desk) -> str:
    with desk.house.kit.db.read() as conn:
        row = campaigns.by_key(conn, desk.clinic, "sciatica-consultation")
        assert row is not None
        return newest_texts(conn, row)[0]


def _shorter(desk: Desk) -> str:
    """The first wait of two days or more becomes one of an hour."""
    return re.sub(r"delay: [2-9]d", "delay: 1h", _source(desk), count=1)


def _rows(desk: Desk, table: sa.Table) -> list[sa.RowMapping]:
    with desk.house.kit.db.read() as conn:
        return list(conn.execute(sa.select(table)).mappings())


def _running(desk: Desk, version_id: int) -> int:
    query = sa.select(sa.func.count()).where(enrollment.c.version_id == version_id, enrollment.c.state.in_([1, 2]))
    with desk.house.kit.db.read() as conn:
        return conn.execute(query).scalar_one()


def test_a_pasted_file_is_looked_at_published_and_on_record(desk: Desk) -> None:
    assert "Publish…" in desk.get("/desk/campaigns/sciatica-consultation")
    assert "Publish a new version" in desk.get(ROOM)
    desk.post_form(f"{ROOM}/draft", source=_shorter(desk).replace("\n", "\r\n"))
    page = desk.get(f"{ROOM}/look")
    assert "What changed" in page
    assert re.search(r"Wait before “[^”]+”: <s>after \d days</s> <b>after 1 hour</b>", page)
    assert "Nobody gets a mail twice." in page
    button = re.search(r'type="submit">Publish to (\d+) (?:people|person)<', page)
    assert button is not None
    before = len(_rows(desk, campaign_version))
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest is not None
    desk.post_form(ROOM, mode="move", reach="0", digest=digest[1])
    (made,) = _rows(desk, publication)
    assert (made["mode"], made["counts"]["people"]) == ("move", int(button[1]))
    assert _running(desk, made["version_id"]) == int(button[1])
    assert len(_rows(desk, campaign_version)) == before + 1
    assert _rows(desk, draft) == []
    assert "campaign published" in [row["action"] for row in _rows(desk, audit)]
    page = desk.get(f"{ROOM}/progress")
    assert "Version 2 is live" in page
    assert "data-again" not in page


def test_the_page_tells_how_far_it_is_until_everybody_is_moved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.publish_live.INLINE", -1)
    desk.post_form(f"{ROOM}/draft", source=_shorter(desk))
    digest = re.search(r'name="digest" value="(\w+)"', desk.get(f"{ROOM}/look"))
    assert digest is not None
    desk.post_form(ROOM, mode="move", reach="30", digest=digest[1])
    page = desk.get(f"{ROOM}/progress")
    assert "people are being moved" in page
    assert "data-again" in page
    move_runs(desk.house.kit)
    assert "people are being moved" not in desk.get(f"{ROOM}/progress")


def test_faults_are_told_with_their_line_and_the_text_is_kept(desk: Desk) -> None:
    faulty = _source(desk).replace("delay:", "dealy:", 1)
    line = faulty[: faulty.index("dealy:")].count("\n") + 1
    desk.post_form(f"{ROOM}/draft", source=faulty)
    page = desk.get(f"{ROOM}/look")
    assert f"Line {line}" in page
    assert "did you mean &#39;delay&#39;?" in page
    assert "dealy:" in desk.get(ROOM)
    desk.post_form(ROOM, mode="move", digest="0")
    assert _rows(desk, publication) == []


def test_what_was_changed_after_the_look_is_not_published(desk: Desk) -> None:
    desk.post_form(f"{ROOM}/draft", source=_shorter(desk))
    digest = re.search(r'name="digest" value="(\w+)"', desk.get(f"{ROOM}/look"))
    assert digest is not None
    desk.post_form(f"{ROOM}/draft", source=_shorter(desk) + "# one more\n")
    desk.post_form(ROOM, mode="move", digest=digest[1])
    assert _rows(desk, publication) == []
    assert "changed meanwhile" in desk.get(f"{ROOM}/look")


@pytest.mark.parametrize(("mode", "button"), [("finish", "Publish for new people"), ("exit", "Publish, and take ")])
def test_the_choice_is_asked_anew_without_a_script(desk: Desk, mode: str, button: str) -> None:
    desk.post_form(f"{ROOM}/draft", source=_shorter(desk))
    page = desk.get(f"{ROOM}/look?mode={mode}&reach=30")
    assert button in page
    assert f'name="mode" value="{mode}" checked data-shown' in page
    assert '<input type="hidden" name="reach" value="0">' in page, "only a move reaches back"


def test_the_same_text_is_nothing_to_publish_and_a_draft_can_be_discarded(desk: Desk) -> None:
    desk.post_form(f"{ROOM}/draft", source=_source(desk))
    assert "Nothing has changed" in desk.get(f"{ROOM}/look")
    desk.post_form(f"{ROOM}/draft", **{"from": "discard"})
    assert _rows(desk, draft) == []
    assert "The draft is gone" in desk.get(ROOM)


def test_a_shipped_file_that_differs_is_offered_and_never_applied_by_itself(desk: Desk) -> None:
    assert "The shipped file differs" not in desk.get(ROOM)
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(campaign_version).values(digest=campaign_version.c.digest + "-older"))
    assert "The shipped file differs" in desk.get(ROOM)
    desk.post_form(f"{ROOM}/draft", **{"from": "shipped"})
    assert "What changed" in desk.get(f"{ROOM}/look")


def test_another_campaigns_file_and_an_empty_one_are_refused(desk: Desk) -> None:
    desk.post_form(f"{ROOM}/draft", source=_source(desk).replace("key: sciatica-consultation", "key: other-one"))
    assert "a campaign keeps its key" in desk.get(f"{ROOM}/look")
    desk.post_form(f"{ROOM}/draft", source="  ")
    assert "Choose a file, or paste its text." in desk.get(ROOM)
