"""Tokens in links: opaque, of one width, never forged, never mixed up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content.links import KINDS, WIDTH, Links

LINKS = Links(b"a secret of this test, long enough")
kinds = st.sampled_from(KINDS)
ids = st.integers(0, 2**63 - 1)


@given(kinds, ids)
def test_a_token_is_read_back_as_it_was_minted(kind: str, number: int) -> None:
    token = LINKS.mint(kind, number)
    assert LINKS.read(token) == (kind, number)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)


@given(kinds, st.lists(ids, max_size=20))
def test_a_batch_is_minted_like_each_alone(kind: str, numbers: list[int]) -> None:
    assert LINKS.mint_many(kind, numbers) == [LINKS.mint(kind, number) for number in numbers]


@given(st.text(max_size=40))
def test_any_other_text_is_no_token(text: str) -> None:
    assert LINKS.read(text) is None


@given(st.binary(min_size=16, max_size=16))
def test_a_guessed_token_is_no_token(block: bytes) -> None:
    from base64 import urlsafe_b64encode

    assert LINKS.read(urlsafe_b64encode(block)[:WIDTH].decode()) is None


@given(kinds, ids, st.integers(0, WIDTH - 1), st.sampled_from("AEIOUaeiouxyz0189-_"))
def test_a_token_with_one_letter_changed_is_no_token(kind: str, number: int, at: int, letter: str) -> None:
    token = LINKS.mint(kind, number)
    changed = token[:at] + letter + token[at + 1 :]
    assert changed == token or LINKS.read(changed) is None


@given(kinds, ids)
def test_a_token_of_another_installation_is_no_token(kind: str, number: int) -> None:
    assert LINKS.read(Links(b"another secret, as long as that").mint(kind, number)) is None


def test_neighbouring_ids_have_tokens_that_share_nothing() -> None:
    first, second = LINKS.mint_many("lead", [1, 2])
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 6


@pytest.mark.parametrize(("kind", "number"), [("clinic", 1), ("lead", -1), ("lead", 2**63), ("lead", 2**64)])
def test_what_cannot_be_a_link_is_refused(kind: str, number: int) -> None:
    with pytest.raises(ValueError, match=r"kind|63"):
        LINKS.mint(kind, number)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Links(b"short")
