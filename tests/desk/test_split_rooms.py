"""A series with a split at the desk: its ways, its deeds, and what the split has shown."""

from __future__ import annotations

import html
import re

import pytest

from service.storage.database import Database
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk
from tests.support.split_series import KEY, publish_split, went

SERIES = f"/desk/campaigns/{KEY}"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def tried(desk: Desk) -> Desk:
    publish_split(desk.house.kit, desk.clinic)
    return desk


def crowd(desk: Desk, label: str, people: int, reached: int) -> None:
    leads = [desk.house.lead(f"{label.replace(' ', '')}{number}") for number in range(people)]
    went(desk.house.kit, desk.clinic, label, leads, reached)


def test_every_kind_of_step_is_drawn_in_plain_words(tried: Desk) -> None:
    text = text_of(tried.get(SERIES))
    for words in (
        "Got a tag: “curious”",
        "By chance, for good",
        "A, 45%",
        "B, 45%",
        "held out, 10%",
        "Adds the tag “got the long one”",
        "Until 10:00, Tue, Wed",
        "Tells the staff: “Please call about the price”",
        "Goes back to the wait “Until 10:00, Tue, Wed”, at most 2 times",
        "Ends the series",
    ):
        assert words in text, words


def test_too_few_people_are_told_as_too_few_and_nobody_leads(tried: Desk) -> None:
    crowd(tried, "A", 8, 1)
    text = text_of(tried.get(SERIES))
    assert "Too few to tell yet: at least 50 people a way." in text
    assert "leads" not in text.split("Too few")[1].split("What goes out")[0]


def test_a_leader_is_named_with_its_numbers_and_each_opens_its_people(tried: Desk) -> None:
    for label, reached in (("A", 2), ("B", 16), ("held out", 1)):
        crowd(tried, label, 52, reached)
    page = tried.get(SERIES)
    told = text_of(page)
    assert re.search(r"B leads: 16 of 52 booked, A 2 of 52, held out 1 of 52\. Sure enough: 9\d in 100\.", told)
    card = page.split('id="split-asked"')[1].split("</section>")[0]
    links = re.findall(r'<a class="n" href="([^"]+)">([\d,]+)', card)
    assert [number for _path, number in links] == ["52", "2", "52", "16", "52", "1"]
    for path, number in links:
        opened = tried.get(html.unescape(path))
        assert re.search(rf'<h2 id="h-people">{number} (?:person|people)', opened), path
    assert "took the way “B” and reached the goal" in text_of(tried.get(html.unescape(links[3][0])))


def test_who_came_twice_is_one_person(tried: Desk) -> None:
    leads = [tried.house.lead(f"Twice{number}") for number in range(3)]
    went(tried.house.kit, tried.clinic, "A", leads, 3)
    tried.clock.at += 200 * 86_400
    went(tried.house.kit, tried.clinic, "A", leads, 0)
    card = tried.get(SERIES).split('id="split-asked"')[1].split("</section>")[0]
    assert [number for number in re.findall(r'<a class="n"[^>]*>([\d,]+)', card)] == ["3", "3"]


def test_a_split_costs_a_bounded_number_of_statements(tried: Desk, db: Database) -> None:
    for label in ("A", "B"):
        crowd(tried, label, 12, 2)
    for path in (SERIES, f"{SERIES}?tab=people&state=way&step=asked&way=1"):
        tried.get(path)
        with counted(db) as said:
            tried.get(path)
        assert len(said) <= MOST_STATEMENTS, "\n".join(said)


@pytest.mark.parametrize("query", ["state=way&step=asked&way=3", "state=reached&step=quiet&way=0", "state=reached"])
def test_a_way_that_there_is_not_is_not_found(tried: Desk, query: str) -> None:
    assert tried.client.get(f"{SERIES}?tab=people&{query}").status_code == 404
