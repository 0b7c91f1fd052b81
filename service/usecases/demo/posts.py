"""Sign-ups as the demo's three doors send them: real bodies with real signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from service.domain.timing import iso
from service.sources.hosted_form import REASONS
from service.usecases.demo.clinic import STANDARD_SECRET, TYPEFORM_SECRET
from service.usecases.demo.people import Person

CHOICES = {interest: words for words, interest in REASONS.values()}
CONSENT_FIELD = {"id": "f5", "ref": "consent", "type": "yes_no"}


@dataclass(frozen=True, slots=True)
class Post:
    """A body with its headers, their names in lower case."""

    raw: bytes
    headers: dict[str, str]


def standard_post(person: Person, now: int) -> Post:
    """What the clinic's website sends."""
    data: dict[str, Any] = {
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": person.phone,
        "interest": person.interest,
        "message": person.message,
        "consent": person.consent,
        "timezone": person.zone if person.tells_zone else None,
        "locale": "en-US",
        "page": person.page,
        "utm": person.utm,
    }
    kept = {name: value for name, value in data.items() if value is not None}
    return sign_standard({"type": "consultation.requested", "data": kept}, f"msg_{person.no:05d}", now)


def sign_standard(body: object, post_id: str, now: int, secret: str = STANDARD_SECRET) -> Post:
    raw = orjson.dumps(body)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{post_id}.{now}.".encode() + raw, "sha256")).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": post_id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{signature}",
    }
    return Post(raw, headers)


def typeform_post(person: Person, now: int) -> Post:
    """What Typeform sends when its form was filled in."""
    fields: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({"id": "f1", "ref": "first_name", "type": "short_text"}, {"type": "text", "text": person.first_name}),
        ({"id": "f2", "ref": "last_name", "type": "short_text"}, {"type": "text", "text": person.last_name}),
        ({"id": "f3", "ref": "email", "type": "email"}, {"type": "email", "email": person.email}),
        (CONSENT_FIELD, {"type": "boolean", "boolean": person.consent}),
        ({"id": "f6", "ref": "interest", "type": "multiple_choice"}, _choice(CHOICES[person.interest])),
    ]
    if person.phone:
        fields.append(
            (
                {"id": "f4", "ref": "phone", "type": "phone_number"},
                {"type": "phone_number", "phone_number": person.phone},
            )
        )
    if person.message:
        question = {"id": "f7", "ref": "anything_else", "type": "long_text"}
        fields.append((question, {"type": "text", "text": person.message}))
    hidden = {"page": person.page, "locale": "en", **{f"utm_{name}": value for name, value in person.utm.items()}}
    if person.tells_zone:
        hidden["timezone"] = person.zone
    response = {
        "form_id": "isitforme",
        "token": f"tf{person.no:05d}",
        "submitted_at": iso(now),
        "hidden": hidden,
        "definition": {"id": "isitforme", "fields": [{**asked, "title": TITLES[asked["ref"]]} for asked, _ in fields]},
        "answers": [{**answer, "field": asked} for asked, answer in fields],
    }
    return sign_typeform({"event_id": f"ev{person.no:05d}", "event_type": "form_response", "form_response": response})


TITLES = {
    "first_name": "What is your first name?",
    "last_name": "And your last name?",
    "email": "Where may we write to you?",
    "phone": "A phone number, if you like",
    "consent": "Send me the email series as well",
    "interest": "What brings you here?",
    "anything_else": "Anything else we should know?",
}


def sign_typeform(body: object, secret: str = TYPEFORM_SECRET) -> Post:
    raw = orjson.dumps(body)
    signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    return Post(raw, {"content-type": "application/json", "typeform-signature": f"sha256={signature}"})


def form_post(person: Person, version: str, token: str) -> Post:
    """What our own form's page sends. `token` is the page's own; `version` names the consent wording on it."""
    reason = next(key for key, (_words, interest) in REASONS.items() if interest == person.interest)
    typed = {
        "first_name": person.first_name,
        "email": person.email,
        "phone": person.phone or "",
        "reason": reason,
        "message": person.message or "",
        "consent": version if person.consent else "",
        "t": token,
        **{f"utm_{name}": value for name, value in person.utm.items()},
    }
    raw = urlencode([(name, value) for name, value in typed.items() if value]).encode()
    return Post(raw, {"content-type": "application/x-www-form-urlencoded"})


def _choice(label: str) -> dict[str, Any]:
    return {"type": "choice", "choice": {"label": label}}
