"""Dana changes a mail's words, meets a check that fails, mends it, sends herself a test and publishes; by mouse, and by
keys alone on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import HANDS, Hands
from tests.browser.test_manager import signs_in
from tests.support.live import DANA, Live

Opens = Callable[..., Page]
SERIES = "/desk/campaigns/arthritis"


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


@pytest.mark.parametrize(("hand", "size"), HANDS)
def test_she_changes_mends_tries_and_publishes_a_mail(
    opens: Opens, session: Any, live: Live, size: str, hand: str
) -> None:
    page = opens(session=session)
    dana = Hands(page, keyboard=hand == "keys")
    page.goto(f"{SERIES}/mails/welcome/edit")
    checks, kept = page.locator("#checks"), page.locator("#kept")
    expect(checks).to_contain_text("All 12 checks hold")
    dana.look()
    dana.field("Subject", "Your arthritis and what will come")
    expect(checks).to_contain_text("“arthritis” in the subject")
    expect(kept).to_contain_text("Draft, saved")
    said = f"What will come, by {hand}"
    dana.field("Subject", said)
    expect(checks).to_contain_text("All 12 checks hold")
    expect(page.locator("#as-read")).to_have_text(said)
    if hand == "mouse":
        dana.button("Source")
        page.get_by_label("Body", exact=True).press("ControlOrMeta+Home")
        page.get_by_label("A block").select_option(label="Picture")
        page.keyboard.press("ArrowLeft")
        page.get_by_label("A field").select_option(label="Its name")
        expect(checks).to_contain_text("to mend")
        expect(page.get_by_label("Text part", exact=True)).to_have_value(re.compile("See open times:"))
        page.keyboard.press("ControlOrMeta+z")
        expect(checks).to_contain_text("All 12 checks hold")
        expect(page.get_by_label("Body", exact=True)).to_have_value(re.compile("What it shows"))
    dana.look()
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/mail-{size}.png", full_page=True)
    dana.button("Send a test to me")
    page.get_by_text("It was taken.").wait_for()
    assert live.mails(DANA)[0]["subject"] == said
    dana.link("Publish…")
    page.get_by_text("The words of").first.wait_for()
    dana.press(page.locator("form.go-on button.primary"))
    page.get_by_role("heading", name="is live").wait_for()
    page.goto(f"{SERIES}?tab=mails")
    expect(page.locator("#welcome")).to_contain_text(said)
