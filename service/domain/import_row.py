"""One row of a list of people: what it says of whom, read by the columns' meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from service.domain.import_columns import CONSENTING, Part
from service.domain.lead import Address, address
from service.domain.signup import clean, language_of, name_of, split_name
from service.domain.timing import DAY

COMPLAINT, DEAD, UNSUBSCRIBED = "complaint", "hard-bounce", "unsubscribed"
_NOT_SO = frozenset({"", "no", "n", "false", "0", "off", "none", "null", "nein", "-", "n/a", "0000-00-00 00:00:00"})
_YES = frozenset({"yes", "y", "true", "1", "on", "x", "ja", "si", "sí", "oui", "agreed", "opted in", "opt-in"})
_STATUS: Mapping[str, str] = {
    UNSUBSCRIBED: "unsubscribed, opted out, opted-out, opt out, opt-out, optout, inactive, removed, do not contact, "
    "dnc, suppressed, 2",
    DEAD: "cleaned, bounced, hard bounced, hard bounce, hard-bounced, invalid, undeliverable, 3",
    COMPLAINT: "complaint, complained, spam, abuse, spam report, reported spam",
    "": "subscribed, active, confirmed, opted in, opted-in, opt in, opt-in, consented, single opt-in, double opt-in, 1",
}
_OF_STATUS = {word: meaning for meaning, words in _STATUS.items() for word in words.split(", ")}
_DATES = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y"),
    *("%b %d, %Y %I:%M %p", "%b %d %Y", "%B %d, %Y %I:%M %p", "%Y%m%d"),
)


class Refused(StrEnum):
    """Why a row is not taken."""

    NO_ADDRESS = "no-address"
    BAD_ADDRESS = "bad-address"
    TWICE = "twice"
    NO_CONSENT = "no-consent"
    BAD_DATE = "bad-date"
    RAGGED = "ragged"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read. `wording`: what everybody in it agreed to. `agreed_at`: when, for the rows that give no date
    of their own. `for_all`: the manager answers for the whole file; else a column has to say yes for each."""

    mapping: Mapping[int, Part]
    wording: str = ""
    agreed_at: int | None = None
    for_all: bool = False

    @property
    def by_column(self) -> bool:
        return any(part in CONSENTING for part in self.mapping.values())


@dataclass(frozen=True, slots=True)
class Person:
    """`stop`: the suppression that the row asks for. `agreed_at`: when they agreed, None where there is no consent.
    `fault`: why the row is refused, before anything else is known."""

    line: int
    address: Address | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    language: str | None = None
    stop: str | None = None
    agreed_at: int | None = None
    fault: Refused | None = None


@dataclass(slots=True)
class Seen:
    """The addresses of a file so far: the first row of each counts. One that asks to stop always does."""

    keys: set[str] = field(default_factory=set)

    def twice(self, person: Person) -> bool:
        key = person.address.key if person.address else ""
        if not key:
            return False
        again = key in self.keys
        self.keys.add(key)
        return again and person.stop is None


def read_person(line: int, cells: Sequence[str], width: int, plan: Plan, now: int) -> Person:
    """What the row says. `width`: how many headings there are."""
    values = _by_part(cells, plan.mapping)
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return Person(line, fault=Refused.RAGGED)
    written = _one(values, Part.EMAIL)
    if not written:
        return Person(line, fault=Refused.NO_ADDRESS)
    try:
        where = address(written)
    except ValueError:
        return Person(line, fault=Refused.BAD_ADDRESS)
    first, last = name_of(_one(values, Part.FIRST)), name_of(_one(values, Part.LAST))
    if not first and not last:
        first, last = split_name(name_of(_one(values, Part.NAME)))
    stop = stop_of(values)
    agreed_at, fault = (None, None) if stop else _agreed(values, plan, now)
    return Person(
        line=line,
        address=where,
        first_name=first,
        last_name=last,
        phone=clean(_one(values, Part.PHONE)),
        language=language_of(_one(values, Part.LANGUAGE)),
        stop=stop,
        agreed_at=agreed_at,
        fault=fault,
    )


def stop_of(values: Mapping[Part, Sequence[str]]) -> str | None:
    """The gravest of what the row says against writing to the address."""
    status = _OF_STATUS.get(_one(values, Part.STATUS).casefold(), "")
    says: tuple[tuple[str, Callable[[], bool]], ...] = (
        (COMPLAINT, lambda: _says(values, Part.COMPLAINED)),
        (DEAD, lambda: _says(values, Part.BOUNCED)),
        (UNSUBSCRIBED, lambda: _says(values, Part.UNSUBSCRIBED)),
    )
    return next((reason for reason, said in says if status == reason or said()), None)


def date_of(text: str) -> int | None:
    """UTC epoch seconds of a date as other tools write it; None for what is none. 03/04/2026 is the fourth of March."""
    plain = " ".join(text.split())
    read: datetime | None
    try:
        read = datetime.fromisoformat(plain)
    except ValueError:
        read = _by_pattern(re.sub(r" ?(UTC|GMT)$", "", plain))
    if read is None:
        return None
    at = int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
    return at if at > 0 else None


def _by_pattern(text: str) -> datetime | None:
    for pattern in _DATES:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _agreed(values: Mapping[Part, Sequence[str]], plan: Plan, now: int) -> tuple[int | None, Refused | None]:
    """When the person agreed, or why the row cannot be taken. A no in the file outweighs the manager's word."""
    status, said = _one(values, Part.STATUS).casefold(), _one(values, Part.CONSENT).casefold()
    if (said and said not in _YES) or (status and _OF_STATUS.get(status) != ""):
        return None, Refused.NO_CONSENT
    dates = [text for text in values.get(Part.CONSENT_AT, ()) if text.casefold() not in _NOT_SO]
    read = [date_of(text) for text in dates]
    if any(at is None or at > now + DAY for at in read):
        return None, Refused.BAD_DATE
    own = min((at for at in read if at is not None), default=None)
    if own is not None:
        return min(own, now), None
    if not plan.for_all and not said and not status:
        return None, Refused.NO_CONSENT
    at = plan.agreed_at
    return (min(at, now), None) if at is not None else (None, Refused.NO_CONSENT)


def _by_part(cells: Sequence[str], mapping: Mapping[int, Part]) -> dict[Part, list[str]]:
    found: dict[Part, list[str]] = {}
    for place, part in sorted(mapping.items()):
        value = cells[place].strip() if place < len(cells) else ""
        found.setdefault(part, []).append(value)
    return found


def _one(values: Mapping[Part, Sequence[str]], part: Part) -> str:
    return next((value for value in values.get(part, ()) if value), "")


def _says(values: Mapping[Part, Sequence[str]], part: Part) -> bool:
    return any(value.casefold() not in _NOT_SO for value in values.get(part, ()))
