"""A kept post as a person reads it: JSON laid out, a form's fields one by one, anything else as it came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

LONGEST = 20_000  # letters that are shown
MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Kept:
    """`fields` of a form, in its order; else `text`. `cut`: there is more than is shown."""

    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    cut: bool = False


def read_kept(body: bytes, content_type: str) -> Kept:
    """Never fails, whatever was sent: what is no UTF-8 shows as �."""
    raw = body.decode("utf-8", "replace")
    if content_type.partition(";")[0].strip().casefold() == FORM:
        fields = _fields(raw[:LONGEST])
        if fields:
            return Kept(fields=fields, cut=len(raw) > LONGEST)
    text = _laid_out(raw)
    return Kept(text=text[:LONGEST], cut=len(text) > LONGEST)


def _fields(raw: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS))
    except ValueError:
        return ()


def _laid_out(raw: str) -> str:
    try:
        text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw
    return text.encode("utf-8", "replace").decode()  # half of a letter pair is valid in JSON, and nowhere else
