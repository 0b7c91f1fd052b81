"""In a large clinic a report is as it was counted some minutes ago: the same numbers, and it says since when."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa

from service.storage.database import Database
from service.storage.tables import kept_number
from service.usecases.keep_numbers import outdated
from service.usecases.recount import recount_outdated
from service.usecases.reports.sheets import REPORTS
from service.web import kit as web_kit
from tests.desk.test_kept_numbers import one_more_enters, text_of
from tests.support.clock import Clock
from tests.support.desk_data import Desk, a_desk

SPAN = "span=all&compare=yes"


def crowd(desk: Desk) -> None:
    """Few are already too many to be counted at each look."""
    desk.app.extensions[web_kit.KEY] = replace(desk.house.kit, counts_live=1)


def numbers_of(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<a class="n" href="([^"]+)">([\d,]+)', page)


def total_of(page: str, column: str) -> str:
    by_link = {unescape(link): number for link, number in numbers_of(page)}
    return by_link[f"/desk/reports/people/funnel/people?row=all&column={column}&span=all"]


def body_of(page: str) -> str:
    """All that a report says, without when it was counted."""
    main = page[page.index('<form class="filters') :]
    return re.sub(r'name="csrf_token" value="[^"]*"', "", main)


@pytest.fixture
def desk(db: Database, clock: Clock) -> Desk:
    return a_desk(db, clock)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    crowd(desk)
    return desk


def test_a_kept_report_says_what_a_look_would_count_and_each_number_opens_as_many(desk: Desk) -> None:
    paths = [f"/desk/reports/{report}?{SPAN}" for report in REPORTS]
    counted = [body_of(desk.get(path)) for path in paths]
    assert not any("Counted" in each for each in counted)
    crowd(desk)
    first, again = ([desk.get(path) for path in paths] for _ in range(2))
    assert [body_of(page) for page in first] == [body_of(page) for page in again] == counted
    assert all("Counted" in text_of(page) for page in first)
    opened = [pair for page in again for pair in numbers_of(page)][::5]
    for link, number in opened:
        shown = desk.get(unescape(link))
        assert int(re.findall(r"<h1>(\d+|Nobody)", shown)[0]) == int(number) == shown.count('class="who"'), link


def test_a_report_that_is_looked_at_is_counted_anew_by_a_worker_and_for_an_hour_only(busy: Desk) -> None:
    path = "/desk/reports/people?span=all"
    before = total_of(busy.get(path), "signed-up")
    one_more_enters(busy)
    assert total_of(busy.get(path), "signed-up") == before
    busy.clock.advance(minutes=11)
    kit = busy.app.extensions[web_kit.KEY]
    assert recount_outdated(kit) == 1
    assert int(total_of(busy.get(path), "signed-up")) == int(before) + 1
    busy.clock.advance(minutes=75)
    assert outdated(kit)
    assert recount_outdated(kit) == 0


def test_whoever_looks_has_a_report_counted_at_once(busy: Desk) -> None:
    path = "/desk/reports/people?span=all"
    before = total_of(busy.get(path), "signed-up")
    one_more_enters(busy)
    answer = busy.post_form("/desk/reports/people/recount?span=all")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert int(total_of(busy.get(path), "signed-up")) == int(before) + 1
    assert busy.post_form("/desk/reports/nothing/recount").status_code == 404


def test_a_file_and_the_campaigns_report_are_of_the_kept_numbers_too(busy: Desk) -> None:
    campaign = busy.campaign()
    page = busy.get(f"/desk/reports/campaign?span=all&campaign={campaign}")
    file = busy.get(f"/desk/reports/campaign/by-source.csv?span=all&campaign={campaign}")
    (entered,) = re.findall(r"by-source/people\?row=all&amp;column=entered[^>]*>(\d+)", page)
    assert f"All,,{entered}," in file
    with busy.house.kit.db.read() as conn:
        subjects = list(conn.execute(sa.select(kept_number.c.subject)).scalars())
    assert [each for each in subjects if each.startswith("report:")] == [
        each for each in subjects if each.startswith("report:campaign:") and each.endswith(f":0:{campaign}")
    ]
    assert not any("@" in each for each in subjects)


def test_a_report_that_another_release_kept_is_counted_again(busy: Desk) -> None:
    page = busy.get("/desk/reports/sources?span=all")
    with busy.house.kit.db.write() as conn:
        conn.execute(sa.update(kept_number).values(answer={"tables": {}, "took": [], "taken": []}))
    assert numbers_of(busy.get("/desk/reports/sources?span=all")) == numbers_of(page)
