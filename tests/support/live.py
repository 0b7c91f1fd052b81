"""A real server on loopback with the demo's clinic and people, on a clock that the test moves."""

from __future__ import annotations

import json
import logging
import threading
import urllib.error
import urllib.request  # noqa: TID251 - to our own server on loopback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from service.app import create_app
from service.assembly import build_kit, build_provider
from service.delivery.provider import Provider
from service.settings import Settings
from service.storage import migrate, tables
from service.storage import settings as stored
from service.usecases.advance import advance
from service.usecases.kit import Kit
from service.usecases.make_demo import make_demo
from service.web.limits import limiter
from tests.support.clock import Clock
from tests.support.postgres import free_port

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PASSWORD = "dana-for-tests-only"
DANA = "dana@sun.example"


@dataclass(frozen=True)
class Live:
    """`clock` is the machine's; the kit's own runs ahead of it once the demo's bar was pressed."""

    url: str
    app: Flask
    kit: Kit
    provider: Provider
    clock: Clock

    def tick(self) -> None:
        """One pass of all that is due."""
        advance(self.kit, self.provider)

    def mails(self, to: str) -> list[dict[str, Any]]:
        """What the mailbox shows for an address, newest first."""
        found: list[dict[str, Any]] = json.loads(self.ask(f"/outbox.json?to={to}")[1])
        return found

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """GET, or POST where there is a body: the status and what was answered."""
        asked = urllib.request.Request(f"{self.url}{path}", data=body, headers=dict(headers or {}))  # noqa: TID251
        try:
            with urllib.request.urlopen(asked) as answer:  # noqa: TID251
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.kit.db.read() as conn:
            return [dict(row._mapping) for row in conn.execute(sa.select(tables.metadata.tables[table]))]


@contextmanager
def serve(folder: Path, *, demo: bool = True) -> Iterator[Live]:
    """The product itself: its own application, its own database, its own demo of 24 days, or nothing at all yet."""
    port, clock = free_port(), Clock()
    settings = Settings(
        MERIDIAN_SECRET_KEY="0123456789abcdef0123456789abcdef",
        MERIDIAN_DATABASE_URL=f"sqlite:///{folder / 'live.db'}",
        PORT=port,
    )
    migrate.upgrade(settings.database_url)
    kit = replace(build_kit(settings, clock), demo=True)
    if demo:
        make_demo(kit, PASSWORD, days=24, people=60)
    kit = replace(kit, clock=lambda: clock() + _offset(kit))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_app(settings, kit)
    limiter.enabled = False  # every visitor of these tests comes from one address
    server = make_server("127.0.0.1", port, _whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Live(f"http://127.0.0.1:{port}", app, kit, build_provider(settings, kit), clock)
    finally:
        limiter.enabled = True
        server.shutdown()
        thread.join()
        server.server_close()
        kit.db.dispose()


def _whole(app: Flask) -> WSGIApplication:
    """Answers with what was read and closed before: the server leaves a file open when a browser hangs up on it."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()

    return answer


def _offset(kit: Kit) -> int:
    with kit.db.read() as conn:
        return stored.clock_offset(conn)
