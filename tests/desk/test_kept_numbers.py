"""Where many have entered, numbers are kept for some minutes: the page says since when, a worker counts anew."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa

from service.domain.timing import MINUTE
from service.storage.tables import kept_number
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.recount import recount_outdated
from service.web import kit as web_kit
from tests.support.desk_data import Desk

SERIES = "/desk/campaigns/sciatica-consultation"


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Few are already too many to be counted at each look."""
    desk.app.extensions[web_kit.KEY] = replace(desk.house.kit, counts_live=1)
    return desk


def kit_of(desk: Desk) -> Kit:
    kit: Kit = desk.app.extensions[web_kit.KEY]
    return kit


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def numbers_of(page: str) -> list[tuple[str, str]]:
    """Each number that opens people: where it leads, and what it says."""
    return re.findall(r'<a class="n" href="([^"]+)">([\d,]+)', page)


def one_more_enters(desk: Desk) -> None:
    guest = desk.house.lead("Guest", interest="sciatica")
    with desk.house.kit.db.write() as conn:
        enter_by(conn, desk.house.kit, desk.clinic, guest, "signup", desk.clock(), interest="sciatica")


def test_kept_numbers_are_those_that_a_look_would_count(desk: Desk) -> None:
    counted = numbers_of(desk.get(SERIES))
    assert counted
    desk.app.extensions[web_kit.KEY] = replace(desk.house.kit, counts_live=1)
    first, second = desk.get(SERIES), desk.get(SERIES)
    assert numbers_of(first) == numbers_of(second) == counted
    assert "Counted" in text_of(second)


def test_a_small_campaign_keeps_nothing(desk: Desk) -> None:
    assert "Counted" not in text_of(desk.get(SERIES) + desk.get("/desk/campaigns"))
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(kept_number)).scalar_one() == 0


def test_who_entered_since_is_counted_by_a_worker_some_minutes_later(busy: Desk) -> None:
    before = numbers_of(busy.get(SERIES)), numbers_of(busy.get("/desk/campaigns"))
    one_more_enters(busy)
    assert (numbers_of(busy.get(SERIES)), numbers_of(busy.get("/desk/campaigns"))) == before
    assert recount_outdated(kit_of(busy)) == 0  # too soon
    busy.clock.advance(minutes=11)
    assert recount_outdated(kit_of(busy)) == 2
    after = dict(numbers_of(busy.get(SERIES)))
    (entered,) = (link for link in after if link.endswith("state=entered"))
    assert int(after[entered]) == int(dict(before[0])[entered]) + 1


def test_a_manager_has_it_counted_at_once(busy: Desk) -> None:
    before = dict(numbers_of(busy.get(SERIES)))
    one_more_enters(busy)
    assert busy.post_form(f"{SERIES}/recount").status_code == 303
    after = dict(numbers_of(busy.get(SERIES)))
    (entered,) = (link for link in after if link.endswith("state=entered"))
    assert int(after[entered]) == int(before[entered]) + 1


def test_a_list_is_as_long_as_the_number_that_opened_it_said(busy: Desk) -> None:
    for link, number in numbers_of(busy.get(SERIES)):
        path = unescape(link)
        if "state=way" not in path:
            heading = re.search(r'id="h-people">([^<]*)', busy.get(path))
            assert heading is not None, path
            assert heading[1].split()[0].replace("One", "1") == number, path


def test_what_nobody_looks_at_is_counted_no_more_and_forgotten_after_a_month(busy: Desk) -> None:
    busy.get(SERIES)
    busy.clock.advance(days=2)
    assert recount_outdated(kit_of(busy)) == 0
    busy.clock.advance(days=30)
    recount_outdated(kit_of(busy))
    with busy.house.kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(kept_number)).scalar_one() == 0


def test_no_name_is_kept(busy: Desk) -> None:
    busy.get(SERIES)
    with busy.house.kit.db.read() as conn:
        (answer,) = conn.execute(sa.select(sa.cast(kept_number.c.answer, sa.Text))).scalars()
    assert '"waiting"' in answer
    assert not [name for name in busy.people if name in answer]


def test_a_look_is_written_down_at_most_every_few_minutes(busy: Desk) -> None:
    busy.get(SERIES)
    asked = sa.select(kept_number.c.asked_at)
    began = busy.clock()
    for later, noted in ((MINUTE, began), (5 * MINUTE, began + 6 * MINUTE)):
        busy.clock.advance(seconds=later)
        busy.get(SERIES)
        with busy.house.kit.db.read() as conn:
            assert conn.execute(asked).scalar_one() == noted
