"""A list of people is brought in: read, explained, looked at, taken, its bad rows saved, taken back."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from service.usecases.imports.carry_imports import carry_imports
from tests.browser.hands import HANDS, Hands
from tests.browser.test_manager import signs_in
from tests.support.live import Live

Opens = Callable[..., Page]
ROWS, BAD = (5_000, 200) if os.environ.get("MERIDIAN_LONG") == "1" else (500, 20)
GOOD = f"{ROWS - BAD:,} rows"
_BAD = (",Nobody,,", "no address at all,Norma,,", "p0@example.org,Again,,2026-01-31", "quiet@example.org,Quinn,,")


def _list() -> bytes:
    """As many rows, the bad ones in between, of each kind as many."""
    every = ROWS // BAD
    lines = ["Email Address,First Name,Phone Number,OPTIN_TIME,NOTES"]
    for number in range(ROWS):
        bad = number % every == every - 1
        good = f'p{number}@example.org,Ann,(612) 555-0{number % 1000:03},2026-01-31 10:00:00,"two lines,\nand a comma"'
        lines.append(_BAD[number // every % len(_BAD)] if bad else good)
    return "\r\n".join(lines).encode("utf-16")


@pytest.mark.parametrize(("hand", "size"), HANDS)
def test_a_list_is_brought_in_row_by_row_and_taken_back(
    opens: Opens, live: Live, wrong: list[str], size: str, hand: str, tmp_path: Path
) -> None:
    page = opens()
    signs_in(page)
    dana = Hands(page, keyboard=hand == "keys")
    page.goto("/desk/leads")
    dana.link("Bring in a list")
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": _list()})
    dana.look()
    dana.button("Read the file")
    page.get_by_role("heading", name="What the columns mean").wait_for()
    dana.button("See what becomes of each row…")
    page.get_by_text("Write the words that these people agreed to").first.wait_for()
    wrong[:] = [told for told in wrong if "status of 422" not in told]  # the browser's own note of a refused form
    dana.look()
    dana.field("The words they agreed to", "Yes, send me your news.")
    dana.button("See what becomes of each row…")
    page.get_by_role("progressbar").wait_for()
    dana.look()
    carry_imports(live.kit)
    page.get_by_role("heading", name="What becomes of each row").wait_for()
    dana.look()
    with page.expect_download() as saved:
        dana.button("As a file")
    kept = tmp_path / "left-out.csv"
    saved.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == BAD
    dana.button(f"Bring in {GOOD}")
    page.get_by_text("Bringing people in").first.wait_for()
    carry_imports(live.kit)
    page.get_by_role("heading", name="The list is in").wait_for()
    assert page.get_by_text(f"{GOOD} become leads").is_visible()
    dana.look()
    dana.link("See the new people")
    page.get_by_text(re.compile("[0-9] people, newest first")).wait_for()
    assert page.get_by_role("link", name=re.compile("^Ann")).count() > 20
    page.go_back()
    dana.button("Take the list back")
    page.get_by_text("Taking the list back").first.wait_for()
    carry_imports(live.kit)
    page.get_by_text(f"{ROWS - BAD:,} people taken away again").wait_for()
    dana.look()
