"""Tally's webhook: each answer with its label and type. Signs the body where a signing secret is set there."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from service.domain.form_meaning import Field, Form
from service.domain.signup import Unreadable, clean
from service.sources.form_vendor import FormVendor
from service.sources.vendor import external, json_object, part, same

_KINDS = {"INPUT_EMAIL": "email", "INPUT_PHONE_NUMBER": "phone"}


class Tally(FormVendor):
    name, title = "tally", "Tally"
    asks_for = "Signing secret"
    steps = (
        "In Tally, open the form, then Integrations › Webhooks › Connect.",
        "Paste this address, add a signing secret, and paste the same secret here.",
        "Name the question about mails “Agreed to mails”, or say below which question it is.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return False
        ours = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        return same(ours, headers.get("tally-signature", ""))

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        try:
            body = json_object(raw)
        except Unreadable:
            return None
        return external(part(body, "data").get("responseId")) or external(body.get("eventId"))

    def form(self, raw: bytes, content_type: str) -> Form:
        listed = part(json_object(raw), "data").get("fields")
        if not isinstance(listed, list):
            raise Unreadable("It holds no data.fields. Point Tally's webhook for responses here, no other one.")
        return Form(tuple(_field(each) for each in listed[:200] if isinstance(each, dict)))


def _field(each: Mapping[str, Any]) -> Field:
    label, kind = clean(each.get("label")) or "", clean(each.get("type")) or ""
    return Field(clean(each.get("key")) or label, _value(each), label, _KINDS.get(kind, ""))


def _value(each: Mapping[str, Any]) -> object:
    """Choices come as the ids of options: their words are meant. One box that was ticked is its own words."""
    value, options = each.get("value"), each.get("options")
    if not isinstance(value, list):
        return value
    named = {
        option.get("id"): option.get("text")
        for option in (options if isinstance(options, list) else [])
        if isinstance(option, dict) and isinstance(option.get("id"), str)
    }
    chosen = [clean(named.get(one, one) if isinstance(one, str) else one) for one in value]
    return ", ".join(filter(None, chosen))
