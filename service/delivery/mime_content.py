"""What may be written after DATA: proven or made so, and told apart by its type."""

from __future__ import annotations

import re
from typing import NewType

# Ends in CRLF, holds no CR and no LF apart from each other, and no line of it begins with a single dot: so that no
# relay, however lax, sees the end of a mail where there is none ("smuggling").
Content = NewType("Content", bytes)

_LINE_END = re.compile(rb"\r\n|\r|\n")


def content_of(octets: bytes) -> Content:
    """From any octets: every line end becomes CRLF, a dot that begins a line gets another (RFC 5321, 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", octets)
    whole = (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:]
    return Content(whole if whole.endswith(b"\r\n") else whole + b"\r\n")
