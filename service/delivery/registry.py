"""From the settings to a provider."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from service.delivery.mime import Sign
from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Provider
from service.delivery.sendgrid import SendGridProvider
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.delivery.smtp_hello import Tls
from service.domain.outbox_mail import OutboxMail

Kind = Literal["outbox", "smtp", "sendgrid"]
CHOICES = "use outbox, smtp://user:pass@host:port or sendgrid"
SENDGRID_HOST = "https://api.sendgrid.com"
_TLS: dict[bool | None, Tls | None] = {None: None, True: "required", False: "offered"}
_PORTS = {"smtp": 587, "smtps": 465}


def kind_of(mail: str) -> Kind:
    """Raises ValueError that says what to mend. Never repeats a password."""
    value = mail.strip()
    if value == "outbox":
        return "outbox"
    if value == "sendgrid":
        return "sendgrid"
    scheme, separator, _ = value.partition("://")
    if separator and scheme.lower() in _PORTS:
        return "smtp"
    shown = f"{scheme}://…" if separator else value
    raise ValueError(f"MERIDIAN_MAIL is '{shown}'; {CHOICES}")


def from_url(
    mail: str,
    *,
    put: Callable[[Sequence[OutboxMail]], None],
    known: Callable[[Sequence[str]], set[str]],
    api_key: str | None = None,
    api_host: str | None = None,
    require_tls: bool | None = None,
    dkim: tuple[str, str] | None = None,
) -> Provider:
    """The provider that MERIDIAN_MAIL names. `put` and `known` are the outbox's; `api_key` and `api_host` are
    SENDGRID_API_KEY and SENDGRID_API_HOST; `require_tls` and `dkim` (key file and selector) are SMTP's. Raises
    ValueError that says what to mend."""
    kind = kind_of(mail)
    if kind == "outbox":
        return OutboxProvider(put, known)
    if kind == "smtp":
        return SmtpProvider(smtp_server(mail.strip(), require_tls), sign=_sign(*dkim) if dkim else None)
    return SendGridProvider(_key(api_key), _host(api_host))


def smtp_server(url: str, require_tls: bool | None = None) -> SmtpServer:
    """smtp://user:pass@host:port (by STARTTLS) or smtps://… (TLS from the first byte); user and password
    percent-encoded, or left out. `require_tls`: None means everywhere but on this machine."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise ValueError("MERIDIAN_MAIL: the port is no number; use smtp://user:pass@host:port") from error
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            "MERIDIAN_MAIL does not read as smtp://user:pass@host:port; "
            "write / ? # @ : in user and password as %2F %3F %23 %40 %3A"
        )
    if parts.username and parts.password is None:
        raise ValueError("MERIDIAN_MAIL names a user without a password; use smtp://user:pass@host:port")
    return SmtpServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls="implicit" if parts.scheme == "smtps" else _TLS[require_tls],
    )


def _sign(key: str, selector: str) -> Sign:
    from service.delivery.mime_dkim import signer  # noqa: PLC0415 - loaded only where a key is set

    return signer(Path(key), selector)


def _key(api_key: str | None) -> str:
    key = (api_key or "").strip()
    if not key:
        raise ValueError("MERIDIAN_MAIL is sendgrid, but SENDGRID_API_KEY is not set; make one with Mail Send access")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ValueError("SENDGRID_API_KEY holds a space or a letter that no key has; copy it anew")
    return key


def _host(api_host: str | None) -> str:
    host = (api_host or SENDGRID_HOST).strip().rstrip("/")
    parts = urlsplit(host)
    plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or parts.path or not (parts.scheme == "https" or plain):
        raise ValueError(f"SENDGRID_API_HOST is '{host}'; use https://host, for example {SENDGRID_HOST}")
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
