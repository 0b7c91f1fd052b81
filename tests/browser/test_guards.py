"""The guards of these tests see what they are there to see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import look_over


@pytest.mark.parametrize("size", ["phone"])
def test_a_field_without_a_label_and_a_page_wider_than_the_screen_are_seen(
    opens: Callable[..., Page], size: str
) -> None:
    page = opens()
    page.goto("/join/sun-acupuncture")
    look_over(page)
    page.evaluate("document.querySelector('label[for=email]').remove()")
    with pytest.raises(AssertionError, match="label: #email"):
        look_over(page)
    page.goto("/join/sun-acupuncture")
    page.evaluate("document.querySelector('main').style.width = '500px'")
    with pytest.raises(AssertionError, match="px wider than the screen"):
        look_over(page)


@pytest.mark.parametrize("size", ["phone"])
def test_a_script_and_a_picture_that_the_policy_forbids_are_noted(
    opens: Callable[..., Page], wrong: list[str], size: str
) -> None:
    page = opens()
    page.goto("/join/sun-acupuncture")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'alert(1)'}))")
    with page.expect_console_message(lambda told: "img-src" in told.text):
        page.evaluate("new Image().src = 'https://elsewhere.example/pixel.gif'")
    told = " ".join(wrong)
    wrong.clear()
    assert "script-src" in told
    assert "img-src" in told
