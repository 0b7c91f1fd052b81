"""Formspree's webhook: the submission under its own field names, signed with a time."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.form_meaning import Form
from service.domain.signup import Unreadable
from service.sources.bodies import flat
from service.sources.form_vendor import FormVendor, stamped
from service.sources.vendor import json_object, part


class Formspree(FormVendor):
    name, title = "formspree", "Formspree"
    asks_for = "Signing secret"
    steps = (
        "In Formspree, open the form, then Plugins › Webhooks, and paste this address.",
        "Copy the signing secret that is shown there, and paste it here.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        return stamped(raw, headers.get("formspree-signature", ""), secret, now)

    def form(self, raw: bytes, content_type: str) -> Form:
        said = part(json_object(raw), "submission")
        if not said:
            raise Unreadable("It holds no submission. Point Formspree's webhook here, no other one.")
        return Form(tuple(each for each in flat(said) if not each.name.startswith("_")))
