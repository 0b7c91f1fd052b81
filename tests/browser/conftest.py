"""Real Chromium against the real application: nothing may leave the host, no page may break its policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.support.chromium import FLAGS, chromium
from tests.support.live import Live, serve

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "static" / "vendor" / "axe.min.js").read_text()
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
Opens = Callable[..., Page]
LONGEST = 30_000  # milliseconds that a page may take on two busy cores; how fast it is, bench/ says
expect.set_options(timeout=LONGEST)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serve(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def wrong() -> list[str]:
    """What went wrong in any window of the test, in the browser's words."""
    return []


@pytest.fixture
def opens(browser: Browser, live: Live, size: str, wrong: list[str]) -> Iterator[Opens]:
    """Opens a fresh browser window of the test's size; at the end nothing may have gone wrong in any of them."""
    contexts: list[Any] = []

    def open_page(*, javascript: bool = True, session: Any = None) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            base_url=live.url,
            accept_downloads=True,
            reduced_motion="reduce",
            storage_state=session,
        )
        contexts.append(context)
        context.on("console", lambda message: wrong.append(message.text) if _is_wrong(message) else None)
        context.on("weberror", lambda fault: wrong.append(str(fault.error)))
        context.on("request", lambda sent: wrong.append(f"asked {sent.url}") if _abroad(sent.url, live.url) else None)
        context.set_default_timeout(LONGEST)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def _is_wrong(message: ConsoleMessage) -> bool:
    """Whoever leaves a page while it still looks for people leaves that question behind: htmx notes it as an error."""
    return message.type == "error" and not message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))


def _abroad(url: str, home: str) -> bool:
    return not url.startswith((home, "data:", "about:", "blob:"))


def look_over(page: Page, part: str = "html") -> None:
    """No serious or critical violation of WCAG 2.2 AA in `part`, and nothing wider than the screen.

    An open menu lies over the page: what it half covers can be pressed again when it closes, so look at the menu alone.
    """
    page.evaluate(AXE)
    found = page.evaluate(
        "part => axe.run(part, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], "
        "resultTypes: ['violations']})"
        ".then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))",
        part,
    )
    assert found == [], f"{page.url}: {found}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the screen"
