"""Whole numbers as links spell them: digits and lower-case letters."""

from __future__ import annotations

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 13  # 63 bits


def base36(number: int) -> str:
    """Raises ValueError below 0."""
    if number < 0:
        raise ValueError("base36 writes whole numbers from 0 on")
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def from_base36(text: str) -> int | None:
    """The number that `text` spells; None when it spells none."""
    if not text or len(text) > _LONGEST or any(letter not in _DIGITS for letter in text):
        return None
    return int(text, 36)
