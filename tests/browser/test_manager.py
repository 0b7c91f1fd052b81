"""Dana's way: signs in, looks into every room, pauses a campaign, sees why Bob got nothing, stops everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.domain.timing import DAY
from tests.browser.conftest import look_over
from tests.support.live import DANA, PASSWORD, Live

Opens = Callable[..., Page]


def signs_in(page: Page) -> None:
    page.goto("/desk")
    page.locator("input[type=email]").fill(DANA)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/desk/?$"))


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    """What a browser keeps of one sign-in."""
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


@pytest.fixture
def desk(opens: Opens, session: Any) -> Page:
    page = opens(session=session)
    page.goto("/desk")
    return page


def test_she_signs_in_and_out_and_nothing_of_the_desk_stays_open(opens: Opens) -> None:
    page = opens()
    page.goto("/desk/leads")
    look_over(page)
    signs_in(page)
    look_over(page)
    page.locator("details.menu summary").click()
    look_over(page, "details.menu[open]")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/desk/sign-in")
    page.goto("/desk/leads")
    assert "/desk/sign-in" in page.url


def test_she_pauses_a_campaign_is_told_whom_it_holds_and_resumes_it(desk: Page, live: Live) -> None:
    desk.goto("/desk/campaigns/sciatica-consultation/pause")
    look_over(desk)
    desk.get_by_role("button", name=re.compile("Pause for")).click()
    desk.wait_for_url("**/sciatica-consultation")
    assert state(live) == "paused"
    waiting = [row for row in live.rows("enrollment") if row["guard"] == "campaign-paused"]
    assert waiting
    assert all(row["state"] == 2 for row in waiting)
    desk.goto("/desk/campaigns/sciatica-consultation/pause")
    look_over(desk)
    desk.get_by_role("button", name=re.compile("Resume for")).click()
    desk.wait_for_url("**/sciatica-consultation")
    assert state(live) == "live"
    assert not [row for row in live.rows("enrollment") if row["guard"] == "campaign-paused"]


def test_she_sees_why_bob_got_nothing_more(desk: Page, live: Live) -> None:
    bob = next(row["id"] for row in live.rows("lead") if (row["email"] or "").startswith("bob.lindgren"))
    desk.goto(f"/desk/leads/{bob}")
    look_over(desk)
    told = desk.locator("main").inner_text()
    assert "Nothing is ahead" in told
    assert "asked us to stop" in told


def test_one_switch_stops_everything_and_starts_it_again(desk: Page, live: Live) -> None:
    desk.get_by_role("link", name="Stop all…").click()
    look_over(desk)
    desk.get_by_role("button", name="Stop all mail").click()
    desk.get_by_role("heading", name="Sending is stopped").wait_for()
    look_over(desk)
    assert live.rows("clinic")[0]["stopped_at"] is not None
    desk.get_by_role("button", name="Start sending again").click()
    desk.get_by_role("heading", name="Stop all mail of").wait_for()
    assert live.rows("clinic")[0]["stopped_at"] is None


def test_she_finds_a_person_by_the_first_letters(desk: Page, size: str) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type("lindg")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/leads/*")
    look_over(desk)
    assert "Bob Lindgren" in desk.locator("main").inner_text()


def test_the_bar_of_the_demo_tells_its_time_and_moves_it_on(desk: Page, live: Live) -> None:
    before, shown = live.kit.clock(), desk.locator(".demo time").inner_text()
    desk.goto("/desk/campaigns")
    desk.get_by_role("button", name="+1 day").click()
    desk.wait_for_function("told => document.querySelector('.demo time').innerText !== told", arg=shown)
    assert live.kit.clock() == before + DAY
    assert desk.url.endswith("/desk/campaigns")
    look_over(desk)


def state(live: Live) -> str:
    return str(next(row["state"] for row in live.rows("campaign") if row["key"] == "sciatica-consultation"))


def test_people_are_found_while_she_types_and_opened_by_the_keyboard(opens: Opens, session: Any, size: str) -> None:
    page = opens(session=session)
    page.goto("/desk/leads")
    page.keyboard.press("/")
    page.keyboard.type("ma")
    page.locator(".found a").first.wait_for()
    look_over(page, ".find")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    name = page.evaluate("document.activeElement.querySelector('b').textContent")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "find"
    assert page.locator(".found a").count() == 0
    page.keyboard.type("r")
    page.locator(".found a").first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(name)
    page.get_by_role("search").get_by_role("link", name=name).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=name).wait_for()
    if size == "phone":
        page.goto("/desk/leads")
        assert not page.get_by_label("Stage").is_visible()
        page.get_by_text("Filters").click()
        page.get_by_label("Stage").wait_for()
        look_over(page)
