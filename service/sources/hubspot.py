"""HubSpot's workflow webhook: the contact's properties, signed over method, address, body and time (v3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import unquote

from service.domain.form_meaning import Field, Form
from service.sources.bodies import flat
from service.sources.form_vendor import FormVendor, milliseconds
from service.sources.vendor import URL, json_object, part, same

_OWN = ("hs_", "hubspot_", "createdate", "lastmodifieddate", "lifecyclestage")


class HubSpot(FormVendor):
    name, title = "hubspot", "HubSpot workflow"
    asks_for = "Client secret of the app"
    steps = (
        "In HubSpot, make a private or public app, and copy its client secret here.",
        "In the workflow add “Send a webhook”, method POST, with this exact address, signed by that app (v3).",
        "Send at least email, first name and the property that says that they agreed to mails.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        stamp = headers.get("x-hubspot-request-timestamp", "")
        if not secret or not milliseconds(stamp, now):
            return False
        signed = b"POST" + unquote(headers.get(URL, "")).encode("utf-8", "surrogateescape") + raw + stamp.encode()
        ours = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
        return same(ours, headers.get("x-hubspot-signature-v3", ""))

    def form(self, raw: bytes, content_type: str) -> Form:
        """The workflow's own fields; or the whole contact, where each property stands as {"value": …}."""
        body = json_object(raw)
        properties = part(body, "properties")
        if not properties:
            return Form(tuple(each for each in flat(body) if not each.name.startswith(_OWN)))
        values = {name: part(properties, name).get("value", value) for name, value in properties.items()}
        return Form(tuple(Field(name, value) for name, value in values.items() if not name.startswith(_OWN))[:200])
