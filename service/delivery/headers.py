"""The headers of a letter, decoded: one line each, whatever a value holds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, quote

from service.domain.mail import Envelope, Letter, unsubscribe_headers

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff]")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>()\[\],;:\\\"@]+@[^\s\x00-\x20\x7f-\x9f<>()\[\],;:\\\"@]+")
_PLAIN_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9.-]+")
_ADDRESS_BYTES = 254
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def one_line(text: str) -> str:
    """Without line breaks and control characters, spaces collapsed."""
    return " ".join(_HIDDEN.sub(" ", text).split())


def sendable(address: str) -> bool:
    """Whether it can stand in an envelope and a header without being mistaken for anything else."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return len(address) <= _ADDRESS_BYTES
    if not _ADDRESS.fullmatch(address) or _HIDDEN.search(address):
        return False
    return len(address.encode("utf-8")) <= _ADDRESS_BYTES


def message_id(envelope: Envelope, letter: Letter) -> str:
    """The same for a resend, so that receivers drop the twin."""
    return f"<{one_line(letter.ref)}@{one_line(envelope.domain)}>"


def date_line(now: int) -> str:
    return format_datetime(datetime.fromtimestamp(now, UTC))


def readable(envelope: Envelope, letter: Letter, subject: str, now: int) -> dict[str, str]:
    """All headers but those of MIME, in the order of the mail."""
    found = {
        "From": f"{one_line(envelope.from_name)} <{envelope.from_email}>",
        "To": letter.to,
        "Reply-To": envelope.reply_to,
        "Subject": one_line(subject),
        "Date": date_line(now),
        "Message-ID": message_id(envelope, letter),
        **unsubscribe_headers(envelope, letter),
    }
    return {name: value for name, value in found.items() if value}


def text_header(name: str, value: str) -> bytes:
    """One header, folded and encoded where it must be, with its line end."""
    return f"{name}: ".encode() + _words(value, len(name) + 2) + b"\r\n"


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
