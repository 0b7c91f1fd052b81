"""A mail relay on loopback: keeps what it accepted, and refuses, stalls or hangs up as it was told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Received:
    sender: str
    to: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpPeer:
    """`answers_to` gives the words for a recipient ("550 5.1.1 no such user", or "drop"), `after_data` those for the
    next mails, in turn: words, "drop" (taken on, then a closed line), "hang". `tls` offers STARTTLS; `login` is asked
    after it."""

    pipelining: bool = False
    smtputf8: bool = True
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    sender_answer: str | None = None
    answers_to: dict[str, str] = field(default_factory=dict)
    after_data: deque[str] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    when_received: Callable[[], object] | None = None
    connections: int = 0

    def __post_init__(self) -> None:
        self.port = _free_port()
        self._controller = _Controller(self)

    def __enter__(self) -> SmtpPeer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd names it so
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answer is not None:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers_to.get(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        if answer == "drop":
            _hang_up(server)
        if answer.startswith("421"):
            asyncio.get_running_loop().call_soon(_hang_up, server)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.after_data.popleft() if self.after_data else "250 2.0.0 queued"
        if answer.startswith("250") or answer in ("drop", "hang"):
            content = envelope.original_content
            assert isinstance(content, bytes)
            self.received.append(Received(str(envelope.mail_from), list(envelope.rcpt_tos), content))
            if self.when_received is not None:
                self.when_received()
        if answer == "drop":
            _hang_up(server)
        if answer == "hang":
            await asyncio.Event().wait()
        return answer


def _hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


class _Controller(Controller):
    def __init__(self, peer: SmtpPeer) -> None:
        self._peer = peer
        super().__init__(peer, hostname="127.0.0.1", port=peer.port)

    def factory(self) -> SMTP:
        peer = self._peer
        options: dict[str, Any] = {"enable_SMTPUTF8": peer.smtputf8, "hostname": "relay.test"}
        if peer.tls is not None:
            options["tls_context"] = peer.tls
        if peer.login is not None:
            options |= {"authenticator": self._check, "auth_required": True}
        return SMTP(self.handler, **options)

    def _check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        assert self._peer.login is not None
        user, password = self._peer.login
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()), handled=False)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for 127.0.0.1, and a client's that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    now = datetime.now(UTC)  # noqa: TID251 - the certificate is checked against this machine's clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "relay.pem"
    path.write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=pem.decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
