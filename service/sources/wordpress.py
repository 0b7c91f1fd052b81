"""WordPress's form plugins without a signature: WPForms, Gravity Forms, Contact Form 7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.domain.form_meaning import Field, Form
from service.sources.bodies import flat, named_values
from service.sources.form_vendor import KeyVendor

_INPUT = re.compile(r"([0-9]{1,6})\.([0-9]{1,2})")
_NAME_INPUTS = {"3": "first-name", "6": "last-name"}
_NUMBERED = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,2})?")


class WPForms(KeyVendor):
    name, title = "wpforms", "WPForms"
    steps = (
        "In WPForms (Elite, Webhooks addon), open the form, then Settings › Webhooks › Create new webhook.",
        "Method POST, format JSON, and this address. If it offers a secret, leave it out: the address is the secret.",
        "Under “Request body” map email, first_name and consent to the form's fields.",
    )


class ContactForm7(KeyVendor):
    name, title = "contact-form-7", "Contact Form 7"
    steps = (
        "In WordPress install a plugin that sends Contact Form 7 to webhooks, and give it this address.",
        "Keep the usual field names (your-name, your-email), and add [acceptance consent] with the words below.",
    )


class GravityForms(KeyVendor):
    name, title = "gravityforms", "Gravity Forms"
    id_names = ("id",)
    steps = (
        "In Gravity Forms (Webhooks add-on), open the form, then Settings › Webhooks › Add new.",
        "Method POST, format JSON, this address, and “All fields” as its body.",
        "For the mails add a field of the kind “Consent”, with the words below; send a test, and check it below.",
    )

    def form(self, raw: bytes, content_type: str) -> Form:
        """Fields have numbers for names. A part of one has a number after the dot: of a name 3 is the first and 6 the
        last; a consent has its tick in 1 and its words in 2."""
        said = named_values(raw, content_type)
        numbered = {name: value for name, value in said.items() if _NUMBERED.fullmatch(name)}
        if not numbered:
            return Form(flat(said))
        fields = tuple(
            _field(name, value, numbered) for name, value in numbered.items() if not _is_beside(name, numbered)
        )
        return Form(fields, page=said.get("source_url"))


def _field(name: str, value: Any, every: Mapping[str, Any]) -> Field:
    parts = _INPUT.fullmatch(name)
    if parts is None:
        return Field(name, value)
    if _is_consent(parts[1], every):
        return Field(name, value, str(every.get(f"{parts[1]}.2", "")), "consent")
    return Field(name, value, kind=_NAME_INPUTS.get(parts[2], ""))


def _is_consent(number: str, every: Mapping[str, Any]) -> bool:
    """The tick, its words and their revision, and nothing else."""
    return {name for name in every if name.startswith(f"{number}.")} == {f"{number}.{part}" for part in "123"}


def _is_beside(name: str, every: Mapping[str, Any]) -> bool:
    parts = _INPUT.fullmatch(name)
    return parts is not None and parts[2] in "23" and _is_consent(parts[1], every)
