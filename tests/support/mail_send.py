"""Holds a request to our schema of Mail Send, and to SendGrid's own wherever that lies beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from service.delivery.sendgrid_request import SUBSTITUTION_BYTES

TESTS = Path(__file__).resolve().parent.parent
OURS = TESTS / "delivery" / "mail_send.schema.json"
THEIRS = TESTS.parent.parent / "shared" / "facts" / "sendgrid-openapi" / "tsg_mail_v3.json"


def hold(request: dict[str, Any]) -> None:
    """Raises where the request breaks a rule of Mail Send."""
    _ours().validate(request)
    if THEIRS.exists():
        _theirs().validate(request)
    people = request["personalizations"]
    addresses = [person["to"][0]["email"].lower() for person in people]
    assert len(addresses) == len(set(addresses)), "an address stands twice in one request"
    for person in people:
        tags = person.get("substitutions", {})
        size = sum(len(tag.encode()) + len(value.encode()) for tag, value in tags.items())
        assert size <= SUBSTITUTION_BYTES, f"{size} bytes of substitutions for one recipient"


@cache
def _ours() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(OURS.read_text()))


@cache
def _theirs() -> jsonschema.Draft202012Validator:
    document = json.loads(THEIRS.read_text())
    schema = document["components"]["requestBodies"]["PostMailSend"]["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})
