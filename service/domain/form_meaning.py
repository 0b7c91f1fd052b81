"""What the fields of a website's form mean, told by their names, labels, kinds and values, in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Meaning(StrEnum):
    """What a field says of a person. `answer`: words for the staff; `nothing`: the form's own machinery."""

    EMAIL = "email"
    FIRST = "first-name"
    LAST = "last-name"
    NAME = "name"
    PHONE = "phone"
    INTEREST = "interest"
    CONSENT = "consent"
    ZONE = "time-zone"
    LOCALE = "language"
    PAGE = "page"
    BORN = "born"
    AGE = "age"
    UNDER_18 = "under-18"
    ANSWER = "answer"
    NOTHING = "nothing"


MEANING_WORDS: Mapping[Meaning, str] = {
    Meaning.EMAIL: "Email address",
    Meaning.FIRST: "First name",
    Meaning.LAST: "Last name",
    Meaning.NAME: "First and last name in one",
    Meaning.PHONE: "Phone",
    Meaning.INTEREST: "What they ask about",
    Meaning.CONSENT: "Agreed to mails",
    Meaning.ZONE: "Time zone",
    Meaning.LOCALE: "Language",
    Meaning.PAGE: "The page it was sent from",
    Meaning.BORN: "Date of birth",
    Meaning.AGE: "Age in years",
    Meaning.UNDER_18: "Is under 18",
    Meaning.ANSWER: "An answer, for you to read",
    Meaning.NOTHING: "Nothing: leave it out",
}


@dataclass(frozen=True, slots=True)
class Field:
    """`name`: what the form calls it, the same in each post. `label`: what the person read beside it, where the post
    says. `kind`: what the vendor says it is, where it says (a Meaning's value)."""

    name: str
    value: object
    label: str = ""
    kind: str = ""

    @property
    def question(self) -> str:
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Form:
    """One post's fields, and what stands beside them. `test`: the vendor says that nobody is behind it."""

    fields: tuple[Field, ...]
    page: object = None
    utm: Mapping[str, object] = field(default_factory=dict)
    locale: object = None
    test: bool = False


_KNOWN: Mapping[Meaning, str] = {
    Meaning.EMAIL: (
        "email, e mail, mail, email address, e mail address, mail address, user email, emailaddress, correo, "
        "correo electronico, direccion de correo, adresse email, adresse e mail, courriel, e mail adresse, mailadresse"
    ),
    Meaning.FIRST: (
        "first name, firstname, first, fname, given name, givenname, forename, nombre de pila, vorname, prenom"
    ),
    Meaning.LAST: (
        "last name, lastname, last, lname, surname, family name, familyname, apellido, apellidos, nachname, "
        "nom de famille"
    ),
    Meaning.NAME: (
        "name, full name, fullname, nombre, nombre completo, nombre y apellidos, nom, contact name, patient name"
    ),
    Meaning.PHONE: (
        "phone, phone number, phonenumber, telephone, telephone number, tel, mobile, mobile phone, mobilephone, "
        "mobile number, cell, cell phone, cellphone, user phone, telefono, movil, celular, telefon, telefonnummer, "
        "handy, telephone portable"
    ),
    Meaning.INTEREST: (
        "interest, interested in, reason, reason for visit, reason for your visit, what brings you here, "
        "what brings you in, concern, main concern, condition, service, topic, treatment, interes, motivo, "
        "motivo de la visita, motivo de consulta, que le trae por aqui, anliegen, grund"
    ),
    Meaning.CONSENT: (
        "consent, i agree, agree, agreement, acceptance, accept, i accept, opt in, optin, newsletter, marketing, "
        "marketing consent, email consent, email opt in, emailoptin, gdpr, gdpr agreement, gdpr consent, subscribe, "
        "may we email you, email me, acepto, consentimiento, einwilligung, ich stimme zu, j accepte"
    ),
    Meaning.ZONE: "timezone, time zone, zona horaria, zeitzone",
    Meaning.LOCALE: "locale, language, lang, preferred language, idioma, sprache, langue",
    Meaning.PAGE: "page, page url, pageurl, source url, sourceurl, landing page, page link, referrer, url",
    Meaning.BORN: "birthdate, birthday, date of birth, dob, fecha de nacimiento, geburtsdatum, date de naissance",
    Meaning.AGE: "age, edad, alter, how old are you",
    Meaning.UNDER_18: "under 18, i am under 18, are you under 18, menor de edad, minor",
    Meaning.NOTHING: (
        "ip, remote ip, ip address, user agent, useragent, powered by, form id, formid, form name, formname, date, "
        "time, submission id, submissionid, event id, recaptcha, g recaptcha response, captcha, honeypot, gotcha, "
        "gclid, fbclid, nonce, wpnonce, utm source, utm medium, utm campaign, utm term, utm content"
    ),
}
_MEANING_OF = {name: meaning for meaning, names in _KNOWN.items() for name in names.split(", ")}
_PROMISES = (
    "i agree to receive",
    "yes send me",
    "send me",
    "yes i would like",
    "i would like to receive",
    "si deseo recibir",
)
_LEADS_IN = re.compile(r"^(?:q\d+|your|tu|su|ihre?|input|field|contact|form|text|wpforms|user|lead)\s+(?=\S)")
_TAIL = re.compile(r"(?<=\S)\s+(?:\d+|required|optional|\*)$")
_PHONE_LIKE = re.compile(r"\+?[0-9(][0-9().\s/-]{7,22}[0-9]")
_MAIL_LIKE = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_ONCE = (Meaning.EMAIL, Meaning.FIRST, Meaning.LAST, Meaning.NAME, Meaning.PHONE, Meaning.INTEREST, Meaning.CONSENT)


def propose(fields: Sequence[Field]) -> dict[str, Meaning]:
    """By the field's name: what it most likely says. One field each for what a person has once: the first, by what the
    vendor says, else by its label or name; an address or a number that stands alone is known by its looks."""
    found: dict[str, Meaning] = {}
    for each in fields:
        if each.name not in found:
            found[each.name] = _first_of(_told(each), found.values())
    _by_looks(fields, found, Meaning.EMAIL, _MAIL_LIKE)
    _by_looks(fields, found, Meaning.PHONE, _PHONE_LIKE)
    if Meaning.FIRST not in found.values() and Meaning.LAST in found.values():
        found = {name: Meaning.FIRST if said is Meaning.NAME else said for name, said in found.items()}
    return found


def agreed(each: Field) -> bool:
    """A plain yes: a tick, a word for it, or the label itself as the box's value."""
    value = each.value
    if isinstance(value, bool):
        return value
    said = plain(str(value)) if isinstance(value, str | int) else ""
    if said in _YES:
        return True
    return bool(said) and (said == plain(each.label) or said.startswith((*_AGREES, *_PROMISES)))


_YES = frozenset({"true", "yes", "y", "on", "1", "checked", "x", "si", "ja", "oui", "accepted", "agreed"})
_AGREES = ("i agree", "yes", "i accept", "i consent", "acepto", "estoy de acuerdo", "ich stimme zu", "j accepte")


def plain(text: str) -> str:
    """Small letters and digits, words parted by one space, without accents: firstName is `first name`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", parted).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def _told(each: Field) -> Meaning:
    """A part of a field (phone.full) is known by its own name, else by what it is a part of."""
    if each.kind:
        return Meaning(each.kind)
    whole, _, part = each.name.rpartition(".")
    for text in (each.label, part if whole else each.name):
        said = _of_words(plain(text))
        if said is not None:
            return said
    said = _of_words(plain(whole))
    return said if said in _ONCE else Meaning.ANSWER


def _of_words(words: str) -> Meaning | None:
    if words.startswith(_PROMISES):
        return Meaning.CONSENT
    bare = _TAIL.sub("", words)
    for tried in (words, bare, _LEADS_IN.sub("", bare), _LEADS_IN.sub("", _LEADS_IN.sub("", bare))):
        if tried in _MEANING_OF:
            return _MEANING_OF[tried]
    return None


def _first_of(said: Meaning, taken: Iterable[Meaning]) -> Meaning:
    return Meaning.ANSWER if said in _ONCE and said in set(taken) else said


def _by_looks(fields: Sequence[Field], found: dict[str, Meaning], meaning: Meaning, looks: re.Pattern[str]) -> None:
    if meaning in found.values():
        return
    unknown = (each for each in fields if found[each.name] is Meaning.ANSWER)
    alike = [each.name for each in unknown if isinstance(each.value, str) and looks.fullmatch(each.value.strip())]
    if len(set(alike)) == 1:
        found[alike[0]] = meaning
