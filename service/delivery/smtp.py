"""SMTP: pooled lines, one transaction a letter, every answer classified a recipient.

Nothing reports back later: what was lost between the bytes and the answer stays in doubt."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence

from service.delivery.greeting import PATIENCE, of_relay
from service.delivery.headers import sendable
from service.delivery.mime import Moulds, Sign
from service.delivery.provider import Lifted, Probe
from service.delivery.smtp_answers import REFUSED, Unwilling
from service.delivery.smtp_line import SmtpServer
from service.delivery.smtp_pool import Pool
from service.delivery.smtp_run import Run
from service.domain.mail import Batch
from service.domain.message import Asked, Later, Outcome
from service.domain.sender import Check

__all__ = ["SmtpProvider", "SmtpServer"]


class SmtpProvider:
    """`context` replaces the machine's certificate authorities; `sign` makes the DKIM-Signature of a message."""

    name = "smtp"

    def __init__(self, server: SmtpServer, context: ssl.SSLContext | None = None, sign: Sign | None = None) -> None:
        self._pool = Pool(server, context or ssl.create_default_context())
        self._moulds = Moulds(sign)
        self._stopping = threading.Event()

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        if not sendable(batch.envelope.from_email):
            return [Later("the clinic's sender address is not one", now + REFUSED)] * len(batch.letters)
        mould = self._moulds.of(batch.shape, batch.envelope)
        return Run(batch, mould, self._pool, now, probe, self._stopping).outcomes()

    def recall(self, _asked: Sequence[Asked], _now: int) -> dict[str, bool]:
        return {}

    def lift(self, _email: str) -> Lifted:
        """There is no list but ours."""
        return "done"

    def greet(self, name: str) -> Check:
        """Over a line of its own, so that what is open already tells nothing."""
        server = self._pool.server
        try:
            self._pool.try_line(name, PATIENCE)
        except Unwilling as fault:
            return of_relay(server.host, fault, server.user is not None)
        return of_relay(server.host, None, server.user is not None)

    def drain(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        self._pool.close()
