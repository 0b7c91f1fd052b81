"""A lead: one person at one address, and what a later sign-up may add to what is known already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from email_validator import EmailNotValidError, validate_email

from service.domain.timing import is_zone

_MIRRORS = ("posix/", "right/")


class ConsentState(StrEnum):
    """The ledger's last word on a lead."""

    NONE = "none"
    PENDING = "pending"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ZoneFrom(StrEnum):
    """Where a lead's zone is known from, weakest first."""

    CLINIC = "clinic"
    PHONE = "phone"
    FORM = "form"


_STRENGTH = {ZoneFrom.CLINIC: 0, ZoneFrom.PHONE: 1, ZoneFrom.FORM: 2}


@dataclass(frozen=True, slots=True)
class Address:
    """`email` is what we write to; `key` is the same for every spelling of one mailbox."""

    email: str
    key: str


def address(text: str) -> Address:
    """Reads an address: the domain as ASCII (IDNA), the key folded to one case, plus signs kept. Raises ValueError.
    Addresses under .test are addresses too: those who set a form up use them."""
    try:
        read = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as wrong:
        raise ValueError(str(wrong)) from None
    domain = (read.ascii_domain or read.domain).casefold()
    return Address(f"{read.local_part}@{domain}", f"{read.local_part.casefold()}@{domain}")


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    known_from: ZoneFrom


def zone_for(stated: str | None, phone_zone: str | None, clinic_zone: str) -> Zone:
    """The form's own zone when it is an IANA name, else the phone's, else the clinic's."""
    if stated and not stated.startswith(_MIRRORS) and ("/" in stated or stated == "UTC") and is_zone(stated):
        return Zone(stated, ZoneFrom.FORM)
    if phone_zone:
        return Zone(phone_zone, ZoneFrom.PHONE)
    return Zone(clinic_zone, ZoneFrom.CLINIC)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a sign-up tells of a person; None: it does not say."""

    first_name: str | None
    last_name: str | None
    phone: str | None
    interest: str | None
    page: str | None
    locale: str | None
    zone: Zone
    utm: dict[str, str]


class Known(Protocol):
    """What is known of a lead already."""

    @property
    def first_name(self) -> str | None: ...
    @property
    def last_name(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def interest(self) -> str | None: ...
    @property
    def page(self) -> str | None: ...
    @property
    def locale(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def zone_from(self) -> str: ...
    @property
    def utm(self) -> dict[str, str]: ...


def additions(known: Known, told: Particulars) -> dict[str, object]:
    """What a later sign-up changes. Names, phone, page and UTM fill gaps only: the first stays, since anyone may type
    an address. What the person wants now (interest, language) and a zone known as well or better is taken anew."""
    changes: dict[str, object] = {}
    for name in ("first_name", "last_name", "phone", "page"):
        if not getattr(known, name) and getattr(told, name):
            changes[name] = getattr(told, name)
    for name in ("interest", "locale"):
        said = getattr(told, name)
        if said and said != getattr(known, name):
            changes[name] = said
    if not known.utm and told.utm:
        changes["utm"] = told.utm
    zone = told.zone
    if zone.name != known.zone and _STRENGTH[zone.known_from] >= max(1, _STRENGTH[ZoneFrom(known.zone_from)]):
        changes["zone"], changes["zone_from"] = zone.name, zone.known_from.value
    return changes


def full_name(first: str | None, last: str | None) -> str:
    """Empty where nothing is known."""
    return " ".join(part for part in (first, last) if part)


def another_name(known: Known, told: Particulars) -> str | None:
    """The name of somebody else than the known lead; None where it may well be the same person: no name on one side,
    or the same one, in any case of letters, as far as both tell it."""
    pairs = ((known.first_name, told.first_name), (known.last_name, told.last_name))
    differs = any(had and says and had.casefold() != says.casefold() for had, says in pairs)
    return full_name(told.first_name, told.last_name) if differs else None


def apart(who: str, told: Particulars, answers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What somebody else at the same address told, each under their name."""
    own = (("Phone", told.phone), ("Asked for", told.interest))
    return [(f"{question} ({who})", text) for question, text in (*own, *answers) if text]


def differences(known: Known, told: Particulars) -> list[tuple[str, str]]:
    """What a later sign-up of the same person says otherwise and `additions` does not take: kept among the answers."""
    if told.phone and known.phone and told.phone != known.phone:
        return [("Phone, on a later sign-up", told.phone)]
    return []
