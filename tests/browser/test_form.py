"""The website's way: its form posts over HTTP, once, twice, forged and broken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_manager import signs_in
from tests.support.live import Live

SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def posts(live: Live, body: bytes, post_id: str, *, at: int | None = None, secret: bytes = SECRET) -> int:
    """Sends a signed Standard Webhooks post to demo-standard; gives the status."""
    stamp = live.clock() if at is None else at
    signature = base64.b64encode(hmac.digest(secret, f"{post_id}.{stamp}.".encode() + body, hashlib.sha256)).decode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": post_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{signature}",
    }
    return live.ask("/hooks/signup/demo-standard", body, headers)[0]


def signup(email: str, **more: Any) -> bytes:
    data = {"email": email, "first_name": "Greta", "interest": "sciatica", "consent": True} | more
    return json.dumps({"type": "consultation.requested", "data": data}).encode()


def leads(live: Live, email: str) -> list[dict[str, Any]]:
    return [row for row in live.rows("lead") if row["email"] == email]


def test_a_signed_post_becomes_a_lead_whose_welcome_mail_goes_at_once_however_often_it_is_sent(live: Live) -> None:
    body = signup("greta@example.org")
    assert [posts(live, body, "msg_greta"), posts(live, body, "msg_greta")] == [200, 200]
    live.tick()
    assert len(leads(live, "greta@example.org")) == 1
    assert [mail["subject"] for mail in live.mails("greta@example.org")] == ["Thank you for writing to us"]


def test_a_mail_in_the_mailbox_has_what_its_readers_need(live: Live) -> None:
    posts(live, signup("ruth@example.org"), "msg_ruth")
    live.tick()
    mail = live.mails("ruth@example.org")[0]
    assert {"ref", "to", "subject", "headers", "html", "text", "at"} <= set(mail)
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = mail["headers"]["List-Unsubscribe"].strip("<>")
    path = one_click.removeprefix(live.url)
    assert live.ask(path, b"List-Unsubscribe=One-Click")[0] == 200
    assert leads(live, "ruth@example.org")[0]["consent"] == "withdrawn"


def test_a_forged_and_a_stale_post_are_refused_and_leave_nothing(live: Live) -> None:
    body = signup("mallory@example.org")
    assert posts(live, body, "msg_forged", secret=b"0" * 24) == 401
    assert posts(live, body, "msg_stale", at=live.clock() - 3_600) == 401
    assert leads(live, "mallory@example.org") == []


def test_without_consent_the_lead_is_kept_and_gets_no_series(live: Live) -> None:
    assert posts(live, signup("quiet@example.org", consent=False), "msg_quiet") == 200
    live.tick()
    assert [row["consent"] for row in leads(live, "quiet@example.org")] == ["none"]
    assert live.mails("quiet@example.org") == []


@pytest.mark.parametrize("size", ["desktop"])
def test_an_authentic_post_that_cannot_be_read_is_kept_and_shown(
    opens: Callable[..., Page], live: Live, size: str
) -> None:
    assert posts(live, b'{"type": "consultation.requested", "data": {"mail": "?"}}', "msg_odd") == 200
    page = opens()
    signs_in(page)
    page.goto("/desk/inbox?state=unreadable")
    assert "address" in page.locator("main").inner_text(), "the reason is told in plain words"
