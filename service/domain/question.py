"""Which words of a sign-up somebody must answer: a message in free words, and not a choice or a fact."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST, WORDS_OF_A_MESSAGE = 500, 5
_ASKS = re.compile(r"\b(?:messages?|questions?|comments?|anything else|tell us|ask us|like to know)\b", re.IGNORECASE)


def question_of(answers: Iterable[tuple[str, str]]) -> str | None:
    """The messages among (field, text) pairs as one text; None where nothing waits for a reply. A doubtful one counts:
    a reply too many is better than a promise broken."""
    found = [" ".join(text.split()) for field, text in answers if _is_message(field, text)]
    return cut(" · ".join(dict.fromkeys(found)), LONGEST) or None


def _is_message(field: str, text: str) -> bool:
    return "?" in text or len(text.split()) >= WORDS_OF_A_MESSAGE or _ASKS.search(field) is not None


def cut(text: str, longest: int) -> str:
    """The text, or its beginning up to a word's end with an ellipsis."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    whole = head.rpartition(" ")[0]
    return f"{whole or head}…"
