"""The words of a transaction. No address is let through that could end a command and begin another."""

from __future__ import annotations

from typing import Literal, NamedTuple

from service.delivery.headers import sendable
from service.delivery.smtp_replies import Reply

Said = Literal["RSET", "MAIL", "RCPT", "DATA", "DOT", "VOID"]
RSET = b"RSET\r\n"
DATA = b"DATA\r\n"
DOT = b".\r\n"


class Event(NamedTuple):
    """The content may follow ("go"), was taken on ("accepted"), or something was refused by the answer to `said`."""

    kind: Literal["go", "accepted", "refused"]
    ticket: int
    said: Said
    reply: Reply


def mail_from(address: str, utf8: bool = False) -> bytes:
    """Raises ValueError for what `sendable` refuses."""
    return b"MAIL FROM:<%s>%s\r\n" % (_spec(address), b" BODY=8BITMIME SMTPUTF8" if utf8 else b"")


def rcpt_to(address: str) -> bytes:
    """Raises ValueError for what `sendable` refuses."""
    return b"RCPT TO:<%s>\r\n" % _spec(address)


def _spec(address: str) -> bytes:
    if not sendable(address):
        raise ValueError("the address is not one")
    return address.encode()
