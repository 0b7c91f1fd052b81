"""A shape as MIME: its constant text is encoded once, each letter's values at their places.

Quoted-printable throughout, ASCII only, lines of at most 76 octets that end in CRLF; no line begins with a dot."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from email.header import Header
from email.utils import quote
from html import escape

from service.delivery.headers import date_line, message_id, one_line
from service.domain.mail import TOKEN, Calendar, Envelope, Letter, Pattern, Shape, unsubscribe_headers

CRLF = b"\r\n"
SOFT = b"=\r\n"
_WIDTH = 75
_SURROGATES = re.compile("[\ud800-\udfff]")
_SAFE = re.compile(r"(?!From )[!-\-/-<>-~](?:[ -<>-~]{0,70}[!-<>-~])?")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_BYTES = [b"=%02X" % b if b == 61 or (b < 32 and b != 9) or b > 126 else bytes([b]) for b in range(256)]


class Mould:
    """What the letters of a batch share, encoded. `pour` gives one letter's bytes."""

    def __init__(self, shape: Shape, envelope: Envelope) -> None:
        self._envelope = envelope
        self._subject = shape.subject
        self._text = _Part(shape.text, str)
        self._html = _Part(shape.html, escape)
        self._boundary = f"=_{secrets.token_hex(12)}"
        self._from = address_header("From", envelope.from_name, envelope.from_email)
        reply_to = one_line(envelope.reply_to)
        self._reply_to = b"Reply-To: <" + reply_to.encode() + b">\r\n" if reply_to else b""

    def pour(self, letter: Letter, now: int) -> bytes:
        """The whole message, dots not stuffed."""
        boundary = self._boundary.encode()
        parts = [
            self._head(letter, now),
            *_part(boundary, b"text/plain", self._text.fill(letter)),
            *_part(boundary, b"text/html", self._html.fill(letter)),
        ]
        if letter.calendar is not None:
            parts += _calendar_part(boundary, letter.calendar)
        return b"".join([*parts, b"\r\n--", boundary, b"--\r\n"])

    def _head(self, letter: Letter, now: int) -> bytes:
        subject = self._subject.join(letter.values, letter.token)
        lines = [
            self._from,
            b"To: <" + letter.to.encode() + b">\r\n",
            self._reply_to,
            text_header("Subject", subject),
            f"Date: {date_line(now)}\r\nMessage-ID: {message_id(self._envelope, letter)}\r\n".encode(),
        ]
        for name, value in unsubscribe_headers(self._envelope, letter).items():
            lines.append(f"{name}: {one_line(value)}\r\n".encode())
        kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{self._boundary}"\r\n\r\n'
        return b"".join([*lines, kind.encode()])


class _Part:
    """A pattern's literals as quoted-printable, its values between soft line breaks, so that neither side needs to know
    the other's column."""

    def __init__(self, pattern: Pattern, guard: Callable[[str], str]) -> None:
        self._literals = [quoted(literal) for literal in pattern.literals]
        self._slots = pattern.slots
        self._guard = guard

    def fill(self, letter: Letter) -> bytes:
        out = [self._literals[0]]
        for slot, literal in zip(self._slots, self._literals[1:], strict=True):
            value = letter.token if slot == TOKEN else self._guard(letter.values[slot])
            out += (SOFT, value.encode() if _SAFE.fullmatch(value) else quoted(value), SOFT, literal)
        return b"".join(out)


def quoted(text: str) -> bytes:
    """Quoted-printable. Any line break becomes CRLF; no line begins with a dot or with "From ", or ends in a space."""
    plain = _SURROGATES.sub("�", text).replace("\r\n", "\n").replace("\r", "\n")
    return CRLF.join(_quoted_line(line) for line in plain.encode().split(b"\n"))


def _quoted_line(line: bytes) -> bytes:
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


def text_header(name: str, value: str) -> bytes:
    """One header, folded and encoded where it must be, with its line end."""
    return f"{name}: ".encode() + _words(value, len(name) + 2) + CRLF


def address_header(name: str, display: str, address: str) -> bytes:
    """A name and an address; the name is quoted or encoded where it must be."""
    shown = one_line(display)
    spec = b"<" + one_line(address).encode() + b">\r\n"
    if not shown:
        return f"{name}: ".encode() + spec
    if shown.isascii() and "=?" not in shown and len(shown) < 60:
        word = shown if _ATOM.fullmatch(shown) else f'"{quote(shown)}"'
        return f"{name}: {word} ".encode() + spec
    return f"{name}: ".encode() + _words(shown, len(name) + 2, always=True) + b"\r\n " + spec


def _words(value: str, column: int, *, always: bool = False) -> bytes:
    line = one_line(value)
    if not always and line.isascii() and "=?" not in line and len(line) + column < 76:
        return line.encode()
    return Header(line, "utf-8", 76 - column, continuation_ws=" ").encode(linesep="\r\n").encode()


def _part(boundary: bytes, kind: bytes, body: bytes) -> Sequence[bytes]:
    head = b"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return (b"\r\n--" if kind != b"text/plain" else b"--", boundary, b"\r\nContent-Type: ", kind, head, body)


def _calendar_part(boundary: bytes, calendar: Calendar) -> Sequence[bytes]:
    method = re.sub(r"[^A-Z]", "", calendar.method.upper())
    kind = f"\r\nContent-Type: text/calendar; charset=utf-8; method={method}"
    head = f"{kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = b64encode(calendar.ics.encode())
    lines = CRLF.join(raw[start : start + 76] for start in range(0, len(raw), 76))
    return (b"\r\n--", boundary, head.encode(), lines)
