"""A form's fields as a sign-up: by what each is taken to mean, or by what the clinic said that it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.domain.form_meaning import Field, Form, Meaning, agreed, propose
from service.domain.signup import (
    SignUp,
    age_said,
    answers_of,
    clean,
    interest_of,
    language_of,
    name_of,
    page_of,
    split_name,
    utm_of,
)
from service.sources.vendor import OnlyATest, reached_by

FIELDS, EVERYBODY = "fields", "everybody-agrees"
_NAMES = (Meaning.FIRST, Meaning.LAST, Meaning.NAME)
_WORDS = (Meaning.ANSWER, Meaning.INTEREST, Meaning.CONSENT, *_NAMES)


def meanings(form: Form, mapping: Mapping[str, Any]) -> dict[str, Meaning]:
    """By the field's name; what the clinic said goes before what is proposed."""
    said = mapping.get(FIELDS)
    chosen = said if isinstance(said, dict) else {}
    known = {meaning.value for meaning in Meaning}
    return {
        name: Meaning(chosen[name]) if chosen.get(name) in known else proposed
        for name, proposed in propose(form.fields).items()
    }


def sign_up(form: Form, mapping: Mapping[str, Any]) -> SignUp:
    """`mapping`: the source's own, {} for none. Raises Unreadable, and OnlyATest for a post with nobody behind it."""
    if form.test:
        raise OnlyATest
    means = meanings(form, mapping)
    first_of: dict[Meaning, Field] = {}
    for each in form.fields:
        if clean(each.value) is not None or isinstance(each.value, bool):
            first_of.setdefault(means[each.name], each)

    def said(meaning: Meaning) -> object:
        return first_of[meaning].value if meaning in first_of else None

    first, last = name_of(said(Meaning.FIRST)), name_of(said(Meaning.LAST))
    if not first and not last:
        first, last = split_name(name_of(said(Meaning.NAME)))
    return SignUp(
        address=reached_by(said(Meaning.EMAIL), said(Meaning.PHONE)),
        first_name=first,
        last_name=last,
        phone=clean(said(Meaning.PHONE)),
        interest=interest_of(said(Meaning.INTEREST)),
        consent=mapping.get(EVERYBODY) is True or (Meaning.CONSENT in first_of and agreed(first_of[Meaning.CONSENT])),
        zone=clean(said(Meaning.ZONE)),
        locale=language_of(said(Meaning.LOCALE)) or language_of(form.locale),
        page=page_of(said(Meaning.PAGE)) or page_of(form.page),
        utm=utm_of({each.name: each.value for each in form.fields}) | utm_of(form.utm),
        answers=answers_of(
            (each.question, _words(each.value)) for each in form.fields if _is_kept(each, means, first_of)
        ),
        age=age_said(said(Meaning.BORN), said(Meaning.AGE), said(Meaning.UNDER_18)),
    )


def _is_kept(each: Field, means: Mapping[str, Meaning], first_of: Mapping[Meaning, Field]) -> bool:
    """The clinic's own questions, and what a known field says that is not what it should be."""
    meaning = means[each.name]
    if meaning not in _WORDS or utm_of({each.name: each.value}):
        return False
    if meaning is Meaning.ANSWER or first_of.get(meaning) is not each:
        return True
    if meaning is Meaning.INTEREST:
        return interest_of(each.value) is None
    if meaning is Meaning.CONSENT:
        return not agreed(each) and not _is_no(each.value)
    return name_of(each.value) is None


def _is_no(value: object) -> bool:
    return value is False or (clean(value) or "").casefold() in ("no", "false", "0", "off", "nein", "non")


def _words(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
