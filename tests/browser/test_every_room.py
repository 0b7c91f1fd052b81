"""The desk's rooms in Chromium: usable by everyone, no wider than the screen, asking nobody else for anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SIZES, look_over
from tests.browser.test_manager import signs_in

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
    "/desk/inbox?state=unreadable",
    "/desk/settings",
    "/desk/settings/practitioners",
    "/desk/settings/sources",
    "/desk/settings/people",
    "/desk/settings/sending",
    "/desk/settings/webhooks",
    "/desk/settings/deliverability",
    "/desk/settings/retention",
    "/desk/brake",
    "/desk/review",
    "/desk/password",
)


@pytest.fixture
def size() -> str:
    """One window, made wide and narrow: a page is asked for once."""
    return "desktop"


def test_every_room_is_usable_by_everyone_on_a_wide_and_on_a_narrow_screen(opens: Opens) -> None:
    page = opens()
    signs_in(page)
    found = []
    for path in ROOMS:
        page.set_viewport_size(_size("desktop"))
        answer = page.goto(path)
        assert answer is not None, path
        assert answer.status == 200, path
        for name in SIZES:
            page.set_viewport_size(_size(name))
            try:
                look_over(page)
            except AssertionError as wrong:
                found.append(f"{name}: {wrong}")
    assert found == []


def _size(name: str) -> Any:
    width, height = SIZES[name]
    return {"width": width, "height": height}
