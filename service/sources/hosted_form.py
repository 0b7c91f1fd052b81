"""Our own form. Anyone may fill it in, so its addresses confirm themselves; it comes through no webhook.

A signed, stateless token stands in each page. It shows when the page was made: a script is too quick."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from service.domain.base36 import base36, from_base36
from service.domain.lead import address
from service.domain.signup import (
    ANSWER_LONGEST,
    SignUp,
    age_said,
    answers_of,
    clean,
    interest_of,
    language_of,
    name_of,
    page_of,
    ticked,
    utm_of,
)
from service.domain.timing import DAY
from service.sources.phones import read_phone
from service.sources.vendor import NO_MAPPING, form_fields, reached_by

QUICKEST, LONGEST = 2, DAY
REASONS = {
    "a": ("Lower back, hip or leg", "sciatica"),
    "b": ("Neck or shoulder", "neck-pain"),
    "c": ("Joints", "arthritis"),
    "d": ("Stress or tight muscles", "stress-and-muscle-tension"),
    "e": ("Something else, or I would rather not say", None),
}
TRAP = "fax2"
Say = Callable[[str], str]


class Page(StrEnum):
    """How a page's token reads."""

    FRESH = "fresh"
    HASTY = "hasty"
    OLD = "old"


def page_token(secret: bytes, slug: str, now: int) -> str:
    made = base36(now)
    return f"{made}.{_sign(secret, slug, made)}"


def read_page(secret: bytes, slug: str, token: str, now: int) -> Page:
    """A forged token reads as an old one: either way the person is given a new page."""
    made, _, signature = token.partition(".")
    at = from_base36(made)
    expected = _sign(secret, slug, made)
    if at is None or not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape")):
        return Page.OLD
    if at > now or now - at > LONGEST:
        return Page.OLD
    return Page.HASTY if now - at < QUICKEST else Page.FRESH


def _sign(secret: bytes, slug: str, made: str) -> str:
    key = hmac.digest(secret, b"hosted form", "sha256")
    return hmac.digest(key, f"{slug}\n{made}".encode("utf-8", "surrogateescape"), "sha256").hex()[:32]


def embed_token(secret: bytes, slug: str) -> str:
    """Stands in the form on a page of the clinic's own website, which nobody makes anew for each reader."""
    return f"embed.{hmac.digest(hmac.digest(secret, b'embedded form', 'sha256'), slug.encode(), 'sha256').hex()[:32]}"


def is_embedded(secret: bytes, slug: str, token: str) -> bool:
    return hmac.compare_digest(embed_token(secret, slug).encode(), token.encode("utf-8", "surrogateescape"))


class HostedForm:
    name, title = "hosted", "Our own form"
    asks_for = ""
    steps: tuple[str, ...] = ("Share its page, or link to it from your website. It needs no secret.",)
    signed = False

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        """Never: its posts come by the form's own page, which asks for more than a key."""
        return False

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        """The same page sent twice with the same words is one post, whenever; with other words it is another."""
        return hashlib.sha256(raw).hexdigest()

    def form(self, raw: bytes, content_type: str) -> None:
        return None

    def parse(self, raw: bytes, content_type: str, mapping: Mapping[str, Any] = NO_MAPPING) -> SignUp:
        fields = form_fields(raw)
        reason = REASONS.get(fields.get("reason", ""))
        version = clean(fields.get("consent"))
        name = fields.get("first_name")
        return SignUp(
            address=reached_by(fields.get("email"), fields.get("phone")),
            first_name=name_of(name),
            phone=clean(fields.get("phone")),
            interest=interest_of(reason[1]) if reason else None,
            consent=version is not None,
            version=version,
            locale=language_of(fields.get("lang")),
            page=page_of(fields.get("page")),
            utm=utm_of(fields),
            answers=answers_of([("Message", fields.get("message")), ("First name", None if name_of(name) else name)]),
            age=age_said(None, None, fields.get("under_18")),
        )

    def secret_fault(self, secret: str | None) -> str | None:
        return None


def faults(fields: Mapping[str, str], version: str, say: Say = str) -> dict[str, str]:
    """What a person must mend before the form is taken: {field: what to do}, in the form's order. `version` is the
    consent wording's that stands now: a tick beside an older wording does not count. `say` gives words in the reader's
    language."""
    checks = (
        ("first_name", _name_fault(fields.get("first_name", ""), say)),
        ("email", _email_fault(fields.get("email", ""), say)),
        ("phone", _phone_fault(fields.get("phone", ""), say, minor=ticked(fields.get("under_18")))),
        ("message", _message_fault(fields.get("message", ""), say)),
        ("consent", _consent_fault(fields.get("consent", ""), version, say)),
    )
    return {field: fault for field, fault in checks if fault is not None}


def _name_fault(text: str, say: Say) -> str | None:
    if not clean(text):
        return say("Please tell us what to call you.")
    return None if name_of(text) else say("Please write your first name alone, without links or numbers.")


def _email_fault(text: str, say: Say) -> str | None:
    if not clean(text):
        return say("Please give an email address, so that we can answer.")
    try:
        address(text)
    except ValueError:
        return say("Please look for a slip: an address looks like name@example.com.")
    return None


def _phone_fault(text: str, say: Say, *, minor: bool) -> str | None:
    if minor and not clean(text):
        return say("You are under 18: please give a parent’s or guardian’s phone number, so that we can call.")
    if not clean(text) or read_phone(text):
        return None
    return say("This does not look like a phone number. Mend it, or leave it empty.")


def _message_fault(text: str, say: Say) -> str | None:
    length = len(text.replace("\r\n", "\n"))
    if length <= ANSWER_LONGEST:
        return None
    told = say("Please shorten this to %(most)s characters: it has %(length)s.")
    return told % {"most": f"{ANSWER_LONGEST:,}", "length": f"{length:,}"}


def _consent_fault(ticked: str, version: str, say: Say) -> str | None:
    if not ticked or ticked == version:
        return None
    return say("These words have changed since you opened the page. Please read them, and tick again if you agree.")
