"""Wix's app webhook: the whole body is a token that Wix signs (RS256); within it, JSON as text, twice over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
import orjson

from service.domain.form_meaning import Form
from service.domain.signup import Unreadable
from service.sources.bodies import flat
from service.sources.form_vendor import FormVendor
from service.sources.vendor import external, part


class Wix(FormVendor):
    name, title = "wix", "Wix"
    asks_for = "Public key of the app (PEM)"
    steps = (
        "In the Wix developers' centre make an app, and under Webhooks add “Form submission created” with this.",
        "Copy the app's public key, from BEGIN to END, and paste it here.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return False
        try:
            jwt.decode(raw.strip(), secret, algorithms=["RS256"], options={"verify_aud": False, "verify_iat": False})
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError, TypeError):
            return False
        return True

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        try:
            event = _event(raw)
        except Unreadable:
            return None
        return external(event.get("id")) or external(part(event, "createdEvent").get("entityId"))

    def form(self, raw: bytes, content_type: str) -> Form:
        event = _event(raw)
        entity = part(part(event, "createdEvent"), "entity") or part(event, "entity") or event
        said = part(entity, "submissions") or part(entity, "submission") or entity
        return Form(flat(said))

    def secret_fault(self, secret: str | None) -> str | None:
        if secret and "BEGIN PUBLIC KEY" in secret:
            return None
        return "paste the public key of your Wix app, from -----BEGIN PUBLIC KEY----- to the end"


def _event(raw: bytes) -> dict[str, Any]:
    """The claim `data`, and what its own `data` holds; either may be text. Raises Unreadable."""
    try:
        claims: object = jwt.decode(raw.strip(), options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError):
        raise Unreadable("The body is no token as Wix sends it. Point the app's webhook here, no other one.") from None
    found = _opened(claims if isinstance(claims, dict) else {})
    inner = _opened(found)
    return inner or found


def _opened(of: Mapping[str, Any]) -> dict[str, Any]:
    value = of.get("data")
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}
