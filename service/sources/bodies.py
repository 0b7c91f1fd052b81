"""An untrusted body as fields: JSON, a form, or a form in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

from service.domain.form_meaning import Field
from service.domain.signup import Unreadable, clean
from service.sources.vendor import FIELDS_MOST, form_fields, json_object

DEEPEST = 3
_NO_PARTS = "The body says that it comes in parts, and has none. Send the form again, as JSON if it can."


def named_values(raw: bytes, content_type: str) -> dict[str, Any]:
    """The body's values by name, whatever way it was written. Raises Unreadable."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind == "multipart/form-data":
        return dict(parts_of(raw, content_type))
    if kind == "application/x-www-form-urlencoded":
        return dict(form_fields(raw))
    if kind.endswith("json") or raw.lstrip()[:1] in (b"{", b"["):
        return json_object(raw)
    return dict(form_fields(raw))


def parts_of(raw: bytes, content_type: str) -> dict[str, str]:
    """The parts of multipart/form-data that are words; files are left out. Raises Unreadable."""
    head = f"Content-Type: {clean(content_type, 500)}\r\nMIME-Version: 1.0\r\n\r\n".encode("ascii", "replace")
    whole: Message = message_from_bytes(head + raw, policy=policy.compat32)
    parts = whole.get_payload()
    if not whole.is_multipart() or not isinstance(parts, list):
        raise Unreadable(_NO_PARTS)
    found: dict[str, str] = {}
    for each in parts[:FIELDS_MOST]:
        if not isinstance(each, Message) or each.get_param("filename", header="content-disposition") is not None:
            continue
        name = each.get_param("name", header="content-disposition")
        payload: Any = each.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found.setdefault(name, payload.decode("utf-8", "replace"))
    return found


def flat(values: Mapping[str, Any]) -> tuple[Field, ...]:
    """Every value under its name; what lies deeper under both names, as address.city. Lists become one text."""
    return tuple(_each("", values, 0))[:FIELDS_MOST]


def _each(above: str, values: Mapping[Any, Any], depth: int) -> Iterator[Field]:
    for key, value in values.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            if depth < DEEPEST:
                yield from _each(name, value, depth + 1)
        elif isinstance(value, list):
            yield Field(name, ", ".join(filter(None, map(clean, value))))
        else:
            yield Field(name, value)
