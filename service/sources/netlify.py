"""Netlify's outgoing webhook for forms: signed by a JWS that holds the body's hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import jwt

from service.domain.form_meaning import Form
from service.domain.signup import Unreadable
from service.sources.bodies import flat
from service.sources.form_vendor import FormVendor
from service.sources.vendor import json_object, part


class Netlify(FormVendor):
    name, title = "netlify", "Netlify Forms"
    asks_for = "JWS secret token"
    id_names = ("id",)
    steps = (
        "In Netlify, open the site, then Forms › Form notifications › Add notification › HTTP POST request.",
        "Choose “New form submission”, paste this address, and make up a JWS secret token.",
        "Paste the same token here.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return False
        try:
            claims = jwt.decode(
                headers.get("x-webhook-signature", ""),
                secret,
                algorithms=["HS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.InvalidTokenError, ValueError):
            return False
        said = claims.get("sha256")
        return isinstance(said, str) and hmac.compare_digest(
            hashlib.sha256(raw).hexdigest().encode(), said.encode("utf-8", "replace")
        )

    def form(self, raw: bytes, content_type: str) -> Form:
        body = json_object(raw)
        data = part(body, "data")
        if not data:
            raise Unreadable("It holds no data. Choose “New form submission” for Netlify's notification, no other one.")
        return Form(flat(data), page=data.get("referrer") or body.get("site_url"))
