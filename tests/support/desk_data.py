"""A clinic's desk with a few true weeks behind it: made by the use cases, on a clock that a test moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.assembly import build_provider
from service.domain.timing import DAY, HOUR
from service.settings import Settings
from service.storage import clinics, events, inbox, suppressions, users
from service.storage.database import Database
from service.usecases.advance import advance
from service.usecases.book_visit import Booked, book_visit
from service.usecases.create_owner import new_secret
from service.usecases.enroll import enter_by
from service.usecases.leave import leave_all
from service.usecases.open_slots import diary
from service.usecases.passwords import hash_password
from service.usecases.read_post import read_post
from service.usecases.unsubscribe import unsubscribe
from service.web import demo
from service.web import kit as web_kit
from service.web.limits import limiter
from tests.support.cast import outbox_provider
from tests.support.clinic import Sun, make_kit, sun
from tests.support.clock import Clock
from tests.support.snapshot import Snapshot, back_up, lay_down

EMAIL, PASSWORD = "dana@sun.example", "a few words do well"
HASH = hash_password(PASSWORD)
WEEKS = 2
_APPS: list[tuple[Flask, dict[str, Any]]] = []
_LIVED: dict[int, tuple[Snapshot, Lived]] = {}


@dataclass(frozen=True)
class Lived:
    """What a desk knows of the weeks before, by name."""

    clinic: int
    staff: dict[str, int]
    people: dict[str, int]
    post: int
    visit: int
    owner: int


@dataclass
class Desk:
    """Dana sits at it. Alice reads, Bob asked us to stop, Charlie's address is dead, Maria opened the booking page
    three times, Erik has a visit; one post could not be read."""

    house: Sun
    clock: Clock
    app: Flask
    client: FlaskClient
    people: dict[str, int] = field(default_factory=dict)
    post: int = 0
    visit: int = 0
    owner: int = 0

    @property
    def clinic(self) -> int:
        return self.house.clinic

    def get(self, path: str) -> str:
        answer = self._comes_back(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.get_data(as_text=True)

    def _comes_back(self, path: str) -> TestResponse:
        """Whoever comes back after days signs in again."""
        answer = self.client.get(path)
        if answer.status_code != 303 or not answer.headers["Location"].startswith("/desk/sign-in"):
            return answer
        sign_in(self.client)
        return self.client.get(path)

    def post_form(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def token(self) -> str:
        page = self._comes_back("/desk/password").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return found[1] if found else ""

    def campaign(self, key: str = "sciatica-consultation") -> int:
        from service.storage import campaigns

        with self.house.kit.db.read() as conn:
            row = campaigns.by_key(conn, self.clinic, key)
        assert row is not None
        return row.id

    def tick(self) -> None:
        advance(self.house.kit, outbox_provider(self.house.kit.db))


def app_of(house: Sun) -> Flask:
    """One application a process, at the house's kit: to put it together takes longer than most tests."""
    limiter.reset() if limiter._storage is not None else None
    settings = Settings.model_validate({"MERIDIAN_SECRET_KEY": "only for tests: " * 4})
    if not _APPS:
        made = create_app(settings, house.kit)
        made.config.update(TESTING=True)
        _APPS.append((made, dict(made.config)))
    app, config = _APPS[0]
    app.config.clear()
    app.config.update(config)
    app.extensions[web_kit.KEY] = house.kit
    app.extensions[demo.PROVIDER] = build_provider(settings, house.kit)
    return app


def sign_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk/sign-in").get_data(as_text=True))
    token = found[1] if found else ""
    return client.post("/desk/sign-in", data={"csrf_token": token, "email": email, "password": password})


def a_desk(db: Database, clock: Clock) -> Desk:
    """The weeks before the clock's present instant have been lived through, by the first test that wants them."""
    if clock.at not in _LIVED:
        desk = _live(db, clock)
        house = desk.house
        lived = Lived(house.clinic, house.staff, desk.people, desk.post, desk.visit, desk.owner)
        _LIVED[clock.at] = (back_up(db), lived)
    else:
        kept, lived = _LIVED[clock.at]
        lay_down(db, kept)
        house = Sun(make_kit(db, clock), lived.clinic, dict(lived.staff))
        app = app_of(house)
        desk = Desk(house, clock, app, app.test_client(), dict(lived.people), lived.post, lived.visit, lived.owner)
    sign_in(desk.client)
    return desk


def _live(db: Database, clock: Clock) -> Desk:
    """The clock stands in the end where it stood."""
    present = clock.at
    clock.at = present - WEEKS * 7 * DAY
    house = sun(db, clock)
    app = app_of(house)
    desk = Desk(house, clock, app, app.test_client())
    desk.owner = a_user(house, EMAIL, "Dana Whitfield")
    for name in ("Alice", "Bob", "Charlie", "Maria", "Erik"):
        desk.people[name] = house.lead(name, interest="sciatica")
        _signs_up(desk, desk.people[name])
    desk.people["Nadia"] = house.lead("Nadia", consent=False)
    for day in range(WEEKS * 7):
        clock.at = present - (WEEKS * 7 - day) * DAY + HOUR
        desk.tick()
        _lives(desk, day)
    clock.at = present
    return desk


def a_user(house: Sun, email: str, name: str, clinic_id: int | None = None, role: str = "owner") -> int:
    with house.kit.db.write() as conn:
        return users.add(
            conn,
            clinic_id or house.clinic,
            email=email,
            name=name,
            password_hash=HASH,
            role=role,
            now=house.kit.clock(),
        )


def another_clinic(house: Sun) -> int:
    with house.kit.db.write() as conn:
        row = clinics.get(conn, house.clinic)
        values = {name: getattr(row, name) for name in ("address", "city", "phone", "website", "zone", "from_name")}
        return clinics.add(
            conn,
            {
                **values,
                "slug": "moon",
                "name": "Moon",
                "from_email": "hi@moon.example",
                "reply_to": "hi@moon.example",
                "created_at": house.kit.clock(),
            },
        )


def _signs_up(desk: Desk, lead_id: int) -> None:
    kit, now = desk.house.kit, desk.clock()
    with kit.db.write() as conn:
        events.add(
            conn,
            clinic_id=desk.clinic,
            lead_id=lead_id,
            at=now,
            kind="signed-up",
            data={"source": "Website", "consent": True},
        )
        enter_by(conn, kit, desk.clinic, lead_id, "signup", now, interest="sciatica")


def _lives(desk: Desk, day: int) -> None:
    kit, now = desk.house.kit, desk.clock()
    if day == 4:
        unsubscribe(kit, desk.people["Bob"])
    if day == 5:
        with kit.db.write() as conn:
            suppressions.suppress(conn, None, "charlie@example.org", "hard-bounce", now)
            leave_all(conn, desk.people["Charlie"], "hard-bounce", now, marketing_only=False)
    if day in (9, 11, 13):
        with kit.db.write() as conn:
            events.add(
                conn,
                clinic_id=desk.clinic,
                lead_id=desk.people["Maria"],
                at=now,
                kind="clicked",
                link="book",
                counts_at=now + 300,
            )
    if day == 12:
        _books(desk, desk.people["Erik"])
        desk.post = _unreadable(desk)


def _books(desk: Desk, lead_id: int) -> None:
    kit = desk.house.kit
    with kit.db.read() as conn:
        found = diary(conn, clinics.get(conn, desk.clinic), kit.clock())
    assert found is not None
    slot = next(each for each in found.slots(kit.clock()) if each.starts_at > kit.clock() + 4 * DAY)
    made = book_visit(kit, lead_id, slot.starts_at)
    assert isinstance(made, Booked)
    desk.visit = made.appointment.id


def _unreadable(desk: Desk) -> int:
    from service.usecases.add_source import add_source

    kit, now = desk.house.kit, desk.clock()
    with kit.db.write() as conn:
        source = add_source(
            conn, clinic_id=desk.clinic, vendor="standard", name="Website", now=now, key="website", secret=new_secret()
        )
        post_id = inbox.add(
            conn,
            clinic_id=desk.clinic,
            source_id=source.id,
            external_id="1",
            now=now,
            content_type="application/json",
            body=b'{"type": "consultation.requested", "data": {"first_name": "<b>Ida</b>"}}',
            meta={},
            state="waiting",
        )
    assert post_id is not None
    assert read_post(kit, post_id) is None
    return post_id
