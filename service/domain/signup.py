"""A sign-up: what one post says, read and tidied, whichever form it came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from service.domain.age import SaidAge
from service.domain.lead import Address

NAME_LONGEST, WORD_LONGEST, ANSWER_LONGEST, ANSWERS_MOST = 60, 200, 4_000, 40
PAGE_LONGEST = 500

_NOT_A_NAME = re.compile(r"[/\\<>@{}\[\]|;=]|www\.|\d{3}", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")
_UTM_KEY = re.compile(r"(?:utm_)?(source|medium|campaign|term|content|id)")
_YES = frozenset({"true", "yes", "y", "on", "1"})

_INTERESTS = {
    "sciatica": (
        "sciatica, sciatic, sciatic-pain, sciatic-nerve, sciatica-pain, sciatica-consultation, siatica, sciatca, "
        "ciatica, back, back-pain, lower-back, lower-back-pain, low-back-pain, lower-back-hip-or-leg, lumbago, "
        "leg-pain, hip-pain"
    ),
    "neck-pain": (
        "neck-pain, neck, necks, neck-ache, stiff-neck, neck-shoulder, neck-and-shoulder, neck-or-shoulder, "
        "neck-and-shoulder-pain, shoulder, shoulder-pain, dolor-de-cuello"
    ),
    "arthritis": (
        "arthritis, arthritic, artritis, arthritis-pain, osteoarthritis, rheumatoid-arthritis, joints, joint-pain, "
        "knee-pain, knee-arthritis"
    ),
    "stress-and-muscle-tension": (
        "stress-and-muscle-tension, stress, stressed, stress-relief, stress-and-tension, stress-or-tight-muscles, "
        "tension, muscle-tension, tight-muscles, anxiety, estres"
    ),
}
_INTEREST_OF = {spelling: key for key, spellings in _INTERESTS.items() for spelling in spellings.split(", ")}
INTERESTS = frozenset(_INTERESTS)


class Unreadable(Exception):
    """An authentic post that no lead can be made of. The reason tells the staff what is missing and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SignUp:
    """`interest` is a known key or None; `consent` is the tick itself; `wording` and `version` are the ones that the
    post states, None where the source's own count. `answers` are (question, text), for the staff only. `address` None:
    somebody who gave a phone only."""

    address: Address | None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    interest: str | None = None
    consent: bool = False
    wording: str | None = None
    version: str | None = None
    zone: str | None = None
    locale: str | None = None
    page: str | None = None
    utm: dict[str, str] = field(default_factory=dict)
    answers: tuple[tuple[str, str], ...] = ()
    age: SaidAge = field(default_factory=SaidAge)


def clean(value: object, longest: int = WORD_LONGEST, *, lines: bool = False) -> str | None:
    """The text without control and invisible characters (line breaks stay with `lines`), cut to length; None for what
    is no text or empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)[: longest * 4].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not lines:
        text = " ".join(text.split())
    kept = "".join(letter for letter in text if letter == "\n" or _shown(letter))
    return unicodedata.normalize("NFC", kept).strip()[:longest].strip() or None


def _shown(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or letter == "\u200d"


def name_of(value: object) -> str | None:
    """A name fit to greet with; None for what is none, such as an address or an advertisement."""
    name = clean(value, WORD_LONGEST)
    return None if name is None or len(name) > NAME_LONGEST or _NOT_A_NAME.search(name) else name


def split_name(full: str | None) -> tuple[str | None, str | None]:
    """First and last name of a name written in one field."""
    first, _, last = (full or "").partition(" ")
    return first or None, last.strip() or None


def interest_of(value: object) -> str | None:
    """The known key that these words mean, None when they mean none of them."""
    words = clean(value)
    if words is None:
        return None
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    return _INTEREST_OF.get("-".join(re.findall(r"[a-z0-9]+", plain)))


def ticked(value: object) -> bool:
    """True only for a plain yes."""
    if isinstance(value, bool):
        return value
    return isinstance(value, str | int) and str(value).strip().casefold() in _YES


def age_said(born: object, years: object, under_18: object) -> SaidAge:
    """What three fields say of an age, each of which may be missing."""
    told = None if clean(under_18) is None and not isinstance(under_18, bool) else ticked(under_18)
    return SaidAge(clean(born), clean(years), told)


def language_of(value: object) -> str | None:
    """The language of a locale: `es` of es-MX."""
    found = _LANGUAGE.fullmatch(clean(value) or "")
    return found.group(1).lower() if found else None


def page_of(value: object) -> str | None:
    """The page's address without query and fragment, which may say who reads it."""
    text = clean(value, PAGE_LONGEST)
    if text is None:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def utm_of(values: Mapping[Any, object]) -> dict[str, str]:
    """The known UTM values, keyed without their prefix."""
    found: dict[str, str] = {}
    for key, value in values.items():
        known = _UTM_KEY.fullmatch(key.casefold()) if isinstance(key, str) else None
        text = clean(value)
        if known and text:
            found[known.group(1)] = text
    return found


def answers_of(pairs: Iterable[tuple[object, object]]) -> tuple[tuple[str, str], ...]:
    """Questions with what was written, tidied; empty ones left out."""
    kept: list[tuple[str, str]] = []
    for question, value in pairs:
        text = clean(value, ANSWER_LONGEST, lines=True)
        if text is not None and len(kept) < ANSWERS_MOST:
            kept.append((clean(question) or "Answer", text))
    return tuple(kept)
