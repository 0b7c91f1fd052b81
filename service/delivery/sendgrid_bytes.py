"""A request to SendGrid as the bytes that go out: a third of what building it as dictionaries costs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import orjson

from service.delivery.headers import one_line
from service.delivery.sendgrid_request import REF_ARGUMENT, Tags, around, body, subject_of, tags_of, too_long
from service.domain.mail import Batch, Letter, unsubscribe_headers


def encoded(batch: Batch, letters: Sequence[int]) -> bytes:
    """`body` as JSON, without a dictionary for each letter: what its recipients share is written once and their own
    texts are put between."""
    members = [batch.letters[index] for index in letters]
    if members[0].calendar is not None or too_long(members[0]):
        return _json(body(batch, letters)).encode()
    tags = tags_of(batch, members)
    people = ",".join(_people(batch, members, tags))
    rest = _json(around(batch, members, tags))
    return f'{{"personalizations":[{people}],{rest[1:]}'.encode()


def _people(batch: Batch, members: Sequence[Letter], tags: Tags) -> Iterator[str]:
    """Each recipient's part, in order."""
    named = [(slot, _json(tag) + ":", True) for slot, tag in tags.html.items()]
    named += [(slot, _json(tag) + ":", False) for slot, tag in tags.text.items() if tags.html.get(slot) != tag]
    known: dict[tuple[str, bool], str] = {}
    token_tag, argument = _json(tags.token), _json(REF_ARGUMENT)
    headers, subject = _headers_around(batch), bool(batch.shape.subject.slots)
    for letter in members:
        values = letter.values
        substitutions = "".join([tag + _value(values[slot], html, known) + "," for slot, tag, html in named])
        yield (
            f'{{"to":[{{"email":{_json(letter.to)}}}],"custom_args":{{{argument}:{_json(letter.ref)}}},'
            f'"substitutions":{{{substitutions}{token_tag}:{_json(letter.token)}}}'
            + (_json(letter.token)[1:-1].join(headers) if headers else "")
            + (f',"subject":{_json(subject_of(batch, letter))}}}' if subject else "}")
        )


def _value(value: str, html: bool, known: dict[tuple[str, bool], str]) -> str:
    """A value as JSON, which many letters have in common."""
    found = known.get((value, html))
    if found is None:
        found = known[value, html] = _json(escape(value) if html else value)
    return found


def _headers_around(batch: Batch) -> list[str]:
    """The headers as JSON, cut where a letter's token stands; nothing where there are none."""
    mark = "q" + secrets.token_hex(12)
    found = unsubscribe_headers(batch.envelope, Letter("", "", (), mark))
    if not found:
        return []
    lines = {name: one_line(value) for name, value in found.items()}
    return f',"headers":{_json(lines)}'.split(mark)


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # half a surrogate pair is no UTF-8: written as the escape that it is, it holds nobody else back
        return json.dumps(value)
