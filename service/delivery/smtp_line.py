"""Opening a line to the relay, and moving bytes over it without ever waiting."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field

from service.delivery.smtp_answers import MINUTE, REFUSED, Unwilling
from service.delivery.smtp_hello import START_TLS, Offers, Terms, Tls, hello
from service.delivery.smtp_replies import Replies, Reply
from service.delivery.smtp_wire import Wire

_CHUNK = 65_536
_NO_ANSWER = Reply(0, b"")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`tls` "implicit": from the first byte (smtps). "required": by STARTTLS, else nothing is sent. "offered": by
    STARTTLS where the relay offers it. None: required, but on this machine offered. `timeout`: seconds to open a line,
    and to each answer. `lines`: at most as many at once; `mails`: over one of them (Exim takes no more by default)."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    timeout: float = 30.0
    lines: int = 4
    mails: int = 1_000

    def terms(self, name: str) -> Terms:
        """`name`: our own, in EHLO. A password is never sent in the clear, except to this machine."""
        here = is_loopback(self.host)
        tls = self.tls or ("offered" if here else "required")
        return Terms(name, tls, self.user, self.password, secret_enough=here)


class Line:
    """An open connection: what is said on it (`wire`), and what of it still waits to be written."""

    def __init__(self, sock: socket.socket, offers: Offers) -> None:
        self._sock = sock
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        self._unwritten: bytes | memoryview = b""
        self.wire = Wire("PIPELINING" in offers)
        self.offers = offers
        self.mails = 0
        self.used = 0.0
        sock.setblocking(False)

    def fileno(self) -> int:
        return self._sock.fileno()

    @property
    def writing(self) -> bool:
        return bool(self._unwritten)

    def flush(self) -> bool:
        """Writes what can be written now; True when the last octet of a content has gone. Raises OSError."""
        ended = False
        while octets := self._unwritten or self.wire.take():
            try:
                count = self._sock.send(octets)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self._unwritten = octets
                return ended
            self._unwritten = b"" if count == len(octets) else memoryview(octets)[count:]
            ended = self.wire.wrote(count) or ended
        return ended

    def read(self) -> bytes | None:
        """What has come: None when nothing has, b"" at the end of the line. Raises OSError."""
        try:
            data = self._sock.recv(_CHUNK)
            while self._tls is not None and data and self._tls.pending():
                data += self._tls.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        return data

    @property
    def quiet(self) -> bool:
        """An idle line on which the relay has said nothing: a time-out or an end would have been heard."""
        try:
            return self.wire.over is None and self.read() is None
        except OSError:
            return False

    def leave(self) -> None:
        """Says goodbye where that does not take waiting."""
        if self.wire.idle and self.wire.over is None and not self._unwritten:
            with suppress(OSError):
                self._sock.send(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        self.wire.over = self.wire.over or "the line is closed"
        self._sock.close()


def open_line(server: SmtpServer, name: str, context: ssl.SSLContext, timeout: float) -> Line:
    """Connected, under TLS and signed in as the server's terms want it, within `timeout` seconds. Raises Unwilling."""
    until = time.monotonic() + timeout
    try:
        sock = socket.create_connection((server.host, server.port), timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.tls == "implicit":
                sock = context.wrap_socket(sock, server_hostname=server.host)
            sock, offers = _introduced(sock, server, name, context, until)
            return Line(sock, offers)
        except BaseException:
            sock.close()
            raise
    except ssl.SSLCertVerificationError as error:
        raise Unwilling("the relay's certificate does not hold", REFUSED) from error
    except ssl.SSLError as error:
        raise Unwilling("TLS with the relay failed", REFUSED) from error
    except OSError as error:
        raise Unwilling(f"the relay cannot be reached ({type(error).__name__})", MINUTE) from error


def _introduced(
    sock: socket.socket, server: SmtpServer, name: str, context: ssl.SSLContext, until: float
) -> tuple[socket.socket, Offers]:
    talk, replies = hello(server.terms(name)), Replies()
    say = next(talk)
    try:
        while True:
            sock.settimeout(max(0.01, until - time.monotonic()))
            answer = _NO_ANSWER
            if say is START_TLS:
                sock = context.wrap_socket(sock, server_hostname=server.host)
            else:
                sock.sendall(say)
                answer = _answer(sock, replies, until)
            say = talk.send(answer)
    except StopIteration as done:
        return sock, done.value
    except BaseException:
        sock.close()
        raise


def _answer(sock: socket.socket, replies: Replies, until: float) -> Reply:
    """The next answer, and no octet more: whatever follows it unasked was not said by an honest relay, and what was
    put in before STARTTLS would else be read as if it had come under TLS."""
    while True:
        sock.settimeout(max(0.01, until - time.monotonic()))
        data = sock.recv(_CHUNK)
        if not data:
            raise ConnectionAbortedError
        found = replies.feed(data)
        if replies.garbled:
            raise Unwilling("the relay does not speak SMTP", REFUSED)
        if found and (len(found) > 1 or not replies.empty):
            raise Unwilling("the relay answers what it was not asked; someone may stand between", REFUSED)
        if found:
            return found[0]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
