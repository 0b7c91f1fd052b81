"""What somebody is signed in with, in plain words."""

from __future__ import annotations

import pytest

from service.domain.device import device


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Gecko/20100101 Firefox/131.0", "Firefox on a Mac"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36", "Chrome on an Android phone or tablet"),
        ("curl/8.5.0", "A browser"),
    ],
)
def test_a_device_is_told_in_words(said: str, words: str) -> None:
    assert device(said) == words
