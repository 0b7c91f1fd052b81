"""Typeform's webhook: a form's answers, each beside the field it belongs to.

Fields are known by their reference (email, first_name, phone, interest, consent …), else by their type. Typeform signs
the body alone, with no time in it: a repeat is recognised by its own token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.form_meaning import Field, Form
from service.domain.signup import (
    SignUp,
    Unreadable,
    age_said,
    answers_of,
    clean,
    interest_of,
    language_of,
    name_of,
    page_of,
    split_name,
    ticked,
    utm_of,
)
from service.sources.read_form import sign_up
from service.sources.vendor import NO_MAPPING, external, json_object, part, reached_by, same

_BY_TYPE = {"email": "email", "phone_number": "phone", "legal": "consent"}
_REFS = {
    "email": "email", "first_name": "first_name", "firstname": "first_name", "last_name": "last_name",
    "lastname": "last_name", "name": "name", "full_name": "name", "phone": "phone", "tel": "phone",
    "interest": "interest", "reason": "interest", "consent": "consent", "marketing": "consent", "timezone": "timezone",
    "birthdate": "born", "date_of_birth": "born", "dob": "born", "age": "age", "under_18": "under_18",
}  # fmt: skip
_TITLES = {
    "first name": "first_name", "last name": "last_name", "your name": "name", "full name": "name",
    "date of birth": "born", "your date of birth": "born", "your age": "age", "are you under 18?": "under_18",
    "i am under 18": "under_18", **_REFS,
}  # fmt: skip
_SAYS = {"date": "born", "number": "age", "yes_no": "under_18"}


_NO_RESPONSE = "It holds no form_response. Point Typeform's webhook for responses here, no other one."
_HIDDEN = {"interest": "interest", "timezone": "time-zone", "locale": "language", "page": "page"}
_MEANS = {
    "email": "email",
    "first_name": "first-name",
    "last_name": "last-name",
    "name": "name",
    "phone": "phone",
    "interest": "interest",
    "consent": "consent",
    "timezone": "time-zone",
    "born": "born",
    "age": "age",
    "under_18": "under-18",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """`kind` is what the field is known as; None: a question of the clinic's own."""

    kind: str | None
    question: str
    value: object
    name: str = ""


class Typeform:
    name, title = "typeform", "Typeform"
    signed = True
    asks_for = "Secret"
    steps = (
        "In Typeform, open the form, then Connect › Webhooks, and add this address.",
        "Make up a secret there, paste the same one here, and switch “verify SSL” on.",
        "Give the question about mails the reference “consent”.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        if not secret:
            return False
        ours = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        return same(b"sha256=" + ours, headers.get("typeform-signature", ""))

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        """The answers' own token, which stays when Typeform sends them again as another event."""
        try:
            body = json_object(raw)
        except Unreadable:
            return None
        return external(part(body, "form_response").get("token")) or external(body.get("event_id"))

    def form(self, raw: bytes, content_type: str) -> Form:
        response = part(json_object(raw), "form_response")
        if not response:
            raise Unreadable(_NO_RESPONSE)
        hidden = part(response, "hidden")
        fields = [
            *_fields(response),
            *(Field(str(name), value, kind=_HIDDEN.get(name, "")) for name, value in hidden.items()),
        ]
        return Form(tuple(fields), page=hidden.get("page"))

    def parse(self, raw: bytes, content_type: str, mapping: Mapping[str, Any] = NO_MAPPING) -> SignUp:
        if mapping:
            return sign_up(self.form(raw, content_type), mapping)
        response = part(json_object(raw), "form_response")
        if not response:
            raise Unreadable(_NO_RESPONSE)
        answers = list(_answers(response))
        hidden = part(response, "hidden")
        said = {answer.kind: answer.value for answer in reversed(answers) if answer.kind}
        first, last = name_of(said.get("first_name")), name_of(said.get("last_name"))
        if not first and not last:
            first, last = split_name(name_of(said.get("name")))
        interest = said.get("interest", hidden.get("interest"))
        return SignUp(
            address=reached_by(said.get("email"), said.get("phone")),
            first_name=first,
            last_name=last,
            phone=clean(said.get("phone")),
            interest=interest_of(interest),
            consent=ticked(said.get("consent")),
            zone=clean(said.get("timezone", hidden.get("timezone"))),
            locale=language_of(hidden.get("locale")),
            page=page_of(hidden.get("page")),
            utm=utm_of(hidden),
            answers=answers_of([*_kept(answers), *_unknown_interest(hidden, said)]),
            age=age_said(said.get("born"), said.get("age"), said.get("under_18")),
        )

    def secret_fault(self, secret: str | None) -> str | None:
        return None if secret else "Typeform signs with a secret: copy it from the webhook's settings there"


def _answers(response: Mapping[str, Any]) -> Iterator[_Answer]:
    titles = dict(_titles(part(response, "definition")))
    listed = response.get("answers")
    for answer in listed if isinstance(listed, list) else []:
        if isinstance(answer, dict):
            field = part(answer, "field")
            title = titles.get(clean(field.get("id")) or "", "")
            name = clean(field.get("ref")) or clean(field.get("id")) or title
            yield _Answer(_kind(field, title), title or clean(field.get("ref")) or "Answer", _value(answer), name)


def _fields(response: Mapping[str, Any]) -> Iterator[Field]:
    for answer in _answers(response):
        yield Field(answer.name or answer.question, answer.value, answer.question, _MEANS.get(answer.kind or "", ""))


def _titles(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fields = definition.get("fields")
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict):
            yield clean(field.get("id")) or "", clean(field.get("title")) or ""


def _kind(field: Mapping[str, Any], title: str) -> str | None:
    """By reference, else by the field's type, else by a title that says it in so many words."""
    ref, kind = (clean(field.get("ref")) or "").casefold(), clean(field.get("type")) or ""
    titled = _TITLES.get(title.casefold())
    fits = kind == "short_text" or _SAYS.get(kind) == titled
    return _REFS.get(ref) or _BY_TYPE.get(kind) or (titled if fits else None)


def _value(answer: Mapping[str, Any]) -> object:
    """What was answered: the value stands under the answer's own type; choices under their labels."""
    value = answer.get(clean(answer.get("type")) or "")
    if not isinstance(value, dict):
        return value
    labels = value.get("labels")
    if isinstance(labels, list):
        return ", ".join(filter(None, map(clean, labels)))
    return value.get("label") or value.get("other")


def _kept(answers: list[_Answer]) -> Iterator[tuple[object, object]]:
    """The clinic's own questions, and what a known field said that is not what it should be."""
    for answer in answers:
        value = answer.value
        if answer.kind == "interest" and interest_of(value) is not None:
            continue
        if answer.kind in ("first_name", "last_name", "name") and name_of(value) is not None:
            continue
        if answer.kind in ("email", "phone", "consent", "timezone"):
            continue
        yield answer.question, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _unknown_interest(hidden: Mapping[str, Any], said: Mapping[str, object]) -> list[tuple[object, object]]:
    stated = hidden.get("interest")
    return [("Interest", stated)] if "interest" not in said and interest_of(stated) is None else []
