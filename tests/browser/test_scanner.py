"""A scanner with a whole browser: it opens the unsubscribe page, runs its scripts, looks around, and stops nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.live import Live


@pytest.mark.parametrize("size", ["phone"])
def test_a_browser_that_only_looks_unsubscribes_nobody(opens: Callable[..., Page], live: Live, size: str) -> None:
    lead = next(row["id"] for row in live.rows("lead") if row["consent"] == "given" and row["email_key"])
    tables = ("suppression", "consent", "lead", "enrollment", "event")
    before = {table: live.rows(table) for table in tables}
    page = opens()
    page.goto(f"/u/{live.kit.links.mint('lead', lead)}", wait_until="networkidle")
    button = page.get_by_role("button", name="Stop all emails")
    button.hover()
    button.focus()
    page.mouse.wheel(0, 2_000)
    page.goto("about:blank")
    assert {table: live.rows(table) for table in tables} == before
    page.goto(f"/u/{live.kit.links.mint('lead', lead)}", wait_until="networkidle")
    page.get_by_role("button", name="Stop all emails").click()
    assert live.rows("suppression") != before["suppression"], "a press does it"
