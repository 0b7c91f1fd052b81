"""First use: the owner, the clinic and all that a first sign-up needs, in one transaction."""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from collections.abc import Mapping

from sqlalchemy.engine import Connection

from service.domain.clinic_form import check_clinic
from service.domain.lead import address
from service.storage import audits, clinics, practitioners, users
from service.storage import settings as stored
from service.storage.users import OWNER, UserRow
from service.usecases.add_source import add_source
from service.usecases.change_scoring import add_default_rules
from service.usecases.kit import Kit
from service.usecases.passwords import hash_password
from service.usecases.publish_campaign import import_shipped
from service.usecases.set_up import begin_set_up

OPENS, CLOSES = 9 * 60, 17 * 60
MONDAY_TO_FRIDAY = range(5)
CLINIC_FIELDS = ("name", "address", "city", "phone", "website", "zone")


class Faulty(Exception):
    """`faults`: what to mend, by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


class Settled(Exception):
    """There is an account already: first use is over."""


def create_owner(kit: Kit, given: Mapping[str, str]) -> UserRow:
    """`given`: owner_name, owner_email, password, and CLINIC_FIELDS. Raises Faulty; Settled when anybody is there."""
    values, faults = check_clinic({name: given.get(name, "") for name in CLINIC_FIELDS})
    owner_name, owner_email, hashed = _owner(given, faults)
    if faults:
        raise Faulty(faults)
    now = kit.clock()
    with kit.db.write() as conn:
        if users.anybody(conn) or not stored.claim(conn, "first-use", str(now)):
            raise Settled
        slug = slug_of(str(values["name"]))
        sender = {"from_name": values["name"], "from_email": owner_email, "reply_to": owner_email}
        clinic_id = clinics.add(conn, {**values, **sender, "slug": slug, "created_at": now})
        user_id = users.add(
            conn, clinic_id, email=owner_email, name=owner_name, password_hash=hashed, role=OWNER, now=now
        )
        furnish(conn, clinic_id, owner_name, now)
        begin_set_up(conn, clinic_id)
        audits.record(conn, clinic_id, user_id, now, "clinic created", "clinic", {"slug": slug})
        made = users.find(conn, user_id)
    if made is None:
        raise Settled
    return made


def furnish(conn: Connection, clinic_id: int, practitioner: str, now: int) -> None:
    """What a new clinic starts with: one practitioner with plain hours, a first visit, a form of our own, a signed
    source, rules for the score, and the shipped campaigns."""
    who = practitioners.add(conn, clinic_id, practitioner, "", signs=True)
    for weekday in MONDAY_TO_FRIDAY:
        practitioners.add_hours(conn, clinic_id, who, weekday=weekday, opens=OPENS, closes=CLOSES)
    practitioners.add_visit_type(conn, clinic_id, "first", "First visit", minutes=60, buffer_minutes=0, first=True)
    add_source(conn, clinic_id=clinic_id, vendor="hosted", name="Our own form", now=now)
    add_source(conn, clinic_id=clinic_id, vendor="standard", name="Website", now=now, secret=new_secret())
    add_default_rules(conn, clinic_id, now)
    import_shipped(conn, clinic_id, now)


def new_secret() -> str:
    """A Standard Webhooks secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or "clinic"


def _owner(given: Mapping[str, str], faults: dict[str, str]) -> tuple[str, str, str]:
    """Name, address and hashed password; what is wrong goes into `faults`."""
    name, email, hashed = given.get("owner_name", "").strip(), "", ""
    if not name or len(name) > 100:
        faults["owner_name"] = "Give your name, as colleagues know you."
    try:
        email = address(given.get("owner_email", "")).email
    except ValueError:
        faults["owner_email"] = "Give your address; you sign in with it."
    try:
        hashed = hash_password(given.get("password", ""))
    except ValueError as fault:
        faults["password"] = f"{str(fault)[:1].upper()}{str(fault)[1:]}."
    return name, email, hashed
