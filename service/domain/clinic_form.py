"""What may stand in a clinic's settings: each field checked, each fault with its mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from service.domain.colour import READABLE, contrast, is_colour, readable_shade
from service.domain.lead import address
from service.domain.rate import MOST_DAY, MOST_SECOND, warm_up
from service.domain.timing import HOUR, MINUTE, is_zone

LONGEST = 200
Checked = tuple[dict[str, Any], dict[str, str]]


def check_clinic(given: Mapping[str, str]) -> Checked:
    """({column: value}, {field: fault}) for the fields of FIELDS that `given` holds."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, check in FIELDS.items():
        if name not in given:
            continue
        try:
            values[name] = check(given[name].strip())
        except ValueError as fault:
            faults[name] = str(fault)
    return values, faults


def _text(what: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text:
            raise ValueError(f"Give {what}.")
        if len(text) > LONGEST or any(ord(letter) < 32 for letter in text):
            raise ValueError(f"Write {what} in one line of at most {LONGEST} characters.")
        return text

    return check


def _email(what: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            return address(text).email
        except ValueError:
            raise ValueError(f"Give {what}, such as hello@clinic.example.") from None

    return check


def _website(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or len(text) > LONGEST):
        raise ValueError("Give the whole address, such as https://clinic.example, or leave it empty.")
    return text


def _zone(text: str) -> str:
    if "/" not in text or not is_zone(text):
        raise ValueError("Choose a time zone by its IANA name, such as America/Chicago.")
    return text


def _accent(text: str) -> str:
    colour = text.casefold()
    if not is_colour(colour):
        raise ValueError("Write the colour as #rrggbb, such as #0f6b66.")
    ratio = contrast(colour, "#ffffff")
    if ratio < READABLE:
        shade = readable_shade(colour)
        raise ValueError(f"White on {colour} reads badly ({ratio:.1f} of {READABLE}). The nearest that does: {shade}.")
    return colour


def _whole(least: int, most: int, what: str, times: int = 1) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"Give {what}, a whole number from {least} to {most}.")
        return int(text) * times

    return check


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("Choose one of the two.")
    return text == "yes"


def _country(text: str) -> str:
    code = text.upper()
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise ValueError("Give the country by its two letters, such as US.")
    return code


def _region(text: str) -> str:
    code = text.upper()
    if len(code) > 6 or not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in code):
        raise ValueError("Give the region by its short code, such as MN, or leave it empty.")
    return code


def _minute(text: str) -> int | None:
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    plain = len(text) == 5 and (hours + minutes).isascii() and hours.isdecimal() and minutes.isdecimal()
    if not plain or int(hours) > 23 or int(minutes) > 59:
        raise ValueError("Give the hour as 21:00, or leave both empty.")
    return int(hours) * 60 + int(minutes)


def _if_any(check: Callable[[str], int]) -> Callable[[str], int | None]:
    return lambda text: check(text) if text else None


def _warm_up(text: str) -> str:
    return " ".join(map(str, warm_up(text)))


FIELDS: dict[str, Callable[[str], Any]] = {
    "name": _text("the clinic's name"),
    "address": _text("the postal address; every mail must show it"),
    "city": _text("the city"),
    "phone": _text("the phone number that patients call"),
    "website": _website,
    "zone": _zone,
    "accent": _accent,
    "from_name": _text("the sender's name"),
    "from_email": _email("the sender's address"),
    "reply_to": _email("the address that replies go to"),
    "cap_day": _whole(1, 5, "the most mails a person gets in a day"),
    "cap_week": _whole(1, 20, "the most mails a person gets in a week"),
    "rate_second": _if_any(_whole(1, MOST_SECOND, "the most mails a second, or nothing for no limit")),
    "rate_day": _if_any(_whole(1, MOST_DAY, "the most mails a day, or nothing for no limit")),
    "warm_up": _warm_up,
    "soft_bounces": _whole(2, 50, "how many mails may come back in a row"),
    "overdue_after": _whole(1, 168, "the hours", HOUR),
    "call_within": _whole(5, 4320, "the minutes", MINUTE),
    "resend_in_doubt": _yes_or_no,
    "min_notice": _whole(0, 336, "the hours", HOUR),
    "horizon_days": _whole(1, 180, "the days"),
    "country": _country,
    "region": _region,
    "keeps_holidays": _yes_or_no,
    "quiet_from": _minute,
    "quiet_to": _minute,
}
