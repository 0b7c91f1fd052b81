"""The mailbox that replies and bounces come to, read by IMAP. Nothing in it is changed, marked or deleted."""

from __future__ import annotations

import imaplib
import ipaddress
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

CHANNEL = "mailbox"
MOST = 25  # mails a visit
LONGEST = 2 * 1024 * 1024  # of each mail; its words come first, its attachments last
PATIENCE = 30.0
OVERLAP = 2 * 86_400  # where a mailbox was numbered anew, it is read again from so long before
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MailboxFault(Exception):
    """`reason` names what went wrong and what to look at, and nobody's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """`tls` "implicit": from the first byte (imaps); "started": by STARTTLS, without which nothing is said but to this
    very machine."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    tls: Literal["implicit", "started"] = "implicit"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the mailbox was read: `validity` is the numbering that `last` belongs to, `at` when it was looked at."""

    validity: int
    last: int
    at: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The next mails, from the oldest, each (number, bytes); `bookmark` is where to go on; `more`: there are more."""

    mails: tuple[tuple[int, bytes], ...]
    bookmark: Bookmark
    more: bool


def mailbox_from_url(url: str) -> MailboxServer:
    """imaps://user:password@host/folder; user and password percent-encoded. Raises ValueError with the mend."""
    parts = urlsplit(url)
    if parts.scheme not in ("imaps", "imap"):
        raise ValueError("begin it with imaps://, or with imap:// where the server speaks STARTTLS")
    if not parts.hostname or not parts.username or parts.password is None:
        raise ValueError("write it as imaps://user:password@host/folder; an @ or / in the password as %40 or %2F")
    implicit = parts.scheme == "imaps"
    return MailboxServer(
        host=parts.hostname,
        port=parts.port or (993 if implicit else 143),
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls="implicit" if implicit else "started",
    )


class Mailbox:
    """`context` replaces the machine's certificate authorities."""

    def __init__(self, server: MailboxServer, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._context = context or ssl.create_default_context()

    def fetch(self, mark: Bookmark | None, now: int, most: int = MOST) -> Fetched:
        """What came since `mark`. Raises MailboxFault; nothing is lost then, for the mark stays."""
        try:
            connection = self._connect()
        except (OSError, imaplib.IMAP4.error) as fault:
            raise MailboxFault(f"The mailbox cannot be reached ({_name(fault)}).") from None
        try:
            return self._fetch(connection, mark, now, most)
        except (OSError, imaplib.IMAP4.error) as fault:
            raise MailboxFault(f"The mailbox broke off ({_name(fault)}).") from None
        finally:
            _leave(connection)

    def _connect(self) -> imaplib.IMAP4:
        server = self._server
        if server.tls == "implicit":
            return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=self._context, timeout=PATIENCE)
        plain = imaplib.IMAP4(server.host, server.port, timeout=PATIENCE)
        try:
            if "STARTTLS" in plain.capabilities:
                plain.starttls(ssl_context=self._context)
            elif not _this_machine(server.host):
                raise MailboxFault("The mailbox offers no TLS; a password is not sent in the clear. Use imaps://.")
        except BaseException:
            _leave(plain)
            raise
        return plain

    def _fetch(self, connection: imaplib.IMAP4, mark: Bookmark | None, now: int, most: int) -> Fetched:
        try:
            connection.login(self._server.user, self._server.password)
        except imaplib.IMAP4.error:
            raise MailboxFault("The mailbox refuses the user or the password. Mend MERIDIAN_INBOUND.") from None
        folder = '"' + re.sub(r'([\\"])', r"\\\1", self._server.folder) + '"'
        if connection.select(folder, readonly=True)[0] != "OK":
            raise MailboxFault("The mailbox has no such folder. Mend the end of MERIDIAN_INBOUND.")
        validity = _number(connection.response("UIDVALIDITY")[1])
        same = mark is not None and mark.validity == validity
        last = mark.last if mark is not None and same else 0
        found = sorted(uid for uid in self._search(connection, mark, now, same=same) if uid > last)
        mails = []
        for uid in found[:most]:
            raw = _body(connection, uid)
            if raw is not None:
                mails.append((uid, raw))
        upto = found[:most][-1] if found else last
        return Fetched(tuple(mails), Bookmark(validity, upto, now), len(found) > most)

    def _search(self, connection: imaplib.IMAP4, mark: Bookmark | None, now: int, *, same: bool) -> list[int]:
        """By number where the numbers still mean what they meant, else by date; a mail that came before is known."""
        if mark is not None and same:
            wanted = ["UID", f"{mark.last + 1}:*"]
        else:
            day = datetime.fromtimestamp((mark.at if mark is not None else now) - OVERLAP, UTC)
            wanted = ["SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"]
        said, found = connection.uid("SEARCH", *wanted)
        if said != "OK":
            raise MailboxFault("The mailbox cannot be searched.")
        return [int(each) for line in found if isinstance(line, bytes) for each in line.split() if each.isdigit()]


def _body(connection: imaplib.IMAP4, uid: int) -> bytes | None:
    """None for a mail that has gone meanwhile."""
    said, found = connection.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LONGEST}>)")
    if said != "OK":
        raise MailboxFault("The mailbox does not give a mail out.")
    return next((each[1] for each in found if isinstance(each, tuple) and isinstance(each[1], bytes)), None)


def _number(found: Sequence[Any]) -> int:
    return next((int(each) for each in found if isinstance(each, bytes) and each.isdigit()), 0)


def _leave(connection: imaplib.IMAP4) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        connection.logout()
    with suppress(OSError):
        connection.shutdown()  # a line that broke off is not closed by leaving


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(fault: Exception) -> str:
    """The kind of a fault: its words may quote an address."""
    return type(fault).__name__
