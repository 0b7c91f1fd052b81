"""A letter's form: what stands in it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping

from service.content.letter_mail import LetterText, paragraphs_of, shown_paragraphs
from service.content.letter_who import AGREED, segment_source
from service.domain.timing import DAY, local, parse_iso
from service.usecases.letters.show_letters import Opened
from service.usecases.letters.who import segment_of
from service.usecases.letters.write_letter import NewLetter
from service.web.admin.desk import Here

NOBODY_OUT = "0"


def blank(desk: Here) -> dict[str, str]:
    """Tomorrow at nine, to everyone who agreed."""
    return {
        "who": "agreed",
        "day": f"{local(desk.now + DAY, desk.zone):%Y-%m-%d}",
        "time": "09:00",
        "button": "",
        "holdout": NOBODY_OUT,
    }


def given_of(opened: Opened, desk: Here) -> dict[str, str]:
    """The letter as its form shows it."""
    row, text = opened.row, opened.text
    key = segment_of(row.source)
    at = None if row.at is None else local(row.at, desk.zone)
    return {
        "name": row.name,
        "subject": text.subject,
        "preheader": text.preheader,
        "body": shown_paragraphs(text.paragraphs),
        "button": text.button,
        "label": text.label,
        "who": f"segment:{key}" if key else "agreed",
        "day": f"{at:%Y-%m-%d}" if at else "",
        "time": f"{at:%H:%M}" if at else "",
        "exact": "yes" if opened.exact else "",
        "first": "yes" if opened.first else "",
        "holdout": str(row.holdout // 100),
    }


def read_text(given: Mapping[str, str]) -> LetterText:
    button = given.get("button", "")
    return LetterText(
        subject=given.get("subject", "").strip(),
        preheader=given.get("preheader", "").strip(),
        paragraphs=paragraphs_of(given.get("body", "")),
        button=button,
        label=given.get("label", "").strip() if button else "",
    )


def read_new(given: Mapping[str, str], desk: Here) -> tuple[NewLetter, dict[str, str]]:
    """The letter, and by field what cannot be read."""
    faults: dict[str, str] = {}
    new = NewLetter(
        name=given.get("name", "").strip(),
        text=read_text(given),
        source=_who(given.get("who", ""), faults),
        at=_at(given, desk, faults),
        exact=given.get("exact") == "yes",
        first=given.get("first") == "yes",
        holdout=_holdout(given.get("holdout", NOBODY_OUT), faults),
    )
    return new, faults


def _who(word: str, faults: dict[str, str]) -> str:
    if word == "agreed":
        return AGREED
    try:
        return segment_source(word.removeprefix("segment:"))
    except ValueError:
        faults["who"] = "Choose who gets it."
        return AGREED


def _at(given: Mapping[str, str], desk: Here, faults: dict[str, str]) -> int | None:
    try:
        at = parse_iso(f"{given.get('day', '')}T{given.get('time', '')}", desk.zone)
    except ValueError:
        faults["day"] = "Choose a day and an hour, such as 2026-11-24 and 09:00."
        return None
    if not desk.now - DAY <= at <= desk.now + 366 * DAY:
        faults["day"] = "Choose an hour within the next year."
    return at


def _holdout(word: str, faults: dict[str, str]) -> int:
    if not word.isascii() or not word.isdecimal() or len(word) > 2:
        faults["holdout"] = "Choose a share from the list."
        return 0
    return int(word) * 100
