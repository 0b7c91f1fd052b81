"""A shape as MIME: its constant text is encoded once, each letter's values at their places.

Quoted-printable throughout, lines of at most 76 octets that end in CRLF; no line begins with a dot. ASCII, but for an
address in another script, which goes as UTF-8 to a relay that takes it (RFC 6532)."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from operator import itemgetter

from service.delivery.headers import address_header, date_line, message_id, one_line, text_header
from service.delivery.mime_content import Content
from service.delivery.mime_quoted import CRLF, SOFT, quoted
from service.domain.mail import TOKEN, Calendar, Envelope, Letter, Pattern, Shape, unsubscribe_headers

Sign = Callable[[bytes, str], bytes]  # a whole message and the sender's domain → its DKIM-Signature header
_TO, _SUBJECT, _DATE, _REF, _TOKEN, _TOKEN_QUOTED = range(6)
_VALUES = 6  # from here on, the values: for the text part, then for the HTML part
_KEPT = 5_000
_WORTH = 100  # characters: what is longer is rarely met again
_MOULDS = 200
_SHORT = 70  # octets that stand on a line of their own


class Mould:
    """What the letters of a shape share, encoded. `pour` gives one letter's bytes."""

    def __init__(self, shape: Shape, envelope: Envelope, sign: Sign | None = None) -> None:
        self.shape = shape
        self._envelope = envelope
        self._sign = sign
        self._varies = bool(shape.subject.slots)
        self._subject = _Kept(lambda subject: text_header("Subject", subject))
        self._boundary = f"=_{secrets.token_hex(12)}".encode()
        self._text_slots = sorted({slot for slot in shape.text.slots if slot != TOKEN})
        self._html_slots = sorted({slot for slot in shape.html.slots if slot != TOKEN})
        self._close = b"\r\n--" + self._boundary + b"--\r\n"
        text = {slot: _VALUES + place for place, slot in enumerate(self._text_slots)}
        html = {slot: _VALUES + len(text) + place for place, slot in enumerate(self._html_slots)}
        self._literals, holes = _joined(
            [
                *self._head(),
                self._part(b"text/plain"),
                *_pieces(shape.text, text),
                CRLF + self._part(b"text/html"),
                *_pieces(shape.html, html),
            ]
        )
        self._fill = itemgetter(*holes)

    def pour(self, letter: Letter, now: int) -> Content:
        """The whole message, signed where a key is set. `letter.to` must be `sendable`."""
        out = self._literals.copy()
        out[1::2] = self._fill(self._values(letter, now))
        if letter.calendar is not None:
            out.append(_calendar(self._boundary, letter.calendar))
        out.append(self._close)
        whole = b"".join(out)
        if self._sign is None:
            return Content(whole)
        return Content(self._sign(whole, self._envelope.from_email.rpartition("@")[2]) + whole)

    def _values(self, letter: Letter, now: int) -> list[bytes]:
        values, token = letter.values, _opaque(letter.token)
        found = [
            letter.to.encode(),
            self._subject[self.shape.subject.join(values, letter.token)] if self._varies else b"",
            _date(now),
            _opaque(letter.ref),
            token,
            token if len(token) < _SHORT and token.isalnum() else quoted(letter.token),
        ]
        found += [_plain[values[slot]] for slot in self._text_slots]
        found += [_markup[values[slot]] for slot in self._html_slots]
        return found

    def _head(self) -> list[bytes | int]:
        """With the places of what is a letter's own, found by writing the headers of a letter made of marks."""
        envelope, shape = self._envelope, self.shape
        marks = {secrets.token_hex(16): place for place in (_TO, _REF, _TOKEN)}
        to, ref, token = marks
        marked = Letter(ref, to, (), token)
        reply_to = one_line(envelope.reply_to)
        lines = [
            address_header("From", envelope.from_name, envelope.from_email),
            f"To: <{to}>\r\n".encode(),
            f"Reply-To: <{reply_to}>\r\n".encode() if reply_to else b"",
            self._subject[shape.subject.literals[0]] if not self._varies else _SUBJECT,
            b"Date: ",
            _DATE,
            f"\r\nMessage-ID: {message_id(envelope, marked)}\r\n".encode(),
            *(f"{name}: {one_line(line)}\r\n".encode() for name, line in unsubscribe_headers(envelope, marked).items()),
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="%s"\r\n\r\n' % self._boundary,
        ]
        at_marks = re.compile(b"(%s)" % "|".join(marks).encode())
        found: list[bytes | int] = []
        for line in lines:
            parts = [line] if isinstance(line, int) else at_marks.split(line)
            found += [part if isinstance(part, int) else marks.get(part.decode(), part) for part in parts]
        return found

    def _part(self, kind: bytes) -> bytes:
        head = b"--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        return head % (self._boundary, kind)


class Moulds:
    """Kept from batch to batch: encoding a shape costs as much as pouring some hundred letters."""

    def __init__(self, sign: Sign | None = None) -> None:
        self._sign = sign
        self._kept: dict[tuple[str, Envelope], Mould] = {}

    def of(self, shape: Shape, envelope: Envelope) -> Mould:
        found = self._kept.get((shape.key, envelope))
        if found is None or not _same(found.shape, shape):
            if len(self._kept) >= _MOULDS:
                self._kept.clear()
            found = self._kept[shape.key, envelope] = Mould(shape, envelope, self._sign)
        return found


class _Kept(dict[str, bytes]):
    """What was encoded once; emptied when it has grown large."""

    def __init__(self, make: Callable[[str], bytes]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> bytes:
        made = self._make(text)
        if len(text) <= _WORTH:
            if len(self) >= _KEPT:
                self.clear()
            self[text] = made
        return made


_plain = _Kept(quoted)
_markup = _Kept(lambda text: quoted(escape(text)))


@lru_cache(maxsize=16)
def _date(now: int) -> bytes:
    return date_line(now).encode()


def _opaque(name: str) -> bytes:
    return name.encode() if name.isascii() and name.isalnum() else one_line(name).encode()


def _same(one: Shape, other: Shape) -> bool:
    return one is other or (one.subject, one.html, one.text) == (other.subject, other.html, other.text)


def _pieces(pattern: Pattern, places: Mapping[int, int]) -> Iterator[bytes | int]:
    """The literals, and between soft line breaks the places of the values: neither side needs to know the other's
    column."""
    yield quoted(pattern.literals[0])
    for slot, literal in zip(pattern.slots, pattern.literals[1:], strict=True):
        yield from (SOFT, _TOKEN_QUOTED if slot == TOKEN else places[slot], SOFT, quoted(literal))


def _joined(pieces: Sequence[bytes | int]) -> tuple[list[bytes], list[int]]:
    """Literals with an empty one at each hole, and the holes in their order."""
    literals, holes = [b""], list[int]()
    for piece in pieces:
        if isinstance(piece, int):
            holes.append(piece)
            literals += [b"", b""]
        else:
            literals[-1] += piece
    return literals, holes


def _calendar(boundary: bytes, calendar: Calendar) -> bytes:
    method = re.sub(r"[^A-Z]", "", calendar.method.upper()).encode()
    raw = b64encode(calendar.ics.encode())
    lines = CRLF.join(raw[start : start + 76] for start in range(0, len(raw), 76))
    kind = (
        b"Content-Type: text/calendar; charset=utf-8; method=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % method
    )
    return b"\r\n--%s\r\n%s%s" % (boundary, kind, lines)
