"""Dana writes a letter to many: with and without JavaScript, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import look_over
from tests.browser.hands import SCREENS
from tests.browser.test_manager import signs_in
from tests.support.letter_room import SUBJECT, WORDS
from tests.support.live import Live

Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


@pytest.mark.parametrize(("javascript", "size"), SCREENS)
def test_she_writes_looks_sends_stops_and_corrects(
    opens: Opens, session: Any, wrong: list[str], javascript: bool
) -> None:
    page = opens(session=session, javascript=javascript)
    looks = look_over if javascript else lambda _page: None
    page.goto("/desk/campaigns")
    page.get_by_role("link", name="Letters").click()
    page.wait_for_url("**/desk/letters")
    looks(page)
    page.get_by_role("link", name=re.compile("Write a letter")).click()
    looks(page)
    page.get_by_label("Name", exact=True).fill("Closed on Thursday")
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_label("The line after it").fill("The days, and when we open again.")
    page.get_by_label("What it says").fill("Too short.")
    page.get_by_role("button", name="Save and look at it").click()
    assert page.get_by_text("words: write 10 to 400").is_visible()
    wrong[:] = [told for told in wrong if "status of 422" not in told]  # the browser's own note of a refused form
    looks(page)
    page.get_by_label("What it says").fill("\n\n".join(WORDS))
    page.get_by_role("button", name="Save and look at it").click()
    page.wait_for_url(re.compile(r"/desk/letters/letter-\w+$"))
    assert WORDS[0][:20] in page.frame_locator("iframe").locator("body").inner_text()
    looks(page)
    page.get_by_role("link", name="Send…").click()
    looks(page)
    page.get_by_role("button", name=re.compile(r"Send to [\d,]+ people on \w{3} \d+ \w{3} 09:00")).click()
    page.get_by_role("link", name="Stop…").click()
    looks(page)
    page.get_by_role("button", name="Stop it").click()
    looks(page)
    page.get_by_role("link", name="Correct…").click()
    looks(page)
    page.get_by_label("Subject").fill("We are closed on Friday")
    page.get_by_role("button", name=re.compile("Correct it")).click()
    assert page.get_by_text("Corrected.").is_visible()
    page.get_by_role("link", name="Let it go on…").click()
    looks(page)


def test_she_sees_what_became_of_a_letter(opens: Opens, session: Any, live: Live) -> None:
    page = opens(session=session)
    page.goto("/desk/letters")
    page.get_by_role("link", name="Saturday mornings").click()
    assert page.get_by_role("row", name=re.compile("^Sent")).is_visible()
    (went,) = [row for row in live.rows("letter") if row["state"] == "done" and row["holdout"]]
    held_out = went["looked"] > went["entered"]  # by chance: of a few dozen people it may be nobody
    assert (page.get_by_role("row", name=re.compile("^Held out")).count() == 1) is held_out
    look_over(page)
    page.get_by_role("link", name="Each person").click()
    assert page.get_by_role("heading", name="Saturday mornings").is_visible()
