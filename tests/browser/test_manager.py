"""Dana's way: signs in, looks into every room, pauses a campaign, sees why Bob got nothing, stops everything."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import look_over
from tests.support.live import DANA, PASSWORD, Live

Opens = Callable[..., Page]
ROOMS = (
    "/desk",
    "/desk/leads",
    "/desk/campaigns",
    "/desk/campaigns/sciatica-consultation",
    "/desk/campaigns/sciatica-consultation?tab=mails",
    "/desk/campaigns/sciatica-consultation?tab=people",
    "/desk/appointments",
    "/desk/inbox",
    "/desk/settings",
)


@pytest.fixture
def desk(opens: Opens) -> Page:
    page = opens()
    page.goto("/desk")
    look_over(page)
    page.locator("input[type=email]").fill(DANA)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/desk/?$"))
    return page


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_opens_and_is_usable_by_everyone(desk: Page, room: str) -> None:
    answer = desk.goto(room)
    assert answer is not None
    assert answer.status == 200
    look_over(desk)


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
    desk.goto("/desk/sending")
    look_over(desk)
    desk.locator("main form button").first.click()
    desk.wait_for_load_state()
    assert live.rows("clinic")[0]["stopped_at"] is not None
    desk.goto("/desk/sending")
    look_over(desk)
    desk.locator("main form button").first.click()
    desk.wait_for_load_state()
    assert live.rows("clinic")[0]["stopped_at"] is None


def test_she_finds_a_person_by_the_first_letters(desk: Page, size: str) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type("lindg")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/leads/*")
    look_over(desk)
    assert "Bob Lindgren" in desk.locator("main").inner_text()


def test_the_bar_of_the_demo_tells_its_time(desk: Page) -> None:
    assert "Demo" in desk.locator("body").inner_text()
    assert desk.get_by_role("button", name="A week").is_visible()


def state(live: Live) -> str:
    return str(next(row["state"] for row in live.rows("campaign") if row["key"] == "sciatica-consultation"))
