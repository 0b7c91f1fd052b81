"""Single values of a YAML file as texts."""

from __future__ import annotations

import re
from datetime import date, datetime
from math import isfinite

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def plain(value: object) -> str | None:
    """A text, or the text that a number or a date stands for; None for a blank one and for anything else."""
    if isinstance(value, str):
        return str(value) if value.strip() and not unwritable(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return float.__repr__(value) if isfinite(value) else None
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else None


def unwritable(text: str) -> bool:
    """Whether it holds a character that a database or a mail refuses."""
    return _UNWRITABLE.search(text) is not None


def is_slug(word: str) -> bool:
    return _SLUG.fullmatch(word) is not None
