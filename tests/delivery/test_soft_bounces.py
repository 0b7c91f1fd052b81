"""Soft bounces: five in a row let an address rest, in whatever order they are told of, and a delivery ends the row."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from service.domain.delivery_event import DeliveryEvent, Kind
from service.storage import clinics, leads, runs, suppressions
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.enroll import enter_by
from service.usecases.record_events import record_events
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock

Told = tuple[int, str, int]  # (which mail, what of it, when)


@pytest.fixture
def here(db: Database, clock: Clock) -> Sun:
    return sun(db, clock)


class Reader:
    """A lead in the sciatica series who has been sent some mails."""

    def __init__(self, here: Sun, name: str, mails: int) -> None:
        self.here, self.kit = here, here.kit
        self.lead = here.lead(name, interest="sciatica")
        with self.kit.db.write() as conn:
            (run,) = enter_by(conn, self.kit, here.clinic, self.lead, "signup", self.kit.clock(), interest="sciatica")
        self.mails = [here.mail(self.lead, run, f"mail-{number}") for number in range(mails)]

    def told(self, each: Told) -> DeliveryEvent:
        number, what, at = each
        ref, moment = f"{self.mails[number]:032x}", self.kit.clock() - 1_000 + at
        named = (f"{ref}-{what}-{at}", Kind.DELIVERED if what == "delivered" else Kind.BOUNCED, ref, moment)
        soft = what != "delivered"
        return DeliveryEvent("sendgrid", *named, soft=soft, counted=what == "soft")

    def hear(self, told: Sequence[Told]) -> None:
        record_events(self.kit, [self.told(each) for each in told])

    def standing(self) -> tuple[list[tuple[bool, str]], int, list[tuple[int | None, int | None]]]:
        """(whole installation, reason) of the suppressions, the running series, the stamps of each mail."""
        with self.kit.db.read() as conn:
            row = leads.get(conn, self.lead)
            stops = suppressions.standing(conn, row.clinic_id, row.email_key or "")
            running = len(runs.running(conn, lead_id=self.lead))
            columns = (message.c.delivered_at, message.c.soft_bounced_at)
            stamps = conn.execute(sa.select(*columns).where(message.c.lead_id == self.lead).order_by(message.c.id))
            return [(stop.clinic_id is None, stop.reason) for stop in stops], running, [tuple(each) for each in stamps]

    def rests(self) -> bool:
        stops, running, _ = self.standing()
        assert (stops == [(False, "soft-bounces")]) == (running == 0)
        return running == 0


def softly(*numbers: int) -> list[Told]:
    return [(number, "soft", 10 * number) for number in numbers]


def test_the_fifth_in_a_row_lets_the_address_rest_at_this_clinic(here: Sun) -> None:
    reader = Reader(here, "Alice", 5)
    reader.hear(softly(0, 1, 2, 3))
    reader.hear(softly(0, 1, 2, 3))
    assert not reader.rests()
    reader.hear(softly(4))
    assert reader.rests()


def test_a_delivered_mail_ends_the_row(here: Sun) -> None:
    reader = Reader(here, "Alice", 9)
    reader.hear([*softly(0, 1, 2, 3), (4, "delivered", 40), *softly(5, 6, 7, 8)])
    assert not reader.rests()


def test_a_mail_that_came_back_after_all_was_not_delivered(here: Sun) -> None:
    reader = Reader(here, "Alice", 5)
    reader.hear([told for number in range(5) for told in ((number, "delivered", 10 * number - 5), *softly(number))])
    assert reader.rests()


def test_a_delivery_told_of_late_wakes_the_address_and_its_series(here: Sun) -> None:
    reader = Reader(here, "Alice", 6)
    reader.hear(softly(0, 1, 3, 4, 5))
    assert reader.rests()
    reader.hear([(2, "delivered", 20)])
    assert not reader.rests()


def test_what_says_nothing_of_the_address_neither_counts_nor_ends_the_row(here: Sun) -> None:
    reader = Reader(here, "Alice", 9)
    reader.hear([(number, "content", 10 * number) for number in range(9)])
    assert not reader.rests()
    reader.hear([*softly(0, 1, 2, 3, 8)])
    assert reader.rests()


def test_a_clinic_says_how_many(here: Sun) -> None:
    with here.kit.db.write() as conn:
        clinics.change(conn, here.clinic, {"soft_bounces": 2})
    reader = Reader(here, "Alice", 2)
    reader.hear(softly(0, 1))
    assert reader.rests()


def test_one_person_s_bounces_are_nobody_else_s(here: Sun) -> None:
    alice, dana = Reader(here, "Alice", 4), Reader(here, "Dana", 4)
    record_events(here.kit, [who.told(each) for who in (alice, dana) for each in softly(0, 1, 2, 3)])
    assert not alice.rests()
    assert not dana.rests()


def _lives(chance: random.Random) -> list[Told]:
    """Nine mails, each with what became of it, at its hour."""
    told: list[Told] = []
    for number in range(9):
        fate = chance.choice(["soft", "soft", "soft", "delivered", "content", "back", "nothing"])
        if fate == "back":
            told += [(number, "delivered", 10 * number), (number, "soft", 10 * number + chance.randrange(25))]
        elif fate != "nothing":
            told.append((number, fate, 10 * number))
    return told


def test_no_order_and_no_repetition_makes_a_difference(here: Sun, long: bool) -> None:
    chance = random.Random(20261124)
    rested = 0
    for life in range(200 if long else 12):
        told = _lives(chance)
        in_order, shuffled = Reader(here, f"A{life}", 9), Reader(here, f"B{life}", 9)
        in_order.hear(sorted(told, key=lambda each: each[2]))
        mixed = told + chance.sample(told, len(told) // 2)
        chance.shuffle(mixed)
        while mixed:
            cut = chance.randint(1, len(mixed))
            shuffled.hear(mixed[:cut])
            mixed = mixed[cut:]
        assert shuffled.standing() == in_order.standing(), told
        rested += in_order.rests()
    assert rested > 0
