"""Every page of the desk, found in the application itself: it opens, at a bounded price, and asks nobody else for
anything; with nothing in the clinic, and with the demo's weeks in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from service.domain.set_up import KEYS
from service.storage import campaigns, clinics
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.tables import (
    appointment,
    campaign,
    inbox,
    incoming_mail,
    lead,
    lead_import,
    letter,
    segment,
    source,
)
from service.usecases.imports.take_list import take_list
from service.usecases.kit import Kit
from service.usecases.make_demo import make_demo
from service.usecases.reports.sheets import REPORTS
from service.web.admin.desk import OPEN
from service.web.admin.settings import _loaders as settings_parts
from tests.support.clinic import BASE_URL, Sun, make_kit, sun
from tests.support.clock import NOW, Clock
from tests.support.desk_data import EMAIL, PASSWORD, a_user, app_of, sign_in
from tests.support.page_price import Files, faults_of

DAYS, PEOPLE, SEVERAL = 16, 40, 4
DEMO_EMAIL = "dana@sun.example"

# What of each page is looked at besides itself.
ASPECTS = {
    "desk.campaign": ("?tab=mails", "?tab=people"),
    "desk.leads": ("?stage=clicked", "?order=score", "?reached=booked", "?deed=asked"),
    "desk.inbox": ("?state=unreadable", "?state=processed"),
    "desk.reports": ("?span=all&compare=yes", "?span=7&compare=yes", "?span=month&compare=yes"),
}


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('pages') / 'fresh.db'}"
    upgrade(url)
    db = Database(url)
    yield db
    db.dispose()


def test_every_page_keeps_its_price_in_an_empty_clinic(fresh: Database, clock: Clock) -> None:
    house = sun(fresh, clock)
    a_user(house, EMAIL, "Dana Whitfield")
    assert walk(app_of(house), EMAIL, Things(house.kit, house.clinic)) == {}


def test_every_page_keeps_its_price_with_the_demos_weeks_behind_it(fresh: Database) -> None:
    demo = make_kit(fresh, lambda: NOW)
    make_demo(demo, PASSWORD, lambda *_: None, days=DAYS, people=PEOPLE)
    with demo.db.read() as conn:
        clinic_id = next(iter(clinics.everyone(conn)))
    take_list(demo, clinic_id, None, "people.csv", b"Email,First name\nnina@example.org,Nina\n")
    things = Things(demo, clinic_id)
    app = app_of(Sun(demo, clinic_id, {}))
    assert walk(app, DEMO_EMAIL, things) == {}
    lacking = {rule.endpoint for rule in pages_of(app) if not list(things.paths(rule))}
    assert lacking <= {"desk.mail"}, "a page that nothing in the demo opens: give it an example here"


def walk(app: Flask, email: str, things: Things) -> dict[str, list[str]]:
    """What is wrong, by page."""
    client = app.test_client()
    assert sign_in(client, email).status_code == 303
    files, found = Files(client, BASE_URL), {}
    for rule in pages_of(app):
        for path in things.paths(rule):
            visitor = app.test_client() if rule.endpoint in OPEN else client
            if faults := faults_of(visitor, path, files):
                found[f"{rule.endpoint}: {path}"] = faults
    return found


def pages_of(app: Flask) -> list[Rule]:
    elsewhere = {"desk.link", "desk.welcome", "desk.news"}  # each opened by tests of its own
    every = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    return [rule for rule in every if "GET" in (rule.methods or ()) and rule.endpoint not in elsewhere]


class Things:
    """What a clinic has, for the addresses that name something."""

    def __init__(self, kit: Kit, clinic_id: int) -> None:
        self._kit, self._clinic = kit, clinic_id

    def paths(self, rule: Rule) -> Iterator[str]:
        for given in self._given(rule.endpoint, frozenset(rule.arguments)):
            path = rule.build(given)[1]  # type: ignore[index]
            yield path
            yield from (path + aspect for aspect in ASPECTS.get(rule.endpoint, ()))

    def _given(self, endpoint: str, names: frozenset[str]) -> list[dict[str, object]]:
        if names == {"campaign_id", "mail"}:
            keys = self._some(campaign.c.key)[:2]
            return [{"campaign_id": key, "mail": mail} for key in keys for mail in self._mails(key)]
        if "table" in names:
            every = [(report, sheet) for report, (_label, sheets) in REPORTS.items() for sheet in sheets]
            return [{"report": report, "table": sheet.key, "column": sheet.bar} for report, sheet in every]
        if names == {"lead_id", "other_id"}:
            everyone = self._leads()
            return [{"lead_id": one, "other_id": other} for one, other in pairwise(everyone)][:SEVERAL]
        if not names:
            return [{}]
        assert len(names) == 1, f"{endpoint}: say here what {sorted(names)} may be"
        (name,) = names
        return [{name: value} for value in self._values(endpoint, name)]

    def _values(self, endpoint: str, name: str) -> Sequence[object]:
        fixed: dict[str, Sequence[object]] = {
            "report": list(REPORTS),
            "part": list(settings_parts),
            "step": [*KEYS, "end"],
            "how": ["went", "drop"],
        }
        if name in fixed:
            return fixed[name]
        if name == "token":
            return [self._kit.links.mint("hook-lead", at) for at in self._some(lead.c.id)[:1]]
        if name == "lead_id":
            return self._leads()
        columns: dict[str, sa.Column[Any]] = {
            "appointment_id": appointment.c.id,
            "campaign_id": campaign.c.key,
            "import_id": lead_import.c.id,
            "mail_id": incoming_mail.c.id,
            "post_id": inbox.c.id,
            "segment_id": segment.c.id,
            "source_id": source.c.id,
        }
        if name == "key":
            return self._some(campaign.c.key, campaign.c.id.in_(sa.select(letter.c.campaign_id)))
        assert name in columns, f"{endpoint}: say here what {name} may be"
        return self._some(columns[name])[:SEVERAL]

    def _some(self, column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> list[Any]:
        mine = column.table.c.clinic_id == self._clinic
        with self._kit.db.read() as conn:
            return list(conn.execute(sa.select(column).where(mine, *where).order_by(column)).scalars())

    def _leads(self) -> list[int]:
        """One of each source and consent."""
        with self._kit.db.read() as conn:
            query = sa.select(sa.func.max(lead.c.id)).where(lead.c.clinic_id == self._clinic)
            return list(conn.execute(query.group_by(lead.c.source_id, lead.c.consent)).scalars())

    def _mails(self, key: str) -> list[str]:
        with self._kit.db.read() as conn:
            row = campaigns.by_key(conn, self._clinic, key)
            assert row is not None
            return list(self._kit.library.version(conn, row.version_id).mails)
