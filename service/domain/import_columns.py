"""What the columns of a list of people mean, told by the headings that other tools write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Part(StrEnum):
    """What a column says of a person."""

    EMAIL = "email"
    FIRST = "first-name"
    LAST = "last-name"
    NAME = "name"
    PHONE = "phone"
    LANGUAGE = "language"
    CONSENT = "consent"
    CONSENT_AT = "consent-at"
    STATUS = "status"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


PART_WORDS: Mapping[Part, str] = {
    Part.EMAIL: "Email address",
    Part.FIRST: "First name",
    Part.LAST: "Last name",
    Part.NAME: "First and last name in one",
    Part.PHONE: "Phone",
    Part.LANGUAGE: "Language",
    Part.CONSENT: "Agreed to mails: yes or no",
    Part.CONSENT_AT: "When they agreed to mails",
    Part.STATUS: "Status: subscribed, unsubscribed, bounced …",
    Part.UNSUBSCRIBED: "Unsubscribed: yes, or when",
    Part.BOUNCED: "Address is dead: yes, when or why",
    Part.COMPLAINED: "Complained of spam: yes, or when",
}
CONSENTING = (Part.CONSENT, Part.CONSENT_AT, Part.STATUS)
SEVERAL = frozenset({Part.CONSENT_AT, Part.UNSUBSCRIBED, Part.BOUNCED, Part.COMPLAINED, Part.PHONE})

# As `_plain` makes them. The names of a tool's own columns stand with the tool.
_KNOWN: Mapping[Part, str] = {
    Part.EMAIL: "email, e mail, email address, e mail address, mail, correo, correo electronico, adresse email",
    Part.FIRST: "first name, firstname, fname, given name, forename, vorname, nombre, prenom",
    Part.LAST: "last name, lastname, lname, surname, family name, nachname, apellido, apellidos, nom",
    Part.NAME: "name, full name, fullname, contact, contact name, customer, customer name, patient, patient name",
    Part.PHONE: "phone, phone number, mobile, mobile phone, mobile phone number, cell, cell phone, telephone, telefono",
    Part.LANGUAGE: "language, locale, preferred language, preferred locale, language code, idioma",
    Part.CONSENT: (
        "consent, opt in, optin, opted in, marketing consent, email consent, email opt in, accepts marketing, "
        "agreed, agreed to mails, newsletter, subscribed, is subscribed"
    ),
    Part.CONSENT_AT: (
        "consent date, consent at, consented at, opt in date, opt in time, optin time, confirm time, opted in at, "
        "date subscribed, subscribed at, subscribe date, subscription date, sign up date consent"
    ),
    Part.STATUS: "status, subscription status, email status, member status, contact status, list status, email "
    "marketing status, email permission status",
    Part.UNSUBSCRIBED: (
        "unsub time, unsubscribed, unsubscribed at, unsubscribe date, date unsubscribed, unsubscribed from all email, "
        "opted out of all email, portal unsubscribe, opt out, opted out, optout, email opt out, do not contact, "
        "donotcontact, do not email, dnc, manual unsubscribe"
    ),
    Part.BOUNCED: (
        "clean time, bounced, bounced at, hard bounce, hard bounced, email hard bounce reason, "
        "invalid email address, portal bounce, global bounce, bounced date, bounce date, email bounced"
    ),
    Part.COMPLAINED: "portal spam report, spam report, complained, complaint, marked as spam, spam complaint",
}
_PART_OF = {name: part for part, names in _KNOWN.items() for name in names.split(", ")}
_TOOLS: Sequence[tuple[str, frozenset[str]]] = (
    ("Mailchimp, unsubscribed", frozenset({"email address", "unsub time"})),
    ("Mailchimp, cleaned", frozenset({"email address", "clean time"})),
    ("Mailchimp", frozenset({"email address", "member rating"})),
    ("Mailchimp", frozenset({"email address", "optin time"})),
    ("HubSpot, unsubscribes and bounces", frozenset({"portal unsubscribe", "portal bounce"})),
    ("HubSpot", frozenset({"record id", "email"})),
    ("HubSpot", frozenset({"contact id", "unsubscribed from all email"})),
    ("Mautic", frozenset({"email", "firstname", "date identified"})),
    ("Mautic", frozenset({"email", "firstname", "dateidentified"})),
    ("Mautic", frozenset({"email", "firstname", "preferred locale"})),
    ("Mautic", frozenset({"email", "firstname", "attribution"})),
    ("ActiveCampaign", frozenset({"email", "contact id", "date added"})),
    ("ActiveCampaign", frozenset({"email", "account", "ip address", "date added"})),
    ("ActiveCampaign", frozenset({"email", "first name", "ip", "date subscribed"})),
)


def propose(heads: Sequence[str]) -> dict[int, Part]:
    """By column: what it most likely says. The first of two alike counts, but for those that may be several."""
    found: dict[int, Part] = {}
    for place, head in enumerate(heads):
        part = _PART_OF.get(_plain(head))
        if part is not None and (part in SEVERAL or part not in found.values()):
            found[place] = part
    if Part.FIRST in found.values() or Part.LAST in found.values():
        found = {place: part for place, part in found.items() if part is not Part.NAME}
    return found


def tool_of(heads: Sequence[str]) -> str | None:
    """The tool that writes such headings; None for one that is not known."""
    said = {_plain(head) for head in heads}
    return next((name for name, marks in _TOOLS if marks <= said), None)


def fault_of(mapping: Mapping[int, Part]) -> str:
    """What the manager has to change before anything can be read; empty when nothing."""
    parts = list(mapping.values())
    if Part.EMAIL not in parts:
        return "Say which column holds the email address."
    twice = next((part for part in parts if part not in SEVERAL and parts.count(part) > 1), None)
    return f"“{PART_WORDS[twice]}” is chosen for two columns: keep one of them." if twice else ""


def _plain(head: str) -> str:
    return " ".join(re.findall(r"[a-z0-9áéíóúñü]+", head.casefold().replace("’", "").replace("'", ""))).translate(
        str.maketrans("áéíóúñü", "aeiounu")
    )
