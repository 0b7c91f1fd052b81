"""What a person does on a page, by mouse, or by Tab, Space, Enter and letters alone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.browser.conftest import look_over

MOST_TABS = 120
# At length each hand on each screen; everyday each hand and each screen once.
HANDS = [("mouse", "desktop"), ("keys", "phone")]
if os.environ.get("MERIDIAN_LONG") == "1":
    HANDS += [("mouse", "phone"), ("keys", "desktop")]
# With JavaScript on a narrow screen, without it on a wide one; at length each with each.
SCREENS = [(True, "phone"), (False, "desktop")]
if os.environ.get("MERIDIAN_LONG") == "1":
    SCREENS += [(True, "desktop"), (False, "phone")]
_REACHED = "wanted => wanted === document.activeElement && wanted.matches(':focus-visible')"


@dataclass
class Hands:
    """Does what a person does, with the mouse, or with Tab, Space, Enter and letters alone."""

    page: Page
    keyboard: bool

    def press(self, found: Locator) -> None:
        if not self.keyboard:
            found.click()
            return
        self.reach(found)
        self.page.keyboard.press("Enter")

    def write(self, found: Locator, text: str) -> None:
        if not self.keyboard:
            found.fill(text)
            return
        self.reach(found)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def reach(self, found: Locator) -> None:
        """By Tab, as often as it takes; where one is can be seen."""
        wanted = found.element_handle()
        for _ in range(MOST_TABS):
            if self.page.evaluate(_REACHED, wanted):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {found}")

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name))

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name))

    def field(self, label: str, text: str) -> None:
        self.write(self.page.get_by_label(label, exact=True), text)

    def at(self, step: str) -> None:
        self.page.wait_for_url(re.compile(f"/desk/set-up/{step}"))
        self.look()

    def look(self) -> None:
        """Whoever comes by the keyboard finds the same pages: they are looked over once."""
        if not self.keyboard:
            look_over(self.page)
