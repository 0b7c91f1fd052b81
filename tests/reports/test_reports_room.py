"""The Reports room: each number opens exactly the people it counts, and two pages say the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.domain.charts_lines import scale, stairs, whisker
from service.domain.load import open_seconds
from service.domain.slots import Absence, Hours
from service.domain.table_text import csv_text
from service.domain.timing import HOUR, day_start
from service.domain.uplift import Arm, uplift, uplift_words
from service.domain.waiting import Wait, curve, quantile, waiting_words
from service.storage import campaign_numbers
from service.storage.database import Database
from service.usecases.reports.sheets import REPORTS
from tests.support.clock import Clock
from tests.support.desk_data import Desk, a_desk

MOST_STATEMENTS = 25


@pytest.fixture
def desk(db: Database, clock: Clock) -> Desk:
    return a_desk(db, clock)


def _cells(page: str) -> Iterator[tuple[str, int]]:
    for address, number in re.findall(r'<a class="n" href="(/desk/reports/[^"]+)">([\d,]+)</a>', page):
        yield html.unescape(address), int(number.replace(",", ""))


def _listed(desk: Desk, address: str) -> int:
    found, at = 0, address
    while True:
        page = desk.get(at)
        found += len(re.findall(r'<td><a class="who"', page))
        older = re.search(r'href="([^"]+)" rel="next"', page)
        if older is None:
            return found
        at = html.unescape(older[1])


@pytest.mark.parametrize("report", list(REPORTS))
def test_every_number_opens_exactly_the_people_it_counts(desk: Desk, report: str) -> None:
    page = desk.get(f"/desk/reports/{report}?span=90&compare=yes")
    cells = dict(_cells(page))
    assert {address: _listed(desk, address) for address in cells} == cells


@pytest.mark.parametrize("report", list(REPORTS))
def test_no_report_asks_the_database_more_than_a_page_may(desk: Desk, report: str) -> None:
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        desk.get(f"/desk/reports/{report}?compare=yes")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(asked) <= MOST_STATEMENTS


def test_home_the_campaigns_page_and_the_reports_say_the_same(desk: Desk) -> None:
    told = dict(re.findall(r"column=([\w-]+)[^>]*>(\d+)</a>", html.unescape(desk.get("/desk/reports/people"))))
    at_home = re.findall(r"reached=([\w-]+)[^>]*>(\d+)</a>", html.unescape(desk.get("/desk/")))
    assert at_home
    assert all(told[name] == number for name, number in at_home)
    campaign = desk.campaign()
    with desk.house.kit.db.read() as conn:
        standing = campaign_numbers.of_campaign(conn, desk.clinic, campaign)
        steps = campaign_numbers.steps(conn, desk.clinic, campaign)
    page = html.unescape(desk.get(f"/desk/reports/campaign?span=all&campaign={campaign}"))
    whole = dict(re.findall(r"/by-source/people\?row=all&column=(\w+)[^>]*>(\d+)</a>", page))
    assert whole == {
        name: str(getattr(standing, name))
        for name in ("entered", "here", "booked", "left", "ended")
        if getattr(standing, name)
    }
    sent = re.findall(r"/steps/people\?row=(?!all)\w+&column=sent[^>]*>(\d+)</a>", page)
    assert sorted(map(int, sent)) == sorted(step.sent for step in steps.values() if step.sent)


def test_a_file_has_the_tables_numbers_and_is_kept_from_who_may_not_export(desk: Desk) -> None:
    answer = desk.client.get("/desk/reports/sources/sources.csv?span=90")
    assert answer.mimetype == "text/csv"
    assert "Signed up" in answer.get_data(as_text=True)
    assert csv_text(["a"], [["=1+1", -2]]) == "\ufeffa\r\n'=1+1,-2\r\n"


def test_what_no_report_has_is_not_found(desk: Desk) -> None:
    for path in ("nothing", "people/nothing/people", "sources/sources/people?row=ffff&column=booked"):
        assert desk.client.get(f"/desk/reports/{path}").status_code == 404


def test_days_that_were_changed_count_whatever_span_stood_there(desk: Desk) -> None:
    page = desk.get("/desk/reports/people?span=30&from=2026-01-05&to=2026-01-06&was=2026-01-01..2026-01-30")
    assert 'value="2026-01-05"' in page
    assert "5 Jan to 6 Jan 2026" in page


def test_the_window_is_the_clinics_to_choose(desk: Desk) -> None:
    assert "at most 30 days before" in desk.get("/desk/reports/bookings")
    assert desk.post_form("/desk/reports/window", days="7").status_code == 303
    assert "at most 7 days before" in desk.get("/desk/reports/bookings")


def test_an_uplift_of_few_people_says_so_and_one_of_many_has_its_interval() -> None:
    assert uplift_words(uplift(Arm(8, 3), Arm(3, 0)), "booked").startswith("too few to tell: 3 of 8")
    found = uplift(Arm(1_000, 200), Arm(1_000, 100))
    assert found.certain
    assert found.low < 0.1 < found.high
    assert found.low == pytest.approx(0.069, abs=0.001)
    assert "10 more of 100 booked" in uplift_words(found, "booked")


def test_who_has_not_booked_yet_counts_as_long_as_they_are_known() -> None:
    waits = [Wait(2, True, 5), Wait(3, False, 5), Wait(6, True, 5)]
    assert [(point.day, round(point.share, 3)) for point in curve(waits)] == [(0, 0), (2, 0.333), (6, 1)]
    assert quantile(waits, 0.5) == 2
    assert waiting_words(waits) == "Half of the 10 who booked did so within 2 days of signing up"


def test_a_scale_has_round_steps_and_holds_both_ends() -> None:
    across = scale(0, 23)
    assert [tick.value for tick in across.ticks] == [0, 10, 20, 30]
    assert stairs([(0, 0), (15, 30)], across, across) == "M0 100H50V0"
    assert whisker(-10, 0, 10, scale(-10, 10)).zero == 50


def test_open_time_is_hours_without_absences() -> None:
    day = 739_000 - (739_000 - 1) % 7
    hours = [Hours(1, 0, 9 * 60, 17 * 60)]
    nine = day_start(day, "UTC") + 9 * HOUR
    away = [Absence(nine - HOUR, nine + HOUR), Absence(nine, nine + 2 * HOUR)]
    assert open_seconds(hours, away, day, day + 6, "UTC") == 6 * HOUR
