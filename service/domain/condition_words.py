"""Conditions in plain words: opened the booking page in the last 14 days, and did not book a visit."""

from __future__ import annotations

from service.domain import words
from service.domain.conditions import (
    EVERYONE,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Did,
    Field,
    Group,
    Interested,
    Not,
    Scored,
    Tagged,
)

DEEDS = {
    **{kind: words.EVENTS[kind] for kind in ("signed-up", "confirmed", "booked", "moved", "attended", "no-show")},
    "clicked": "Clicked a link",
    "answered": "Told what holds them back",
    "visited": "Opened a page",
    "replied": "Replied to a mail",
    "cancelled": "Cancelled a visit",
    "unsubscribed": "Asked us to stop",
    "mailed": "Was sent a mail",
}
_NAMES = {
    "source": "the form",
    "page": "the page of the form",
    "locale": "the language",
    "timezone": "the time zone",
    "consent": "consent",
    "interest": "the interest",
    "first_name": "the first name",
    "last_name": "the last name",
    "phone": "the phone number",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
}
_OPS = {
    "is": "is “{}”",
    "is-not": "is not “{}”",
    "contains": "contains “{}”",
    "at-least": "is at least {}",
    "at-most": "is at most {}",
    "known": "is known",
    "unknown": "is not known",
}


def deed_words(deed: str, link: str | None = None) -> str:
    """Opened the booking page; Said what holds them back: the price; Booked a visit"""
    if deed == "clicked" and link:
        return words.clicked(link)
    if deed == "answered" and link:
        return f"Said what holds them back: {words.ANSWERS.get(link, link)}"
    plain = DEEDS.get(deed, deed)
    return f"{plain}: {link}" if link else plain


def field_words(name: str) -> str:
    """the field “insurance”; the language"""
    return _NAMES.get(name, f"the field “{name}”")


def condition_words(condition: Condition) -> str:
    """Without a capital and a full stop."""
    if condition == EVERYONE:
        return "everyone"
    return _part(condition, outermost=True)


def _part(condition: Condition, *, outermost: bool = False) -> str:  # noqa: C901 - one arm a kind
    match condition:
        case Group(how, parts):
            joined = (", and " if how == "all" else ", or ").join(_part(part) for part in parts)
            return joined if outermost or len(parts) == 1 else f"({joined})"
        case Not(Did() as deed):
            return f"not: {_did(deed)}"
        case Not(part):
            return f"not: {_part(part)}"
        case Did():
            return _did(condition)
        case Clicked(link):
            return _small(deed_words("clicked", link))
        case Answered(answer):
            return _small(deed_words("answered", answer))
        case Confirmed(is_so):
            return "confirmed the address" if is_so else "has not confirmed the address"
        case Interested(interest):
            return f"asked for {words.INTERESTS.get(interest, interest).lower()}"
        case Tagged(tag):
            return f"has the tag “{tag}”"
        case Scored(op, points):
            return f"has {'at least' if op == 'at-least' else 'at most'} {points:g} points"
        case Field(name, "one-of", _, values):
            return f"{field_words(name)} is one of {', '.join(f'“{value}”' for value in values)}"
        case Field(name, op, value):
            return f"{field_words(name)} {_OPS[op].format(value)}"
    raise TypeError(f"not a condition: {condition!r}")


def _did(deed: Did) -> str:
    often = f" {deed.times} times or more" if deed.times > 1 else ""
    lately = f" in the last {words.count(deed.days, 'day')}" if deed.days is not None else ""
    return f"{_small(deed_words(deed.deed, deed.link))}{often}{lately}"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
