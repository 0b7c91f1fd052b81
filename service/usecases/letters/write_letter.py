"""Writing a letter: a draft that is checked as every mail is, and changed until it is planned."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.content.letter_mail import MAIL, LetterText, faults_of, letter_file, write_mail
from service.content.letter_who import AGREED, OfSegment, parse_letter_who
from service.domain.base36 import base36
from service.storage import audits, campaigns, ids, letters, segments
from service.storage.letters import DRAFT, PLANNED
from service.usecases.kit import Kit
from service.usecases.publish_campaign import publish

PRIORITY, FIRST = 40, 90  # FIRST goes before a series where a person's day has room for one mail
MOST_HELD_OUT = 5_000  # of 10,000
NAME = 80


@dataclass(frozen=True, slots=True)
class NewLetter:
    """`name`: for the desk. `source`: who, as content.letter_who reads it. `at`: when, or None while it is not known.
    `exact`: at that hour even outside the hours for mails. `first`: before the series where a cap leaves room for one.
    `holdout`: of 10,000."""

    name: str
    text: LetterText
    source: str = AGREED
    at: int | None = None
    exact: bool = False
    first: bool = False
    holdout: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """`key` None: nothing was saved, and `faults` says why, by field."""

    key: str | None
    faults: dict[str, str] = field(default_factory=dict)


class Gone(Exception):
    """There is no such letter here."""


def write_letter(kit: Kit, clinic_id: int, user_id: int | None, new: NewLetter, key: str | None = None) -> Written:
    """Saves a new draft, or changes the one with this key; a planned one becomes a draft again, so that its people are
    counted anew before it goes. Raises Gone."""
    faults = _faults(kit, clinic_id, new)
    if faults:
        return Written(None, faults)
    now = kit.clock()
    with kit.db.write() as conn:
        if key is None:
            key = f"letter-{base36(ids.new())}"
            campaign_id = publish_text(conn, clinic_id, key, new, now)
            campaigns.describe(conn, campaign_id, {"kind": letters.KIND})
            letters.add(conn, campaign_id, clinic_id, new.source, new.holdout, new.at)
        else:
            row = letters.locked(conn, clinic_id, key)
            if row is None:
                raise Gone
            if row.state not in (DRAFT, PLANNED):
                return Written(None, {"name": "It has begun to leave: correct it instead."})
            campaign_id = publish_text(conn, clinic_id, key, new, now)
            changed = {"source": new.source, "holdout": new.holdout, "at": new.at, "state": DRAFT}
            letters.change(conn, campaign_id, changed)
        audits.record(conn, clinic_id, user_id, now, "letter written", "letter", {"key": key})
    return Written(key)


def publish_text(conn: Connection, clinic_id: int, key: str, new: NewLetter, now: int) -> int:
    """The letter's next version; gives its campaign's id."""
    file = letter_file(key, new.name, exact=new.exact, priority=FIRST if new.first else PRIORITY)
    publish(conn, clinic_id, file, {MAIL: write_mail(new.text)}, now, filename=f"{key}.yaml")
    row = campaigns.by_key(conn, clinic_id, key)
    if row is None:
        raise LookupError(f"'{key}' was published and is not there")
    return row.id


def _faults(kit: Kit, clinic_id: int, new: NewLetter) -> dict[str, str]:
    found = faults_of(new.text, kit.studio)
    if not 1 <= len(new.name.strip()) <= NAME:
        found["name"] = f"Give it a name of at most {NAME} characters, for the desk."
    if not 0 <= new.holdout <= MOST_HELD_OUT:
        found["holdout"] = f"Hold out at most {MOST_HELD_OUT // 100} percent, or nobody."
    who = parse_letter_who(new.source)
    if isinstance(who, OfSegment):
        with kit.db.read() as conn:
            if segments.by_key(conn, clinic_id, who.key) is None:
                found["who"] = "This segment is no more; choose another."
    return found
