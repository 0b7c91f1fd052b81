"""Whether mail can leave: the provider is asked at this moment, and what it said is kept beside the hour."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from service.delivery.greeting import Greets
from service.domain.deliverability import judge
from service.domain.sender import Check
from service.storage import settings
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit
from service.usecases.look_up_senders import ask_to_look, seen_of, sender_of

KEPT = "way-seen:"


@dataclass(frozen=True, slots=True)
class WaySeen:
    """`at` by the machine's own clock."""

    at: int
    check: Check


def check_way(kit: Kit, provider: object, clinic: ClinicRow) -> Check:
    """Connects and signs in, sends nothing. Nothing of the database is held meanwhile; the worker is asked to look at
    the domain's records as well, for that may take longer than a page should."""
    domain = clinic.from_email.rpartition("@")[2]
    found = provider.greet(domain) if isinstance(provider, Greets) else _unknown()
    with kit.db.write() as conn:
        settings.put(conn, f"{KEPT}{clinic.id}", json.dumps({"at": kit.wall(), **asdict(found)}))
    ask_to_look(kit, clinic.id)
    return found


def way_of(kit: Kit, clinic: ClinicRow) -> WaySeen | None:
    """What was seen when somebody last asked."""
    with kit.db.read() as conn:
        text = settings.get(conn, f"{KEPT}{clinic.id}")
    if text is None:
        return None
    kept = json.loads(text)
    return WaySeen(kept.pop("at"), Check(**kept))


@dataclass(frozen=True, slots=True)
class Records:
    """The domain's records as last seen. `at` None: nobody has looked yet; `asked`: the worker is about to."""

    domain: str
    checks: list[Check]
    at: int | None
    asked: bool


def records_of(kit: Kit, clinic: ClinicRow) -> Records:
    """Nothing is looked up here."""
    seen, asked = seen_of(kit, clinic)
    sender = sender_of(kit, clinic)
    return Records(sender.domain, judge(sender, seen.answers) if seen.at is not None else [], seen.at, asked)


def _unknown() -> Check:
    return Check("way", "unseen", "This way of sending cannot be tried beforehand", "Send yourself a test mail.")
