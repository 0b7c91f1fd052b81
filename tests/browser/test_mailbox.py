"""The demo's mailbox: a newcomer reads a mail there, and follows its button as the patient would."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import look_over
from tests.browser.test_patient import confirms, signs_up
from tests.support.live import Live

Opens = Callable[..., Page]


def test_the_button_of_a_mail_leads_to_the_open_times(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(), f"button-{size}@example.org"
    signs_up(page, live, "Hedda", email)
    confirms(page, live, email)
    ref = live.mails(email)[0]["ref"]
    page.goto(f"/outbox/{ref}?to={email}")
    look_over(page)
    button = page.frame_locator("iframe").get_by_role("link", name="See open times")
    with page.expect_popup() as opened:
        button.click()
    opened.value.get_by_role("heading", name="When would you like to come, Hedda?").wait_for()


def test_a_mail_is_shown_for_a_phone_as_text_and_with_its_headers(opens: Opens, live: Live, size: str) -> None:
    page, ref = opens(), live.rows("outbox")[0]["ref"]
    for view in ("phone", "text", "headers"):
        page.goto(f"/outbox/{ref}?show={view}")
        look_over(page)
    assert "List-Unsubscribe" in page.locator("dl").inner_text()
