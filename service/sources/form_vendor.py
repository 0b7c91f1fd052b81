"""What most vendors share: their posts are fields, read by what each means; and two ways to prove who posts."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from service.domain.form_meaning import Form
from service.domain.signup import SignUp, Unreadable
from service.sources.bodies import flat, named_values
from service.sources.read_form import sign_up
from service.sources.vendor import NO_MAPPING, external, same

TOLERANCE = 300  # seconds, for a signature that has a time in it
OWN_HEADER = "x-webhook-secret"


class FormVendor:
    """Fields by name, in whatever way the body is written."""

    name: str
    title: str
    signed = True
    asks_for = "Secret"
    steps: tuple[str, ...] = ()
    id_names: tuple[str, ...] = ()

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        """The first of `id_names` that stands at the top of the body."""
        if not self.id_names:
            return None
        try:
            body = named_values(raw, headers.get("content-type", ""))
        except Unreadable:
            return None
        return next((found for name in self.id_names if (found := external(body.get(name)))), None)

    def form(self, raw: bytes, content_type: str) -> Form:
        return Form(flat(named_values(raw, content_type)))

    def parse(self, raw: bytes, content_type: str, mapping: Mapping[str, Any] = NO_MAPPING) -> SignUp:
        return sign_up(self.form(raw, content_type), mapping)

    def secret_fault(self, secret: str | None) -> str | None:
        if not self.signed or secret:
            return None
        return f"{self.title} signs with a secret: copy it from there ({self.asks_for})"


class KeyVendor(FormVendor):
    """Signs nothing: its address is the secret. Where a secret is set as well, a header has to carry it."""

    signed = False
    asks_for = "A header’s secret, if it can send one"

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return True
        given = headers.get(OWN_HEADER) or headers.get("authorization", "").removeprefix("Bearer ")
        return same(secret.encode(), given)


def stamped(raw: bytes, signature: str, secret: str | None, now: int) -> bool:
    """`t=<seconds>,v1=<hex of HMAC-SHA256 over t.body>`, not older or newer than five minutes."""
    said = dict(each.strip().partition("=")[::2] for each in signature.split(","))
    stamp = said.get("t", "")
    if not secret or not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now - int(stamp)) > TOLERANCE:
        return False
    ours = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return same(ours.encode(), said.get("v1", ""))


def milliseconds(stamp: str, now: int) -> bool:
    """Whether a time in milliseconds is within five minutes of now."""
    return re.fullmatch(r"[0-9]{1,15}", stamp) is not None and abs(now - int(stamp) // 1000) <= TOLERANCE
