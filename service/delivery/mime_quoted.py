"""Quoted-printable, in one way only: any line break becomes CRLF, and no line begins with a dot or with "From " (which
relays and mailboxes would change), ends in a blank, or is longer than 76 octets."""

from __future__ import annotations

import re

CRLF = b"\r\n"
SOFT = b"=\r\n"
_WIDTH = 75
_SURROGATES = re.compile("[\ud800-\udfff]")
_SAFE = re.compile(r"(?!From )[!-\-/-<>-~](?:[ -<>-~]{0,70}[!-<>-~])?")
_BYTES = [b"=%02X" % b if b == 61 or (b < 32 and b != 9) or b > 126 else bytes([b]) for b in range(256)]


def quoted(text: str) -> bytes:
    """From any text; what is no character becomes a question mark in a diamond."""
    if _SAFE.fullmatch(text):
        return text.encode()
    plain = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text).replace("\r\n", "\n").replace("\r", "\n")
    return CRLF.join(_line(line) for line in plain.encode().split(b"\n"))


def _line(line: bytes) -> bytes:
    out: list[bytes] = []
    width, last = 0, len(line) - 1
    for place, byte in enumerate(line):
        piece = _BYTES[byte]
        if width + len(piece) > _WIDTH:
            out.append(SOFT)
            width = 0
        risky = width == 0 and (byte == 0x2E or line[place : place + 5] == b"From ")
        if risky or (place == last and byte in b" \t"):
            piece = b"=%02X" % byte
            if width + len(piece) > _WIDTH:
                out.append(SOFT)
                width = 0
        out.append(piece)
        width += len(piece)
    return b"".join(out)
