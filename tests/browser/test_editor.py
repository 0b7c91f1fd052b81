"""Dana builds a two-branch series from nothing, simulates it, publishes it, and changes it live; by mouse, and by keys
alone, on any screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import HANDS, Hands
from tests.browser.test_manager import signs_in
from tests.support.live import Live

Opens = Callable[..., Page]
WORDS = "A first visit takes an hour. We listen first, then look, and only then decide together what would help you."


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


def _adds_mail(dana: Hands, where: str, subject: str) -> None:
    page = dana.page
    dana.press(page.get_by_role("link", name=f"Add a step {where}", exact=True))
    dana.press(page.locator("a.offer").filter(has=page.get_by_text("A mail", exact=True)))
    dana.field("Subject", subject)
    dana.field("Preheader", "Bring loose clothes and your questions.")
    dana.field("What it says", WORDS)
    dana.button("Add the mail")
    page.get_by_role("article", name=f"Mail: {subject}").wait_for()
    _closes(dana)


def _closes(dana: Hands) -> None:
    dana.link("Close")
    dana.page.wait_for_url(re.compile(r"/edit$"))


@pytest.mark.parametrize(("hand", "size"), HANDS)
def test_she_builds_simulates_publishes_and_changes_a_series(opens: Opens, session: Any, size: str, hand: str) -> None:
    page = opens(session=session)
    dana = Hands(page, keyboard=hand == "keys")
    press = dana.press
    page.goto("/desk/campaigns")
    press(page.get_by_role("link", name="New campaign"))
    dana.look()
    dana.field("Name", f"Knees by {hand} on a {size}")
    press(page.get_by_role("button", name="Begin the draft"))
    dana.look()
    _closes(dana)
    _adds_mail(dana, "first", "What a visit is like")
    press(page.get_by_role("link", name="Add a step after What a visit is like"))
    press(page.locator("button.offer").filter(has_text="A question"))
    page.get_by_role("article", name="Question: Opened the booking page?").wait_for()
    dana.look()
    _closes(dana)
    _adds_mail(dana, "first in “Opened the booking page”", "The next open times")
    _adds_mail(dana, "first in “Did not”", "What else may help")
    page.locator("#sim li").filter(has_text="What else may help").wait_for()
    dana.look()
    press(page.get_by_role("link", name="Publish…"))
    press(page.get_by_role("button", name="Publish for new people"))
    page.get_by_role("heading", name="Version 1 is live").wait_for()
    press(page.get_by_role("link", name="To the series"))
    press(page.get_by_role("link", name="Edit the series"))
    first = page.get_by_role("link", name="What a visit is like", exact=True)
    # Whoever drags has seen the page: before its script stands, a card is a link like any other.
    page.wait_for_url(re.compile(r"/edit$"))
    page.wait_for_load_state()
    if hand == "mouse" and size == "desktop":
        grip = page.locator("#s-branch .grip").bounding_box()
        goal = page.get_by_role("link", name="Add a step first", exact=True).bounding_box()
        assert grip is not None
        assert goal is not None
        page.mouse.move(grip["x"] + 8, grip["y"] + 8)
        page.mouse.down()
        page.mouse.move(goal["x"] + 12, goal["y"] + 12, steps=4)
        page.mouse.up()
    else:
        dana.reach(first)
        page.keyboard.press("Alt+ArrowDown")
    page.get_by_text("Draft, saved").wait_for()
    expect(page.locator("[data-step]").first).to_have_attribute("data-step", "branch")
    press(page.get_by_role("button", name="Undo"))
    expect(page.locator("[data-step]").first).to_have_attribute("data-step", "what-a-visit-is")
