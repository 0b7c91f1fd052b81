"""Dana knows her leads: tags, fields, a series by hand, a segment; with and without JavaScript, on any screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import look_over
from tests.browser.hands import SCREENS
from tests.browser.test_manager import signs_in
from tests.support.live import Live

Opens = Callable[..., Page]
NAME = "Held back by the price or the needles"


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


@pytest.mark.parametrize(("javascript", "size"), SCREENS)
def test_she_builds_counts_keeps_and_deletes_a_segment(
    opens: Opens, session: Any, wrong: list[str], javascript: bool
) -> None:
    page = opens(session=session, javascript=javascript)
    looks = look_over if javascript else lambda _page: None
    page.goto("/desk/leads")
    page.get_by_role("link", name="Segments").click()
    assert page.get_by_role("link", name=re.compile("^Clicked Book in the last 14 days")).is_visible()
    looks(page)
    page.goto("/desk/segments/new?example=worried")
    looks(page)
    page.get_by_label("In the last days").first.fill("soon")
    page.get_by_role("button", name="Save the segment").click()
    assert page.get_by_text("whole number from 1 to 366").is_visible()
    wrong[:] = [told for told in wrong if "status of 422" not in told]  # the browser's own note of a refused form
    looks(page)
    page.get_by_label("In the last days").first.fill("")
    page.get_by_role("button", name="Count").first.click()
    assert page.get_by_text("at this moment").is_visible()
    looks(page)
    page.get_by_role("button", name="Save the segment").click()
    page.wait_for_url(re.compile(r"/desk/segments/\d+$"))
    assert page.get_by_role("heading", name=NAME).is_visible()
    looks(page)
    page.get_by_role("link", name="Delete…").click()
    looks(page)
    page.get_by_role("button", name="Delete the segment").click()
    page.wait_for_url("**/desk/segments")
    assert page.get_by_role("link", name=NAME).count() == 0


@pytest.mark.parametrize(("javascript", "size"), SCREENS)
def test_she_tags_a_lead_and_takes_the_tag_away(opens: Opens, session: Any, javascript: bool) -> None:
    page = opens(session=session, javascript=javascript)
    page.goto("/desk/leads?sort=score")
    page.locator("a.who").first.click()
    page.get_by_label("Add a tag").fill("to call")
    page.get_by_role("button", name="Add the tag").click()
    page.get_by_label("Field", exact=True).fill("plan")
    page.get_by_label("Says", exact=True).fill("gold")
    page.get_by_role("button", name="Set the field").click()
    if javascript:
        look_over(page)
    page.get_by_role("button", name="Take the tag to call away").click()
    page.get_by_role("button", name="Forget the field plan").click()
    assert page.get_by_text("Forgotten: plan.").is_visible()
    page.get_by_role("link", name="Enroll…").click()
    assert page.get_by_role("radio").count() > 3
    if javascript:
        look_over(page)


def test_days_hours_and_points_are_set_on_any_screen(opens: Opens, session: Any) -> None:
    page = opens(session=session)
    for part in ("days", "scores"):
        page.goto(f"/desk/settings/{part}")
        look_over(page)


@pytest.mark.parametrize("size", ["desktop"])
def test_a_row_asks_only_what_fits_its_fact_and_the_count_follows(opens: Opens, session: Any) -> None:
    page = opens(session=session)
    page.goto("/desk/segments/new")
    page.get_by_label("What").first.select_option("confirmed")
    page.get_by_text("at this moment").wait_for()
    assert not page.get_by_label("In the last days").first.is_visible()
    assert not page.locator("#value-1").is_visible()
    everyone = page.locator(".counted b").first.inner_text()
    page.get_by_label("People of whom").select_option("none")
    page.wait_for_function("old => document.querySelector('.counted b').textContent !== old", arg=everyone)
    page.get_by_label("What").nth(1).select_option("score")
    assert page.get_by_label("Points").is_visible()
    assert page.locator("#how-2 option:not([hidden])").count() == 2
    page.get_by_label("What").nth(1).select_option("did:clicked:book")
    page.get_by_label("How often at least").fill("2")
    page.get_by_label("In the last days").nth(1).fill("30")
    look_over(page)
    page.get_by_label("Name").fill("None of this")
    page.get_by_role("button", name="Save the segment").click()
    page.wait_for_url(re.compile(r"/desk/segments/\d+$"))
    page.get_by_role("link", name=re.compile("^Change")).first.click()
    assert page.get_by_label("People of whom").input_value() == "none"
