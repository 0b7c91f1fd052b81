"""Dana writes a mail where its words stand: what she does not touch stays as it was, to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service.content.mail_parts import parts_of
from tests.browser.hands import HANDS, Hands
from tests.browser.test_manager import signs_in
from tests.support.live import Live

Opens = Callable[..., Page]
MAILS = Path(__file__).resolve().parents[2] / "templates" / "email"
EDIT = "/desk/campaigns/stress-and-muscle-tension/mails/welcome/edit"

THERE_AND_BACK = """body => {
  const source = document.getElementById("f-body");
  document.querySelector("[data-as=source]").click();
  source.value = body;
  document.querySelector("[data-as=visual]").click();
  const first = document.querySelector("#visual [data-move=down]:not(:disabled)");
  let moved = true;
  if (first) {
    const box = first.closest(".vb");
    first.click();
    moved = source.value !== body;
    box.querySelector("[data-move=up]").click();
  }
  const text = document.querySelector("#visual .vb-words .vb-text");
  if (text) text.dispatchEvent(new Event("input"));
  const names = Array.from(document.querySelectorAll("#visual .vb-locked"), each => each.token.raw);
  return {source: source.value, moved, blocks: document.querySelectorAll("#visual .vb").length, names};
}"""


@pytest.fixture(scope="module")
def session(browser: Browser, live: Live) -> Iterator[Any]:
    with browser.new_context(base_url=live.url) as context:
        signs_in(context.new_page())
        yield context.storage_state()


def source(page: Page) -> str:
    return str(page.locator("#f-body").input_value())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("> ", ">").replace(" <", "<")


@pytest.mark.parametrize("size", ["desktop"])
def test_every_shipped_mail_is_shown_in_blocks_and_stays_as_it_is(opens: Opens, session: Any, size: str) -> None:
    page = opens(session=session)
    page.goto(EDIT)
    before = source(page)
    shown = parts = 0
    listed = []
    for path in sorted(MAILS.glob("*/*.mjml")):
        if path.parent.name == "partials":
            continue
        body = parts_of(path.read_text(), "").body
        found = page.evaluate(THERE_AND_BACK, body)
        assert squeezed(found["source"]) == squeezed(body), path
        assert found["moved"], path
        shown, parts = shown + found["blocks"], parts + len(found["names"])
        listed += found["names"]
        assert len(found["names"]) <= 2, (path, found["names"])
    page.evaluate(THERE_AND_BACK, before)
    expect(page.locator("#kept")).to_contain_text("As it is live")
    assert shown > 300
    assert parts < shown / 20, listed


@pytest.mark.parametrize(("hand", "size"), HANDS)
def test_she_writes_moves_adds_and_takes_back(opens: Opens, session: Any, size: str, hand: str) -> None:
    page = opens(session=session)
    dana = Hands(page, keyboard=hand == "keys")
    page.goto(EDIT)
    before = source(page)
    room, kept = page.locator("#visual"), page.locator("#kept")
    dana.look()
    heading = room.get_by_role("textbox", name="Heading").first
    expect(heading.locator(".slip")).to_have_text(", First name (if there is one)")

    paragraph = room.get_by_role("textbox", name="Paragraph").first
    dana.reach(paragraph) if dana.keyboard else paragraph.click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" Tea & a <chair> wait for ")
    page.get_by_label("A field").select_option(label="First name, or “there”")
    assert "Tea &amp; a &lt;chair&gt; wait for" in source(page)
    assert '{{ lead.first_name | default: "there" }}' in source(page)

    dana.reach(paragraph) if dana.keyboard else paragraph.click()
    page.get_by_label("A block").select_option(label="List")
    expect(room.get_by_role("textbox", name="List").first).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    assert source(page).index("<ul>") < source(page).index("Tea &amp;")
    expect(page.locator("#visual-says")).to_have_text("Moved up.")
    expect(kept).to_contain_text("Draft, saved")
    expect(page.frame_locator(".way-phone iframe").get_by_text("Tea & a <chair> wait for")).to_have_count(1)

    button = room.get_by_label("Words on the button").first
    dana.write(button, "Look at the calendar")
    room.get_by_label("The button leads to").first.select_option(label="Preferences")
    assert re.search(r'href="\{\{ links.preferences \}\}"[^>]*>Look at the calendar</mj-button>', source(page))

    while page.get_by_role("button", name="Undo").is_enabled():
        dana.button("Undo")
    assert source(page) == before
    dana.button("Source")
    expect(page.get_by_label("Body", exact=True)).to_have_value(before)
    expect(kept).to_contain_text("As it is live")
