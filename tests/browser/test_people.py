"""Dana invites Lee to the front desk, who comes in by her mail's link, cannot export, and signs in with her phone: by
mouse, and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page

from service.domain.session_age import PROOF
from service.storage.tables import outbox
from service.usecases.send_staff_mails import send_staff_mails
from tests.browser.conftest import look_over
from tests.browser.test_manager import signs_in
from tests.support.cast import outbox_provider
from tests.support.live import PASSWORD, Live

Opens = Callable[..., Page]
FAR = 150  # presses of Tab, after which nobody looks further


def to(page: Page, what: Locator) -> None:
    """By Tab alone; a link, a field or a button that cannot be reached so fails."""
    for _ in range(FAR):
        if what.evaluate("it => it === document.activeElement"):
            assert what.evaluate("it => it.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {what}")


class Hand:
    def __init__(self, page: Page, keyboard: bool) -> None:
        self.page, self.keyboard = page, keyboard

    def press(self, what: Locator) -> None:
        if not self.keyboard:
            what.click()
            return
        to(self.page, what)
        self.page.keyboard.press("Enter")

    def write(self, what: Locator, text: str) -> None:
        if not self.keyboard:
            what.fill(text)
            return
        to(self.page, what)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)


# By mouse on a desktop, and by keyboard alone on the narrow screen.
HANDS = pytest.mark.parametrize(
    ("size", "keyboard"), [("desktop", False), ("phone", True)], indirect=["size"], ids=["mouse", "keyboard"]
)
CHOSEN = "some plain words of mine"


@HANDS
def test_a_front_desk_is_invited_cannot_export_and_comes_in_with_her_phone(
    opens: Opens, live: Live, size: str, keyboard: bool, wrong: list[str]
) -> None:
    who = f"Lee {size}"
    email = f"{who.replace(' ', '.')}@sun.example".lower()
    page = opens()
    signs_in(page)
    page.goto("/desk/settings/people")
    hand, form = Hand(page, keyboard), page.locator("#invite form")
    hand.write(form.get_by_label("Name", exact=True), who)
    hand.write(form.get_by_label("Email"), email)
    assert form.get_by_role("radio", name="Front desk").is_checked()
    hand.press(form.get_by_role("button", name="Send the invitation"))
    page.get_by_text("is invited: the link is on its way").wait_for()

    lee = opens()
    lee.goto(_link(live, email))
    look_over(lee)
    her = Hand(lee, keyboard)
    her.write(lee.get_by_label("Password"), CHOSEN)
    her.press(lee.get_by_role("button", name="Come in"))
    lee.wait_for_url("**/desk/")
    lee.goto("/desk/reports")
    assert lee.get_by_role("link", name="CSV").count() == 0
    refused = lee.request.get("/desk/reports/people/stages.csv")
    assert refused.status == 403
    assert "Ask one of them" in refused.text()
    _comes_in_with_her_phone(lee, her, live, email)

    live.clock.at += PROOF
    page.goto("/desk/settings/people")
    row = page.locator(".team > li").filter(has_text=who)
    hand.press(row.locator("summary"))
    look_over(page)
    hand.press(row.get_by_role("button", name="Let go"))
    page.get_by_role("heading", name="Is it you?").wait_for()
    look_over(page)
    hand.write(page.get_by_label("Your password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Go on"))
    page.get_by_text("can sign in no more").wait_for()
    wrong[:] = [said for said in wrong if "status of 403" not in said]
    lee.goto("/desk/leads")
    assert "/desk/sign-in" in lee.url
    page.goto("/desk/settings/record")
    look_over(page)


def _comes_in_with_her_phone(lee: Page, her: Hand, live: Live, email: str) -> None:
    lee.goto("/desk/account")
    her.press(lee.get_by_role("button", name="Set up codes"))
    lee.get_by_role("heading", name="Codes from your phone", level=1).wait_for()
    her.press(lee.locator("summary", has_text="Type it in instead"))
    look_over(lee)
    phone = pyotp.TOTP(lee.locator("details b.mono").inner_text().replace(" ", ""))
    her.write(lee.get_by_label("Give the six digits"), phone.at(live.kit.wall()))
    her.press(lee.get_by_role("button", name="Switch on"))
    lee.get_by_role("heading", name="Your recovery codes").wait_for()
    look_over(lee)
    with lee.expect_download() as download:
        her.press(lee.get_by_role("link", name="Save them as a file"))
    assert len(download.value.path().read_text().split()) == 10
    her.press(lee.get_by_role("link", name="I have kept them"))
    lee.get_by_role("heading", name="Where you are signed in").wait_for()
    look_over(lee)
    her.press(lee.locator("details.menu summary"))
    her.press(lee.get_by_role("button", name="Sign out", exact=True))
    lee.get_by_role("heading", name="Sign in to the desk").wait_for()
    her.write(lee.get_by_label("Email"), email)
    her.write(lee.get_by_label("Password"), CHOSEN)
    her.press(lee.get_by_role("button", name="Sign in"))
    lee.get_by_role("heading", name="Now the code").wait_for()
    look_over(lee)
    live.clock.at += pyotp.TOTP(phone.secret).interval
    her.write(lee.get_by_label("Code"), phone.at(live.kit.wall()))
    her.press(lee.get_by_role("button", name="Sign in"))
    lee.wait_for_url("**/desk/")


def _link(live: Live, email: str) -> str:
    """The path in her mail."""
    send_staff_mails(live.kit, outbox_provider(live.kit.db))
    with live.kit.db.read() as conn:
        text = conn.execute(sa.select(outbox.c.text).where(outbox.c.to_email == email)).scalar_one()
    return "/desk/link/" + text.split("/desk/link/")[1].split()[0]
