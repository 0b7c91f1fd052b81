"""Trying the way out: connect and sign in, send nothing. What was found is said with its mend."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import orjson

from service.delivery.sendgrid_door import Answer, Lost, NotReached
from service.delivery.smtp_answers import REFUSED_KEY, Unwilling
from service.domain.sender import Check

PATIENCE = 10.0  # seconds: somebody waits at the page


@runtime_checkable
class Greets(Protocol):
    """A provider that can be tried without sending. `name`: the sender's domain."""

    def greet(self, name: str, /) -> Check: ...


def of_outbox() -> Check:
    mend = "That is right for a trial. To reach people, set MERIDIAN_MAIL where Meridian runs, and start it again."
    return Check("way", "note", "Mail stays on this machine, in the outbox", mend)


def of_relay(host: str, fault: Unwilling | None, signed_in: bool) -> Check:
    """What the relay did with our greeting."""
    if fault is None:
        how = "and took the password" if signed_in else "without asking for a password"
        return Check("way", "well", f"{host} answered {how}")
    if fault.reason.startswith(REFUSED_KEY):
        mend = "Look at user and password in MERIDIAN_MAIL; characters such as / @ : are written as %2F %40 %3A."
        return Check("way", "mend", f"{host} does not take the user and password", mend)
    if "certificate" in fault.reason or "TLS" in fault.reason:
        mend = "Use the host name that the certificate names, and the port your provider gives for TLS, mostly 587."
        return Check("way", "mend", f"{host}: {fault.reason}", mend)
    mend = "Look at host and port in MERIDIAN_MAIL; a firewall may keep this machine from sending mail."
    return Check("way", "mend", f"{host}: {fault.reason}", mend)


def of_scopes(answer: Answer | NotReached | Lost) -> Check:
    """What SendGrid says the key may do."""
    match answer:
        case Answer(200):
            if "mail.send" in _scopes(answer.body):
                return Check("way", "well", "SendGrid knows the key, and it may send mail")
            mend = "At SendGrid, under Settings, API Keys, give this key “Mail Send”, or make a new one."
            return Check("way", "mend", "SendGrid knows the key, but it may not send mail", mend)
        case Answer(401 | 403):
            mend = "Make a key at SendGrid under Settings, API Keys, and set it as SENDGRID_API_KEY."
            return Check("way", "mend", "SendGrid does not know the key", mend)
        case Answer(status):
            return Check("way", "unseen", f"SendGrid answered {status}", "Try again in a minute.")
    mend = "Look whether this machine reaches api.sendgrid.com by https; a firewall may forbid it."
    return Check("way", "mend", f"SendGrid cannot be reached ({answer.reason})", mend)


def _scopes(body: bytes) -> frozenset[str]:
    try:
        return frozenset(map(str, orjson.loads(body)["scopes"]))
    except (ValueError, KeyError, TypeError):
        return frozenset()
