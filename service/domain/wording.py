"""Small wordings of the patients' pages."""

from __future__ import annotations

from functools import lru_cache

from service.domain.clock_words import time_words


def span_words(start: int, end: int, zone: str, language: str = "en") -> str:
    """10:30 to 11:30 am; 11:30 am to 12:30 pm; 10:30 a 11:30 a.m."""
    first, last = time_words(start, zone, language), time_words(end, zone, language)
    if first.partition(" ")[2] == last.partition(" ")[2]:
        first = first.partition(" ")[0]
    return f"{first} {'a' if language == 'es' else 'to'} {last}"


def place_of(zone: str) -> str:
    """The town that an IANA name ends with: America/New_York is New York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@lru_cache(maxsize=1_024)
def one_line(wording: str) -> str:
    """Lines as sentences of one line: each ends before the next one begins."""
    lines = [line.strip() for line in wording.splitlines() if line.strip()]
    ended = [line if line[-1] in ".!?:;," else f"{line}." for line in lines[:-1]]
    return " ".join([*ended, *lines[-1:]])


def mask(email: str) -> str:
    """m•••a@example.org: enough for its owner, too little for a stranger."""
    name, at, host = email.rpartition("@")
    if not at or not name:
        return "•••"
    last = name[-1] if len(name) > 2 else ""
    return f"{name[0]}•••{last}@{host}"
