"""Passwords that anybody who guesses would try first, although they are long enough."""

from __future__ import annotations

import re

# Our own list of what such passwords are built from. With digits and signs around it, or said twice, it is no better.
_PIECES = (
    "password passwort passw contrasena welcome letmein iloveyou sunshine princess football baseball superman "
    "batman dragon monkey master shadow michael jennifer jordan trustno admin administrator root login user "
    "guest changeme default secret computer internet qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx "
    "clinic health doctor nurse patient therapy acupuncture wellness medical hospital frontdesk reception owner "
    "manager meridian spring summer autumn winter january february march april may june july august september "
    "october november december monday friday hello test testing please enter my is the i love you me let in "
    "your this new pass word "
)
_MADE = re.compile("(?:" + "|".join(sorted(_PIECES.split(), key=len, reverse=True)) + "){1,3}")
_LOOKS_LIKE = str.maketrans("@4301$5!7", "aaeoissit")
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST_OF_ITS_OWN = 4


def is_common(password: str) -> bool:
    """One piece over and over, a row of the keyboard, or at most three common words with digits and signs around."""
    folded = "".join(password.casefold().split())
    return _repeats(folded) or _runs(folded) or any(_is_made(text) for text in (folded, folded.translate(_LOOKS_LIKE)))


def _repeats(text: str) -> bool:
    return re.fullmatch(r"(.{1,6}?)\1{2,}.{0,2}", text) is not None or len(set(text)) < _SHORTEST_OF_ITS_OWN


def _runs(text: str) -> bool:
    """Whether rows of keys, forwards or backwards, are all that it is."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at = 0
    while at < len(text):
        longest = next((n for n in range(len(text) - at, 2, -1) if any(text[at : at + n] in row for row in rows)), 0)
        if not longest:
            return len(text) - at <= 2 and at > 0
        at += longest
    return True


def _is_made(text: str) -> bool:
    letters = re.sub(r"[\W\d_]+", "", text)
    return not letters or _MADE.fullmatch(letters) is not None
