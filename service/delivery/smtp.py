"""SMTP: one pooled connection a thread, one transaction a letter, every answer classified a recipient.

Nothing reports back later: what was lost between the bytes and the answer stays in doubt."""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service.delivery.headers import sendable
from service.delivery.mime import Mould
from service.delivery.provider import Lifted, Probe
from service.domain.mail import Batch, Letter
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected

MINUTE = 60
GREYLISTED = 10 * MINUTE
REFUSED = 15 * MINUTE
PATIENCE = 120.0  # seconds a batch may take; what is left then goes into the next
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`tls` "implicit": from the first byte (smtps); else by STARTTLS where it is offered. A password is never sent in
    the clear, except to this machine."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: Literal["implicit", "offered"] = "offered"
    timeout: float = 30.0


class _Stop(Exception):
    """Nothing more can be sent now: this letter and the rest come later."""

    def __init__(self, later: Later) -> None:
        super().__init__(later.reason)
        self.later = later


class SmtpProvider:
    """`context` replaces the machine's certificate authorities."""

    name = "smtp"

    def __init__(self, server: SmtpServer, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._context = context or ssl.create_default_context()
        self._local = threading.local()
        self._stopping = threading.Event()

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        if not sendable(batch.envelope.from_email):
            return [Later("the clinic's sender address is not one", now + REFUSED)] * len(batch.letters)
        mould = Mould(batch.shape, batch.envelope)
        outcomes: list[Outcome] = []
        until = time.monotonic() + PATIENCE
        doubts = 0
        try:
            for letter in batch.letters:
                if self._stopping.is_set():
                    raise _Stop(Later("the worker was stopping", now))
                if time.monotonic() > until:
                    raise _Stop(Later("the relay is slow", now))
                outcomes.append(self._deliver(batch, mould, letter, now, probe))
                doubts += isinstance(outcomes[-1], Doubtful)
                if doubts == 2:
                    raise _Stop(Later("the relay does not answer", now + MINUTE))
        except _Stop as stop:
            outcomes += [stop.later] * (len(batch.letters) - len(outcomes))
        return outcomes

    def recall(self, _refs: Sequence[str]) -> dict[str, bool]:
        return {}

    def lift(self, _email: str) -> Lifted:
        """There is no list but ours."""
        return "done"

    def drain(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """Closes this thread's connection."""
        connection: smtplib.SMTP | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _deliver(self, batch: Batch, mould: Mould, letter: Letter, now: int, probe: Probe) -> Outcome:
        if not sendable(letter.to):
            return Rejected("the address is not one", bad_address=True)
        payload = mould.pour(letter, now)
        try:
            connection, refused = self._envelope(batch, letter, now)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise _Stop(Later(f"the relay cannot be reached ({type(error).__name__})", now + MINUTE)) from error
        return refused or self._data(connection, payload, now, probe)

    def _envelope(self, batch: Batch, letter: Letter, now: int) -> tuple[smtplib.SMTP, Outcome | None]:
        """Sender and recipient; the outcome when one was refused. A pooled connection may have died: one fresh try."""
        pooled = getattr(self._local, "connection", None) is not None
        try:
            connection = self._connected(batch.envelope.domain, now)
            return connection, self._hand_over(connection, batch.envelope.from_email, letter, now)
        except (OSError, smtplib.SMTPServerDisconnected):
            self.close()
            if not pooled:
                raise
        connection = self._connected(batch.envelope.domain, now)
        return connection, self._hand_over(connection, batch.envelope.from_email, letter, now)

    def _hand_over(self, connection: smtplib.SMTP, sender: str, letter: Letter, now: int) -> Outcome | None:
        options = []
        if not letter.to.isascii():
            if not connection.has_extn("smtputf8"):
                return Rejected("the relay takes no address with such letters (no SMTPUTF8)")
            options = ["SMTPUTF8"]
        code, words = connection.mail(sender, options)
        if code == 421:
            raise self._closing(now)
        if not 200 <= code < 300:
            self._reset(connection)
            wait = REFUSED if code >= 500 else GREYLISTED
            raise _Stop(Later(_reason("sender refused", code, words), now + wait))
        code, words = connection.rcpt(letter.to)
        if 200 <= code < 300:
            return None
        if code == 421:
            raise self._closing(now)
        self._reset(connection)
        return _refusal(code, words, now)

    def _data(self, connection: smtplib.SMTP, payload: bytes, now: int, probe: Probe) -> Outcome:
        try:
            code, words = connection.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise _Stop(Later(f"the relay hung up ({type(error).__name__})", now + MINUTE)) from error
        if code == 421:
            raise self._closing(now)
        if code != 354:
            self._reset(connection)
            return _refusal(code, words, now, of_address=False)
        return self._content(connection, payload, now, probe)

    def _content(self, connection: smtplib.SMTP, payload: bytes, now: int, probe: Probe) -> Outcome:
        try:
            connection.send(stuffed(payload) + b".\r\n")
            probe("after-bytes")
            code, words = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Doubtful(f"the relay's answer was lost ({type(error.__context__ or error).__name__})")
        if 200 <= code < 300:
            probe("after-202")
            return Accepted()
        if code == 421:
            self.close()
        return _refusal(code, words, now)

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def _closing(self, now: int) -> _Stop:
        self.close()
        return _Stop(Later("421 the relay is closing", now + MINUTE))

    def _connected(self, name: str, now: int) -> smtplib.SMTP:
        connection: smtplib.SMTP | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect(name, now)
            self._local.connection = connection
        return connection

    def _connect(self, name: str, now: int) -> smtplib.SMTP:
        server = self._server
        connection: smtplib.SMTP
        if server.tls == "implicit":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=server.timeout, context=self._context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=server.timeout)
        try:
            self._greet(connection, now)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP, now: int) -> None:
        server = self._server
        connection.ehlo_or_helo_if_needed()
        secret = server.tls == "implicit"
        if not secret and connection.has_extn("starttls"):
            try:
                connection.starttls(context=self._context)
            except ssl.SSLError as error:
                raise _Stop(Later("the relay's certificate does not hold", now + REFUSED)) from error
            connection.ehlo()
            secret = True
        if server.user is None:
            return
        if not secret and not _is_loopback(server.host):
            raise _Stop(Later("the relay offers no TLS: the password was not sent", now + REFUSED))
        try:
            connection.login(server.user, server.password or "")
        except smtplib.SMTPNotSupportedError as error:
            reason = "refused-key: the relay offers no AUTH; take user and password out"
            raise _Stop(Later(reason, now + REFUSED)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise _Stop(Later("refused-key", now + REFUSED)) from error


def stuffed(payload: bytes) -> bytes:
    """A line that begins with a dot gets another one (RFC 5321, 4.5.2)."""
    whole = payload.replace(b"\r\n.", b"\r\n..")
    return b"." + whole if whole.startswith(b".") else whole


def _refusal(code: int, words: bytes, now: int, *, of_address: bool = True) -> Outcome:
    if 400 <= code < 500:
        return Later(_reason("asked to wait", code, words), now + (MINUTE if code == 421 else GREYLISTED))
    status = _status(words)
    return Rejected(_reason("refused", code, words), bad_address=of_address and code == 550 and status in _BAD_ADDRESS)


def _reason(what: str, code: int, words: bytes) -> str:
    """Code and status only: what the relay says may name the patient."""
    return " ".join(filter(None, (what, str(code), _status(words))))


def _status(words: bytes) -> str | None:
    found = _ENHANCED.search(words.decode("ascii", "replace"))
    return found[1] if found else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
