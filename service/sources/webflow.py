"""Webflow's form webhook. Signed where it was made by an app or the API; one made in the dashboard is not."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from service.domain.form_meaning import Field, Form
from service.domain.signup import Unreadable, clean
from service.sources.bodies import flat
from service.sources.form_vendor import FormVendor, milliseconds
from service.sources.vendor import external, json_object, part, same

_KINDS = {"Email": "email", "Phone": "phone", "FormTextInputEmail": "email", "FormTextInputPhone": "phone"}


class Webflow(FormVendor):
    name, title = "webflow", "Webflow"
    signed = False
    asks_for = "Signing secret, if the webhook was made by an app"
    steps = (
        "In Webflow, open Site settings › Apps & integrations › Webhooks › Add webhook.",
        "Choose “Form submission”, API version 2, and paste this address. It is the secret: show it to nobody.",
        "A webhook that an app made signs its posts: paste its client secret here, and unsigned ones are turned away.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return True
        stamp = headers.get("x-webflow-timestamp", "")
        ours = hmac.new(secret.encode(), stamp.encode("utf-8", "surrogateescape") + b":" + raw, hashlib.sha256)
        return milliseconds(stamp, now) and same(ours.hexdigest().encode(), headers.get("x-webflow-signature", ""))

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        try:
            return external(part(json_object(raw), "payload").get("id"))
        except Unreadable:
            return None

    def form(self, raw: bytes, content_type: str) -> Form:
        payload = part(json_object(raw), "payload")
        data, schema = part(payload, "data"), payload.get("schema")
        if not data:
            raise Unreadable("It holds no payload.data. Choose “Form submission” for Webflow's webhook, no other one.")
        kinds = {
            clean(each.get("fieldName")): _KINDS.get(clean(each.get("fieldType")) or "", "")
            for each in (schema if isinstance(schema, list) else [])
            if isinstance(each, dict)
        }
        return Form(tuple(Field(one.name, one.value, kind=kinds.get(one.name, "")) for one in flat(data)))
