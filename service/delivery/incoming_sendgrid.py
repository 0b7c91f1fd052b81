"""SendGrid's Inbound Parse: a mail as the fields of a form, read by hand or whole under `email`.

Attachments come last and may be large: what is cut off at the end costs none of the words."""

from __future__ import annotations

import hashlib
import json
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from typing import Any

from service.delivery.incoming_mime import (
    addresses,
    first_address,
    headers_of,
    is_report,
    letters,
    one_line,
    plain_header,
    read_mail,
)
from service.delivery.mail_text import of_html, tidy
from service.domain.incoming import Incoming, Unreadable

CHANNEL = "sendgrid"
_FIELDS = ("headers", "text", "html", "from", "to", "cc", "subject", "envelope", "charsets", "email")
_NO_FORM = "It is no form: SendGrid's Inbound Parse posts multipart/form-data."


def read_post(body: bytes, content_type: str, received_at: int) -> Incoming:
    """Raises Unreadable for what is no post of Inbound Parse."""
    form = _form(body, content_type)
    named = _envelope(_text(form, "envelope"))
    if form.get("email"):
        mail = read_mail(form["email"], received_at)
        return Incoming(
            mail.sender,
            tuple(dict.fromkeys([*named, *mail.recipients])),
            mail.subject,
            mail.text,
            mail.headers,
            mail.events,
            mail.report,
        )
    if "from" not in form and "headers" not in form:
        raise Unreadable("It names neither a sender nor the headers of a mail.")
    return _of_fields(form, named)


def post_name(body: bytes, content_type: str) -> str:
    """A name for what was posted: the same mail posted again has the same, whatever its form's boundary."""
    try:
        form = _form(body, content_type)
    except Unreadable:
        form = {"": body}
    parts = (name.encode() + b"\0" + form[name] for name in sorted(form) if name != "charsets")
    return "sha256:" + hashlib.sha256(b"\1".join(parts)).hexdigest()


def _of_fields(form: dict[str, bytes], named: tuple[str, ...]) -> Incoming:
    charsets = _charsets(_text(form, "charsets"))
    told = {name: letters(form.get(name, b""), charsets.get(name, "utf-8")) for name in _FIELDS}
    head = message_from_string(told["headers"], policy=policy.compat32)
    for_us = addresses([*(plain_header(each) for each in head.get_all("delivered-to", [])), told["to"], told["cc"]])
    return Incoming(
        sender=first_address([plain_header(told["from"] or head.get("from"))]),
        recipients=tuple(dict.fromkeys([*named, *for_us])),
        subject=one_line(plain_header(told["subject"] or head.get("subject"))),
        text=tidy(told["text"]) or of_html(told["html"]),
        headers=headers_of(head),
        report=is_report(head),
    )


def _form(body: bytes, content_type: str) -> dict[str, bytes]:
    """The fields of _FIELDS, by the standard library's parser of mails, to which a cut end is no fault."""
    if not content_type.casefold().lstrip().startswith("multipart/form-data"):
        raise Unreadable(_NO_FORM)
    head = f"Content-Type: {one_line(content_type)}\r\nMIME-Version: 1.0\r\n\r\n".encode("ascii", "replace")
    whole: Message = message_from_bytes(head + body, policy=policy.compat32)
    parts = whole.get_payload()
    if not whole.is_multipart() or not isinstance(parts, list):
        raise Unreadable(_NO_FORM)
    found: dict[str, bytes] = {}
    for part in parts:
        name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
        if isinstance(part, Message) and isinstance(name, str) and name in _FIELDS and name not in found:
            found[name] = _raw(part)
    return found


def _raw(part: Message) -> bytes:
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(form: dict[str, bytes], name: str) -> str:
    return form.get(name, b"").decode("utf-8", "replace")


def _charsets(text: str) -> dict[str, str]:
    found = _json(text)
    return {name: each for name, each in found.items() if isinstance(each, str)} if isinstance(found, dict) else {}


def _envelope(text: str) -> tuple[str, ...]:
    found = _json(text)
    to = found.get("to") if isinstance(found, dict) else None
    return addresses([each for each in to if isinstance(each, str)]) if isinstance(to, list) else ()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
