"""Sun Acupuncture with the demo's sources, and ways to post to them as their vendors do."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.storage.database import Database
from service.storage.sources import SourceRow
from service.usecases.add_source import add_source
from service.usecases.take_post import Came, take_form, take_post
from tests.support.clinic import ROOT, Sun, sun
from tests.support.clock import Clock

STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TYPEFORM_SECRET = "test-secret-not-real"
WORDING, VERSION = "Send me the email series as well\nAbout eight short emails.", "letters-3"


def sign(raw: bytes, at: int, post_id: str = "msg_1", secret: str = STANDARD_SECRET) -> dict[str, str]:
    """The headers of Standard Webhooks, keyed in lower case."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{post_id}.{at}.".encode() + raw, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": post_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def sign_typeform(raw: bytes, secret: str = TYPEFORM_SECRET) -> dict[str, str]:
    digest = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    return {"content-type": "application/json", "typeform-signature": f"sha256={digest}"}


def body(email: str | None = "alice@example.org", **data: Any) -> bytes:
    told = {"email": email, "consent": True, **data}
    return json.dumps({"type": "consultation.requested", "data": told}).encode()


@dataclass
class House:
    sun: Sun
    clock: Clock
    standard: SourceRow
    typeform: SourceRow
    form: SourceRow
    posts: int = 0

    @property
    def kit(self):  # type: ignore[no-untyped-def]
        return self.sun.kit

    def post(self, email: str | None = "alice@example.org", *, post_id: str | None = None, **data: Any) -> int | None:
        """A signed post to demo-standard, under an id of its own."""
        self.posts += 1
        raw = body(email, **data)
        headers = sign(raw, self.clock(), post_id or f"msg_{self.posts}")
        return take_post(self.kit, "demo-standard", raw, headers, Came())

    def fill_in(self, email: str = "alice@example.org", *, consent: bool = True, **fields: str) -> int:
        """The hosted form, sent from a page of its own."""
        from urllib.parse import urlencode

        self.posts += 1
        typed = {"email": email, "first_name": "Alice", "t": str(self.posts), **fields}
        if consent:
            typed["consent"] = VERSION
        raw = urlencode(typed).encode()
        came = Came(ip="203.0.113.9", page="https://sun.example/join/sun-acupuncture")
        return take_form(self.kit, self.form, raw, {"content-type": "application/x-www-form-urlencoded"}, came)

    def rows(self, table: str, order: str = "id") -> list[Any]:
        with self.kit.db.read() as conn:
            return list(conn.execute(sa.text(f"SELECT * FROM {table} ORDER BY {order}")))

    def one(self, table: str) -> Any:
        (row,) = self.rows(table)
        return row

    def entered(self, email_key: str = "alice@example.org") -> list[str]:
        """The keys of the campaigns the lead is in now, in the order of entering."""
        query = (
            "SELECT c.key FROM enrollment e JOIN campaign c ON c.id = e.campaign_id JOIN lead l ON l.id = e.lead_id "
            "WHERE l.email_key = :key AND e.state IN (1, 2) ORDER BY e.id"
        )
        with self.kit.db.read() as conn:
            return list(conn.execute(sa.text(query), {"key": email_key}).scalars())

    def kinds(self, table: str = "event") -> list[str]:
        return [row.kind for row in self.rows(table)]


@pytest.fixture
def house(db: Database, clock: Clock) -> House:
    made = sun(db, clock)
    shared = {"clinic_id": made.clinic, "wording": WORDING, "version": VERSION, "now": clock()}
    with db.write() as conn:
        standard = add_source(
            conn, vendor="standard", key="demo-standard", name="Website", secret=STANDARD_SECRET, **shared
        )
        typeform = add_source(
            conn, vendor="typeform", key="demo-typeform", name="Typeform", secret=TYPEFORM_SECRET, **shared
        )
        form = add_source(conn, vendor="hosted", name="Our form", **shared)
    return House(made, clock, standard, typeform, form)


@pytest.fixture
def web(house: House) -> FlaskClient:
    """The doors for sign-ups behind the same guards as in the whole application."""
    from flask import Flask
    from flask_wtf.csrf import CSRFProtect

    from service.web import hooks, public
    from service.web.kit import KEY
    from service.web.limits import limiter

    app = Flask("meridian", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="only for tests", TESTING=True)
    app.extensions[KEY] = house.kit
    app.jinja_env.globals["static_url"] = lambda name: f"/static/{name}"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    csrf.exempt(hooks.blueprint)
    public.prepare(app, csrf)
    for part in (hooks, public):
        app.register_blueprint(part.blueprint)
    with app.app_context():
        limiter.reset()
    return app.test_client()
