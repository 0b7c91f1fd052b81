"""From an empty installation to the first mail: by mouse, and by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.hands import HANDS, Hands
from tests.browser.test_patient import signs_up
from tests.support.live import Live, serve
from tests.support.snapshot import Snapshot, back_up, put_back

Opens = Callable[..., Page]
ACCOUNT = {
    "Your name": "Dana Whitfield", "Your email": "dana@sun.example", "Password": "a few words do well",
    "Name": "Sun Acupuncture", "Postal address": "100 Example Street", "City": "Rochester",
    "Phone": "+1 507 555 0100", "Time zone": "America/Chicago",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, Snapshot]]:
    with serve(tmp_path_factory.mktemp("empty"), demo=False) as running:
        yield running, back_up(running.kit.db)


@pytest.fixture
def live(house: tuple[Live, Snapshot]) -> Live:
    """Nobody has ever signed in here."""
    running, nothing = house
    put_back(running.kit.db, nothing)
    return running


@pytest.mark.parametrize(("hand", "size"), HANDS)
def test_an_empty_installation_is_led_to_its_first_mail(opens: Opens, live: Live, size: str, hand: str) -> None:
    page = opens()
    dana = Hands(page, keyboard=hand == "keys")
    page.goto("/desk")
    for label, text in ACCOUNT.items():
        dana.field(label, text)
    dana.button("Create the clinic")
    page.wait_for_url(re.compile(r"/desk/?$"))
    dana.look()
    dana.link("Begin")
    dana.at("clinic")
    dana.field("City", "Rochester, MN")
    dana.button("Save and go on")
    dana.at("sender")
    dana.button("Check it now")
    page.get_by_text("Mail stays on this machine, in the outbox").wait_for()
    dana.field("Sender’s name", "Dana at Sun")
    dana.button("Save and go on")
    dana.at("hours")
    dana.field("Monday", "9-12, 13:30-17")
    dana.button("Save and go on")
    dana.at("form")
    _signs_up(live, page)
    dana.link("I’ve sent a test")
    page.get_by_role("link", name="Alice").wait_for()
    dana.look()
    dana.button("It works, go on")
    dana.at("campaign")
    dana.button("Begin with this one")
    dana.at("test")
    dana.button("Send it to me")
    page.get_by_text("It was taken").wait_for()
    dana.link("Go on")
    dana.at("end")
    assert page.get_by_role("heading", name="The clinic is ready").is_visible()
    assert len(live.mails("dana@sun.example")) == 1
    assert len(live.mails("alice@patients.example")) == 1
    dana.link("To Home")
    page.wait_for_url(re.compile(r"/desk/?$"))
    assert page.get_by_text("steps done").count() == 0


def _signs_up(live: Live, page: Page) -> None:
    """Alice, on the clinic's own form in another window."""
    other = page.context.new_page()
    signs_up(other, live, "Alice", "alice@patients.example")
    other.close()
    live.tick()
