"""The composition root: here settings become objects. It knows no web, so that the worker loads none."""

from __future__ import annotations

import hashlib
import logging
import sys
import time
from collections.abc import Callable, Sequence

import structlog

from service.content.links import Links
from service.content.studio import Studio
from service.delivery.mailbox import Mailbox, mailbox_from_url
from service.delivery.provider import Provider
from service.delivery.registry import from_url
from service.domain.outbox_mail import OutboxMail
from service.settings import ROOT, Settings
from service.storage import outbox
from service.storage import settings as stored
from service.storage.database import Database
from service.usecases.kit import Kit
from service.usecases.library import Library

OFFSET_AGE = 0.25


def wall() -> int:
    """The machine's clock, UTC epoch seconds."""
    return int(time.time())


def build_kit(settings: Settings, clock: Callable[[], int] | None = None) -> Kit:
    """Everything that use cases need. In outbox mode the clock is the machine's plus the stored offset."""
    db = Database(settings.database_url)
    secret = hashlib.blake2b(settings.secret_key.encode(), digest_size=64, person=b"meridian").digest()
    running = clock or (_offset_clock(db) if settings.provider_name == "outbox" else wall)
    return Kit(
        db=db,
        clock=running,
        links=Links(secret),
        studio=Studio(ROOT / "templates" / "email", settings.public_url),
        library=Library(),
        base_url=settings.public_url,
        secret=secret,
        mail=settings.provider_name,
        wall=clock or wall,
        demo=settings.provider_name == "outbox",
        inbound=settings.inbound_address,
        mailbox=build_mailbox(settings),
        rate=settings.rate if settings.provider_name != "outbox" else None,
        in_flight=settings.in_flight if settings.provider_name == "sendgrid" else 1,
        relay=settings.relay,
        dkim_selector=settings.dkim_selector if settings.dkim_key else "",
    )


def build_provider(settings: Settings, kit: Kit) -> Provider:
    def put(mails: Sequence[OutboxMail]) -> None:
        with kit.db.write() as conn:
            outbox.put(conn, mails)

    def known(refs: Sequence[str]) -> set[str]:
        with kit.db.read() as conn:
            return outbox.known(conn, refs)

    return from_url(
        settings.mail,
        put=put,
        known=known,
        api_key=settings.sendgrid_api_key,
        api_host=settings.sendgrid_api_host,
        require_tls=settings.smtp_require_tls,
        dkim=(settings.dkim_key, settings.dkim_selector) if settings.dkim_key else None,
    )


def build_mailbox(settings: Settings) -> Mailbox | None:
    """The mailbox that answers come to; None where none is set."""
    return Mailbox(mailbox_from_url(settings.inbound)) if settings.inbound else None


def _offset_clock(db: Database) -> Callable[[], int]:
    """Every process of a demo reads the same offset; a quarter of a second late at the most."""
    read_at, offset = float("-inf"), 0

    def clock() -> int:
        nonlocal read_at, offset
        if time.monotonic() - read_at > OFFSET_AGE:
            with db.read() as conn:
                offset = stored.clock_offset(conn)
            read_at = time.monotonic()
        return wall() + offset

    return clock


def log_to_stderr() -> None:
    """One JSON line an event: what happened, never to whom."""
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        # Asked for at each line: whoever redirects stderr later is followed.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
