"""The pages as a browser without scripts gets them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from werkzeug.test import TestResponse

from service.storage.database import Database
from service.usecases.enroll import enter_by
from service.web import public
from tests.support.clinic import ROOT, Sun, sun
from tests.support.clock import Clock

PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"


@dataclass
class Visitor:
    """A person with a mail in hand: `token` is of that mail."""

    house: Sun
    client: FlaskClient
    lead: int
    message: int
    token: str

    def get(self, path: str, agent: str = PERSON) -> TestResponse:
        return self.client.get(path, headers={"User-Agent": agent})

    def press(self, path: str, **fields: str | list[str]) -> TestResponse:
        """Opens the page and posts its form, with its hidden fields, as a browser does."""
        shown = self.get(path).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        hidden = {"csrf_token": found[1]} if found else {}
        action = re.search(r'<form method="post" action="([^"]+)"', shown)
        target = action[1] if action else path
        return self.client.post(target, data=hidden | fields, headers={"User-Agent": PERSON})


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    return sun(db, clock)


@pytest.fixture
def app(house: Sun) -> Flask:
    app = Flask("meridian", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="only for tests", TESTING=True)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["meridian"] = house.kit
    app.jinja_env.globals["static_url"] = "/static/{}".format
    public.prepare(app, CSRFProtect(app))
    app.register_blueprint(public.blueprint)
    return app


@pytest.fixture
def alice(house: Sun, app: Flask, clock: Clock) -> Visitor:
    """Alice signed up yesterday, has consented, and holds the second mail of her series."""
    lead = house.lead("Alice", interest="sciatica")
    with house.kit.db.write() as conn:
        (run,) = enter_by(conn, house.kit, house.clinic, lead, "signup", clock(), interest="sciatica")
    clock.advance(days=1)
    message = house.mail(lead, run, "causes")
    return Visitor(house, app.test_client(), lead, message, house.kit.links.mint("message", message))


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@dataclass
class Page:
    """What a page holds, by tag."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(response: TestResponse) -> Page:
    seen = _Seen()
    seen.feed(response.get_data(as_text=True))
    return Page(seen.tags)
