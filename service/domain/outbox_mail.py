"""A mail as the mailbox of the demo keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """`headers` by name, decoded; `calendar` is the text of the calendar part; `at` in UTC epoch seconds."""

    ref: str
    to: str
    subject: str
    headers: Mapping[str, str]
    html: str
    text: str
    calendar: str | None
    at: int
