"""SendGrid's Mail Send: many letters of one shape as one request, their values as substitutions.

Tags are random in each request, so that no value can spell one. A value stands under one tag, and under a second,
escaped for the HTML part, where some letter's value needs that. A letter too long for substitutions goes alone."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from service.delivery.headers import one_line
from service.domain.mail import TOKEN, Batch, Envelope, Letter, Pattern, render, unsubscribe_headers

MOST = 1_000
SUBSTITUTION_BYTES = 10_000
REF_ARGUMENT = "meridian_ref"
# Whatever is left out falls back to the account's own setting, which may be on.
TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
MAIL_SETTINGS = {"sandbox_mode": {"enable": False}, "footer": {"enable": False}}


@dataclass(frozen=True, slots=True)
class Tags:
    """`html` and `text` by slot; equal where no value needs escaping. `token` for the letters' own."""

    html: Mapping[int, str]
    text: Mapping[int, str]
    token: str


def groups(batch: Batch, letters: Sequence[int]) -> Iterator[list[int]]:
    """The letters, by index, cut into requests: at most 1,000, no address twice, calendars and the very long alone."""
    open_groups: list[tuple[set[str], list[int]]] = []
    for index in letters:
        letter = batch.letters[index]
        if letter.calendar is not None or too_long(letter):
            yield [index]
            continue
        address = letter.to.casefold()
        place = next((g for g in open_groups if address not in g[0] and len(g[1]) < MOST), None)
        if place is None:
            place = (set(), [])
            open_groups.append(place)
        place[0].add(address)
        place[1].append(index)
    yield from (members for _, members in open_groups)


def body(batch: Batch, letters: Sequence[int]) -> dict[str, Any]:
    """One request for these letters, one of the `groups` or a part of one."""
    members = [batch.letters[index] for index in letters]
    alone = members[0].calendar is not None or too_long(members[0])
    parts = _written_out(batch, members[0]) if alone else _substituted(batch, members)
    return {**parts, **_settings(batch.envelope, "reply_to" in parts)}


def _settings(envelope: Envelope, answered: bool) -> dict[str, Any]:
    """What all requests of an envelope share. `answered`: the letters have a reply address already."""
    settings: dict[str, Any] = {
        "from": _named(envelope.from_email, envelope.from_name),
        "tracking_settings": TRACKING,
        "mail_settings": MAIL_SETTINGS,
    }
    if envelope.reply_to and not answered:
        settings["reply_to"] = {"email": one_line(envelope.reply_to)}
    return settings


def _substituted(batch: Batch, members: Sequence[Letter]) -> dict[str, Any]:
    tags = tags_of(batch, members)
    fixed_subject = not batch.shape.subject.slots
    people = []
    for letter in members:
        person = _person(batch, letter)
        person["substitutions"] = _substitutions(tags, letter)
        if not fixed_subject:
            person["subject"] = subject_of(batch, letter)
        people.append(person)
    return {"personalizations": people, **_shared(batch, members, tags)}


def around(batch: Batch, members: Sequence[Letter], tags: Tags) -> dict[str, Any]:
    """All of a request with substitutions but its personalizations."""
    parts = _shared(batch, members, tags)
    return {**parts, **_settings(batch.envelope, "reply_to" in parts)}


def _shared(batch: Batch, members: Sequence[Letter], tags: Tags) -> dict[str, Any]:
    shape = batch.shape
    fixed_subject = not shape.subject.slots
    return {
        "subject": subject_of(batch, members[0]) if fixed_subject else one_line(batch.envelope.from_name) or "-",
        **_reply_to(batch.envelope.inbound, tags.token),
        "content": _content(_marked(shape.text, tags.text, tags.token), _marked(shape.html, tags.html, tags.token)),
    }


def _written_out(batch: Batch, letter: Letter) -> dict[str, Any]:
    rendered = render(batch.shape, letter.values, letter.token)
    parts: dict[str, Any] = {
        "personalizations": [_person(batch, letter)],
        "subject": subject_of(batch, letter),
        **_reply_to(batch.envelope.inbound, letter.token),
        "content": _content(rendered.text, rendered.html),
    }
    if letter.calendar is not None:
        attachment = {"type": "text/calendar", "filename": "appointment.ics", "disposition": "attachment"}
        parts["attachments"] = [{"content": b64encode(letter.calendar.ics.encode()).decode(), **attachment}]
    return parts


def _reply_to(inbound: str, token: str) -> dict[str, dict[str, str]]:
    """An address of the letter's own, which says what an answer answers: SendGrid makes the Message-ID itself, and
    substitutes tags in the reply address too. `token` is the letter's, or its tag."""
    name, _, domain = inbound.rpartition("@")
    return {"reply_to": {"email": f"{name}+{token}@{domain}"}} if inbound else {}


def _person(batch: Batch, letter: Letter) -> dict[str, Any]:
    person: dict[str, Any] = {"to": [{"email": letter.to}], "custom_args": {REF_ARGUMENT: letter.ref}}
    headers = unsubscribe_headers(batch.envelope, letter)
    if headers:
        person["headers"] = {name: one_line(value) for name, value in headers.items()}
    return person


def tags_of(batch: Batch, members: Sequence[Letter]) -> Tags:
    """Fresh ones for a request of these letters."""
    salt = "q" + secrets.token_hex(12)
    in_html = {slot for slot in batch.shape.html.slots if slot != TOKEN}
    in_text = {slot for slot in batch.shape.text.slots if slot != TOKEN}
    text = {slot: f"{salt}v{slot}q" for slot in in_text | in_html}
    html = {}
    for slot in in_html:
        needs = any(escape(value) != value for value in {letter.values[slot] for letter in members})
        html[slot] = f"{salt}h{slot}q" if needs else text[slot]
    return Tags(html, {slot: tag for slot, tag in text.items() if slot in in_text}, f"{salt}tq")


def _substitutions(tags: Tags, letter: Letter) -> dict[str, str]:
    found = {tag: escape(letter.values[slot]) for slot, tag in tags.html.items()}
    found |= {tag: letter.values[slot] for slot, tag in tags.text.items()}
    return found | {tags.token: letter.token}


def _marked(pattern: Pattern, tags: Mapping[int, str], token: str) -> str:
    out = [pattern.literals[0]]
    for slot, literal in zip(pattern.slots, pattern.literals[1:], strict=True):
        out += (token if slot == TOKEN else tags[slot], literal)
    return "".join(out)


def subject_of(batch: Batch, letter: Letter) -> str:
    subject = batch.shape.subject.join(letter.values, letter.token)
    return one_line(subject) or one_line(batch.envelope.from_name) or "-"


def _content(text: str, html: str) -> list[dict[str, str]]:
    return [{"type": "text/plain", "value": text or " "}, {"type": "text/html", "value": html or " "}]


def _named(address: str, name: str) -> dict[str, str]:
    shown = one_line(name)
    return {"email": address, "name": shown} if shown else {"email": address}


def too_long(letter: Letter) -> bool:
    """With every value under two tags, and room for the tags."""
    tag = 40
    values = letter.values
    # an ASCII value grows at most sixfold when it is escaped, so most are known to be short without escaping them
    if 7 * sum(map(len, values)) + len(letter.token) + tag * (2 * len(values) + 1) <= SUBSTITUTION_BYTES and all(
        map(str.isascii, values)
    ):
        return False
    total = sum(_bytes(value) + _bytes(escape(value)) for value in values)
    return total + len(letter.token) + tag * (2 * len(letter.values) + 1) > SUBSTITUTION_BYTES


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
