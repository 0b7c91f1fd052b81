"""Elementor Pro's webhook: a form, its fields under their labels (simple) or with id, title and type (advanced).

It signs nothing, never tries again, and shows its visitor an error for any answer but 200."""

from __future__ import annotations

import re

from service.domain.form_meaning import Field, Form
from service.sources.bodies import flat, named_values
from service.sources.form_vendor import KeyVendor

_PART = re.compile(r"(fields|meta)\[([^\]]{1,80})\]\[(id|type|title|value)\]")
_KINDS = {"email": "email", "tel": "phone", "acceptance": "consent"}
_META = frozenset({"Date", "Time", "Page URL", "User Agent", "Remote IP", "Powered by", "form_id", "form_name"})


class Elementor(KeyVendor):
    name, title = "elementor", "Elementor Pro"
    steps = (
        "In Elementor, edit the form, add “Webhook” under Actions After Submit, and paste this address.",
        "Switch “Advanced data” on: then each field comes with its title and its kind.",
        "For the mails add a field of the kind “Acceptance”, with the words that stand below.",
    )

    def form(self, raw: bytes, content_type: str) -> Form:
        said = named_values(raw, content_type)
        parts: dict[tuple[str, str], dict[str, object]] = {}
        for key, value in said.items():
            found = _PART.fullmatch(key)
            if found:
                parts.setdefault((found[1], found[2]), {})[found[3]] = value
        if not parts:
            page = said.get("Page URL")
            return Form(tuple(each for each in flat(said) if each.name not in _META), page=page)
        fields = tuple(
            Field(name, each.get("value"), str(each.get("title") or ""), _KINDS.get(str(each.get("type")), ""))
            for (group, name), each in parts.items()
            if group == "fields"
        )
        return Form(fields, page=parts.get(("meta", "page_url"), {}).get("value"))
