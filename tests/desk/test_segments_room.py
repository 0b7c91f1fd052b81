"""Segments: taught, built by rows or as a file, counted as they are now, kept while something uses them."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from service.storage import segment_rows, segments
from service.storage.database import Database
from service.storage.tables import campaign, draft
from service.usecases.count_segment import count_segment
from service.usecases.letters.write_letter import NewLetter, write_letter
from service.usecases.save_segment import save_segment
from service.usecases.score_leads import score_leads
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in
from tests.support.letter_room import a_text

ASKED = {
    "name": "Asked, no visit",
    "join": "all",
    "fact": ["did:clicked:book", "did:booked", ""],
    "how": ["yes", "no", "yes"],
    "value": ["2", "", ""],
    "days": ["14", "", ""],
}


def post(desk: Desk, path: str, **fields: object) -> tuple[int, str]:
    answer = desk.client.post(path, data={"csrf_token": desk.token(), **fields})
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def kept(desk: Desk) -> dict[str, segments.SegmentRow]:
    with desk.house.kit.db.read() as conn:
        return {row.key: row for row in segments.of_clinic(conn, desk.clinic)}


def keep(desk: Desk, text: str) -> int:
    return save_segment(desk.house.kit, desk.clinic, desk.owner, text)


def names(page: str) -> list[str]:
    return re.findall(r'class="who"[^>]*>(\w+)', page)


def test_an_empty_room_teaches_with_three_examples_that_open_filled_in(desk: Desk) -> None:
    links = re.findall(r'href="(/desk/segments/new\?example=\w+)"', desk.get("/desk/segments"))
    assert len(links) == 3
    for link in links:
        page = desk.get(link)
        assert re.search(r'<option value="did:[^"]+" selected', page), link
        assert "key: " in page.split("<textarea")[1]


def test_rows_are_counted_without_being_kept_and_then_kept(desk: Desk) -> None:
    status, page = post(desk, "/desk/segments/new", act="count", **ASKED)
    assert (status, kept(desk)) == (200, {})
    assert "1 person fits" in re.sub(r"<[^>]+>", "", page)
    status, _page = post(desk, "/desk/segments/new", act="save", **ASKED)
    assert status == 303
    row = kept(desk)["asked-no-visit"]
    assert "in_the_last: 14d, times: 2" in row.source
    listed = html.unescape(desk.get("/desk/segments"))
    assert "opened the booking page 2 times or more in the last 14 days, and not: booked a visit" in listed
    assert names(desk.get(f"/desk/segments/{row.id}")) == ["Maria"]
    edit = desk.get(f"/desk/segments/{row.id}/edit")
    assert re.search(r'value="did:clicked:book" selected', edit)
    assert re.search(r'name="days"[^>]*value="14"', edit)


def test_a_segment_keeps_its_key_when_its_name_changes(desk: Desk) -> None:
    post(desk, "/desk/segments/new", act="save", **ASKED)
    row = kept(desk)["asked-no-visit"]
    status, _page = post(desk, f"/desk/segments/{row.id}/edit", act="save", **{**ASKED, "name": "To call"})
    assert status == 303
    assert [(each.key, each.name) for each in kept(desk).values()] == [("asked-no-visit", "To call")]


def test_a_row_that_asks_amiss_says_so_beside_itself_and_nothing_is_kept(desk: Desk) -> None:
    status, page = post(desk, "/desk/segments/new", act="save", **{**ASKED, "days": ["two", "", ""], "name": ""})
    assert (status, kept(desk)) == (422, {})
    assert "2 places need" in page
    assert "whole number from 1 to 366" in page
    assert re.search(r'name="days"[^>]*value="two"', page)
    assert "Give it a name" in page


def test_more_rows_are_given_on_a_press(desk: Desk) -> None:
    few = post(desk, "/desk/segments/new", act="count", **ASKED)[1].count('name="fact"')
    many = post(desk, "/desk/segments/new", act="more", **ASKED)[1].count('name="fact"')
    assert many == few + 3
    assert kept(desk) == {}


@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        ("key: warm\nname: Warm\nwho: {clikced: book}\n", 3, "did you mean 'clicked'?"),
        ("key: warm\nname: Warm\nwhoo: {everyone: true}\n", 3, "did you mean 'who'?"),
        ("key: warm\nname: [\n", 3, "mend the YAML"),
    ],
)
def test_a_file_says_what_is_wrong_in_which_line(desk: Desk, text: str, line: int, mend: str) -> None:
    status, page = post(desk, "/desk/segments/new", act="save", mode="file", text=text)
    assert (status, kept(desk)) == (422, {})
    assert f"Line {line}:" in page
    assert mend in page
    assert text.splitlines()[2 if len(text.splitlines()) > 2 else 1] in page


def test_a_file_may_ask_what_rows_cannot_and_is_shown_as_a_file_alone(desk: Desk) -> None:
    text = (
        "key: deep\nname: Deep\nwho:\n  all:\n"
        "    - any: [{tag: a}, {all: [{did: booked}, {tag: vip}]}, {never: mailed}]\n    - not: {tag: c}\n"
    )
    status, page = post(desk, "/desk/segments/new", act="count", mode="file", text=text)
    assert status == 200
    assert "1 person fits" in re.sub(r"<[^>]+>", "", page)
    assert post(desk, "/desk/segments/new", act="save", mode="file", text=text)[0] == 303
    edit = desk.get(f"/desk/segments/{kept(desk)['deep'].id}/edit")
    assert 'name="fact"' not in edit
    assert "groups" in edit
    assert "any: [{tag: a}, {all: [{did: booked}" in edit
    assert "(has the tag “a”, or (booked a visit, and has the tag “vip”)" in edit, "what it asks stands in words"


def test_a_group_of_rows_counts_as_one_row(desk: Desk) -> None:
    status, page = post(desk, "/desk/segments/new", act="group", **ASKED)
    assert (status, kept(desk)) == (200, {})
    assert "Group 1" in page
    assert 'name="part" value="1"' in page
    grouped = {
        "name": "Asked or tagged", "join": "all", "join-1": "any", "part": ["0", "1", "1"],
        "fact": ["did:clicked:book", "tag", "did:booked"], "how": ["yes", "yes", "no"],
        "value": ["", "vip", ""], "days": ["", "", ""],
    }  # fmt: skip
    assert post(desk, "/desk/segments/new", act="save", **grouped)[0] == 303
    row = kept(desk)["asked-or-tagged"]
    assert names(desk.get(f"/desk/segments/{row.id}")) == ["Maria"]
    edit = desk.get(f"/desk/segments/{row.id}/edit")
    assert re.search(r'name="join-1"><option value="all"><?.*?<option value="any" selected', edit)
    assert edit.count('name="part" value="1"') == 3, "its two rows, and room for one more"
    wrong = {**grouped, "value": ["", " ", ""]}
    status, page = post(desk, f"/desk/segments/{row.id}/edit", act="save", **wrong)
    assert status == 422
    assert page.index("Group 1") < page.index("Write a value") < page.index("</fieldset>")


def test_a_files_key_is_its_own_and_never_changes(desk: Desk) -> None:
    keep(desk, "key: warm\nname: Warm\nwho: {tag: vip}\n")
    status, page = post(desk, "/desk/segments/new", mode="file", text="name: W\nkey: warm\nwho: {tag: b}\n")
    assert status == 422
    assert "Line 2: " in re.sub(r"<[^>]+>", "", page)
    row = kept(desk)["warm"]
    status, page = post(desk, f"/desk/segments/{row.id}/edit", mode="file", text=row.source.replace("warm", "hot"))
    assert status == 422
    assert "write 'warm'" in page
    assert list(kept(desk)) == ["warm"]


def test_members_are_listed_page_by_page_each_once(desk: Desk) -> None:
    segment_id = keep(desk, "key: crowd\nname: Crowd\nwho: {interest: neck-pain}\n")
    for number in range(70):
        desk.clock.at += number % 2
        desk.house.lead(f"Guest{number}", interest="neck-pain")
    first = desk.get(f"/desk/segments/{segment_id}")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = desk.get(html.unescape(older[1]))
    assert sorted(names(first) + names(second)) == sorted(f"Guest{number}" for number in range(70))
    assert 'rel="next"' not in second


def test_it_is_deleted_after_a_word_and_never_while_something_uses_it(desk: Desk) -> None:
    free = keep(desk, "key: free\nname: Free\nwho: {tag: a}\n")
    used = keep(desk, "key: used\nname: Used\nwho: {tag: b}\n")
    assert "cannot" not in desk.get(f"/desk/segments/{free}/delete")
    written = write_letter(
        desk.house.kit, desk.clinic, desk.owner, NewLetter("News", a_text(), "{segment: used}", desk.clock() + 90_000)
    )
    assert written.faults == {}
    assert desk.post_form(f"/desk/segments/{used}/delete").status_code == 303
    told = html.unescape(desk.get(f"/desk/segments/{used}"))
    assert "Not deleted: the letter “News” would be at a loss" in told
    assert "/delete" not in told
    assert desk.post_form(f"/desk/segments/{free}/delete").status_code == 303
    assert list(kept(desk)) == ["used"]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("entry: {on: segment, segment: warm}", True),
        ('when:\n  segment: "warm"  # those', True),
        ("entry: {on: segment, segment: warm-2}", False),
        ("entry: {on: tag, tag: warm}", False),
    ],
)
def test_a_draft_uses_the_segment_that_it_names_and_no_other(desk: Desk, source: str, names: bool) -> None:
    now = desk.clock()
    with desk.house.kit.db.write() as conn:
        campaign_id = conn.execute(sa.select(campaign.c.id).order_by(campaign.c.id).limit(1)).scalar_one()
        values = {
            "campaign_id": campaign_id,
            "clinic_id": desk.clinic,
            "source": source,
            "mails": {},
            "changed_at": now,
        }
        conn.execute(sa.insert(draft).values(**values))
        assert bool(segment_rows.drafts_naming(conn, desk.clinic, "warm")) is names


def test_the_rooms_cost_the_same_for_nine_segments_as_for_one(desk: Desk, db: Database) -> None:
    prices = []
    for number in range(9):
        segment_id = keep(desk, f"key: s{number}\nname: S{number}\nwho: {{did: booked, times: {number + 1}}}\n")
        with counted(db) as said:
            desk.get("/desk/segments")
        prices.append(len(said))
        if number in (0, 8):
            for path in ("", "/edit", "/delete"):
                with counted(db) as said:
                    desk.get(f"/desk/segments/{segment_id}{path}")
                assert len(said) <= MOST_STATEMENTS
    assert len(set(prices)) == 1
    assert prices[0] <= MOST_STATEMENTS


def test_a_segment_filters_the_list_of_leads_and_counts_the_same(desk: Desk) -> None:
    segment_id = keep(desk, "key: asked\nname: Asked\nwho: {did: clicked, link: book}\n")
    page = desk.get(f"/desk/leads?segment={segment_id}")
    assert names(page) == ["Maria"]
    assert count_segment(desk.house.kit, desk.clinic, "asked") == 1


def test_another_clinics_segment_is_none_here(desk: Desk) -> None:
    segment_id = keep(desk, "key: asked\nname: Asked\nwho: {did: booked}\n")
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    for path in ("", "/edit", "/delete"):
        assert eve.get(f"/desk/segments/{segment_id}{path}").status_code == 404
    for path in ("/edit", "/delete"):
        assert eve.post(f"/desk/segments/{segment_id}{path}").status_code == 404
    assert "Asked" not in eve.get("/desk/segments").get_data(as_text=True)
    assert names(eve.get(f"/desk/leads?segment={segment_id}").get_data(as_text=True)) == []
    assert list(kept(desk)) == ["asked"]


def test_leads_stand_by_score_page_by_page_who_has_none_last(desk: Desk) -> None:
    desk.post_form("/desk/settings/scores/rules", deed="clicked:book", points="10")
    score_leads(desk.house.kit)
    for number in range(60):
        desk.house.lead(f"Guest{number}")
    first = desk.get("/desk/leads?sort=score")
    assert names(first)[0] == "Maria"
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = desk.get(html.unescape(older[1]))
    everyone = names(first) + names(second)
    assert (len(everyone), len(set(everyone))) == (66, 66)
    warm = [each for word in ("ready", "warm") for each in names(desk.get(f"/desk/leads?warmth={word}"))]
    assert warm == ["Maria"]
    quiet = desk.get("/desk/leads?warmth=quiet")
    assert "65 people" in quiet


def test_a_crooked_cursor_begins_at_the_top(desk: Desk) -> None:
    for cursor in ("x", "_", "0x1p+2_", "nan_1", "zz_1", "0x1p+99999_1"):
        assert "Alice" in desk.get(f"/desk/leads?sort=score&after={cursor}")
