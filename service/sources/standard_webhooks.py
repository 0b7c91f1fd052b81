"""Standard Webhooks: a signed JSON post, from anything that speaks the open specification.

Body: {"type": "consultation.requested", "data": {"email", "first_name", "last_name", "phone", "interest", "message",
"consent": true | {"email_marketing": true, "text", "version"}, "timezone", "locale", "page", "utm": {…}}}; where it
says an age: "birthdate" (or "date_of_birth"), "age", "under_18". Email or phone must be there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from service.domain.signup import (
    SignUp,
    Unreadable,
    age_said,
    answers_of,
    clean,
    interest_of,
    language_of,
    name_of,
    page_of,
    split_name,
    ticked,
    utm_of,
)
from service.sources.vendor import NO_MAPPING, external, json_object, part, reached_by, same

TOLERANCE = 300
TYPES = ("consultation.requested", "lead.created")
_WORDS_LONGEST = 2_000
_READ = frozenset(
    "email first_name last_name name phone interest message consent timezone locale page utm form".split()  # noqa: SIM905
)


class StandardWebhooks:
    name, title = "standard", "Signed post (Standard Webhooks)"
    asks_for = "Secret: leave it empty, and one is made"
    steps: tuple[str, ...] = (
        "Post JSON with the headers webhook-id (one a post), webhook-timestamp (Unix seconds) and webhook-signature.",
        "The signature is v1, and base64 of HMAC-SHA256 over id.timestamp.body.",
        "Its key is the secret after whsec_, decoded from base64.",
    )
    signed = True

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        key = _key(secret)
        post_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if key is None or not post_id or not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now - int(stamp)) > TOLERANCE:
            return False
        signed = b".".join((post_id.encode("utf-8", "surrogateescape"), stamp.encode(), raw))
        ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        given = [entry.partition(",") for entry in headers.get("webhook-signature", "").split(" ")]
        matches = [same(ours, signature) for version, _, signature in given if version == "v1"]
        return any(matches)

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        return external(headers.get("webhook-id"))

    def form(self, raw: bytes, content_type: str) -> None:
        return None

    def parse(self, raw: bytes, content_type: str, mapping: Mapping[str, Any] = NO_MAPPING) -> SignUp:
        body = json_object(raw)
        if body.get("type") not in TYPES:
            raise Unreadable(f"Its type is {_shown(body.get('type'))}; a sign-up's type is {' or '.join(TYPES)}.")
        data = part(body, "data")
        first, last = _names(data)
        consent, wording, version = _consent(data.get("consent"))
        return SignUp(
            address=reached_by(data.get("email"), data.get("phone")),
            first_name=first,
            last_name=last,
            phone=clean(data.get("phone")),
            interest=interest_of(data.get("interest")),
            consent=consent,
            wording=wording,
            version=version,
            zone=clean(data.get("timezone")),
            locale=language_of(data.get("locale")),
            page=page_of(data.get("page")),
            utm=utm_of(part(data, "utm")),
            answers=_answers(data),
            age=age_said(data.get("birthdate", data.get("date_of_birth")), data.get("age"), data.get("under_18")),
        )

    def secret_fault(self, secret: str | None) -> str | None:
        if _key(secret) is None:
            return "the secret must be whsec_ and then base64, as the sending side shows it"
        return None


def _key(secret: str | None) -> bytes | None:
    try:
        return base64.b64decode((secret or "").removeprefix("whsec_"), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _names(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first, last = name_of(data.get("first_name")), name_of(data.get("last_name"))
    return (first, last) if first or last else split_name(name_of(data.get("name")))


def _consent(value: object) -> tuple[bool, str | None, str | None]:
    """The tick, and the wording and version when the sender states them both."""
    if not isinstance(value, dict):
        return ticked(value), None, None
    wording, version = clean(value.get("text"), _WORDS_LONGEST, lines=True), clean(value.get("version"))
    if wording is None or version is None:
        wording = version = None
    return ticked(value.get("email_marketing")), wording, version


def _answers(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The message, an interest we do not know, what should be a name but is not, and whatever else was sent."""
    pairs: list[tuple[object, object]] = [("Message", data.get("message"))]
    if interest_of(data.get("interest")) is None:
        pairs.append(("Interest", data.get("interest")))
    pairs += [(key, data.get(key)) for key in ("first_name", "last_name", "name") if name_of(data.get(key)) is None]
    pairs += [(key, value) for key, value in data.items() if key not in _READ]
    return answers_of(pairs)


def _shown(value: object) -> str:
    return f"“{clean(value, 60)}”" if clean(value) else "missing"
