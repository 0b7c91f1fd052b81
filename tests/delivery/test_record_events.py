"""Reports applied to real messages: once each, in any order, early or late."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.delivery_event import DeliveryEvent, Kind
from service.storage import consents, delivery_events, leads, runs, suppressions
from service.storage.database import Database
from service.storage.tables import delivery_event, message
from service.usecases.enroll import enter_by
from service.usecases.record_events import apply_waiting_events, record_events
from service.usecases.suppress_address import suppress_address
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock

HOUR = 3_600
STAMPED = ("deferred_at", "delivered_at", "bounced_at", "complained_at", "opened_at", "clicked_at")


@pytest.fixture
def here(db: Database, clock: Clock) -> Sun:
    return sun(db, clock)


class Mailed:
    """A lead in the sciatica series, to whom the welcome has gone."""

    def __init__(self, here: Sun, name: str, *, state: str = "accepted") -> None:
        self.here, self.kit = here, here.kit
        self.lead = here.lead(name, interest="sciatica")
        with self.kit.db.write() as conn:
            entered = enter_by(conn, self.kit, here.clinic, self.lead, "signup", self.kit.clock(), interest="sciatica")
        self.message = here.mail(self.lead, entered[0])
        self.ref = f"{self.message:032x}"
        if state != "accepted":
            with self.kit.db.write() as conn:
                conn.execute(
                    sa.update(message).where(message.c.id == self.message).values(state=state, accepted_at=None)
                )

    def row(self) -> Any:
        with self.kit.db.read() as conn:
            return conn.execute(sa.select(message).where(message.c.id == self.message)).one()

    def stamps(self) -> dict[str, int]:
        row = self.row()._mapping
        return {name: row[name] for name in STAMPED if row[name] is not None}

    def running(self) -> int:
        with self.kit.db.read() as conn:
            return len(runs.running(conn, lead_id=self.lead))

    def stops(self) -> set[tuple[bool, str]]:
        """(whole installation, reason)."""
        with self.kit.db.read() as conn:
            lead = leads.get(conn, self.lead)
            assert lead.email_key is not None
            rows = suppressions.standing(conn, self.here.clinic, lead.email_key)
            return {(row.clinic_id is None, row.reason) for row in rows}

    def reported(self, kind: Kind, number: int = 1, at: int = 0, **more: Any) -> DeliveryEvent:
        return DeliveryEvent("sendgrid", f"{self.ref}-{number}", kind, self.ref, self.kit.clock() + at, **more)


def test_each_kind_has_its_instant_and_the_same_post_again_changes_nothing(here: Sun) -> None:
    alice = Mailed(here, "Alice")
    now = here.kit.clock()
    post = [alice.reported(Kind.PROCESSED, 0), alice.reported(Kind.DELIVERED, 1, 5), alice.reported(Kind.OPENED, 2, 9)]
    assert record_events(here.kit, post) == 3
    assert alice.stamps() == {"delivered_at": now + 5, "opened_at": now + 9}
    assert record_events(here.kit, post) == 0
    assert record_events(here.kit, [alice.reported(Kind.DELIVERED, 1, -99)]) == 0
    assert alice.stamps() == {"delivered_at": now + 5, "opened_at": now + 9}
    assert alice.running() == 1


def test_no_order_of_reports_makes_a_difference(here: Sun) -> None:
    seen = set()
    for number, order in enumerate(itertools.permutations([0, 1, 2, 3])):
        lead = Mailed(here, f"Alice{number}")
        now = here.kit.clock()
        post = [
            lead.reported(Kind.DEFERRED, 0, 1),
            lead.reported(Kind.DEFERRED, 1, 2),
            lead.reported(Kind.DELIVERED, 2, 3),
            lead.reported(Kind.OPENED, 3, 4),
        ]
        for place in order:
            record_events(here.kit, [post[place]])
        seen.add(tuple(sorted((name, at - now) for name, at in lead.stamps().items())))
    assert seen == {(("deferred_at", 1), ("delivered_at", 3), ("opened_at", 4))}


@pytest.mark.parametrize("state", ["in_flight", "in_doubt", "planned"])
def test_a_report_settles_what_was_not_known_to_be_accepted(here: Sun, state: str) -> None:
    alice = Mailed(here, "Alice", state=state)
    record_events(here.kit, [alice.reported(Kind.PROCESSED)])
    row = alice.row()
    assert (row.state, row.accepted_at, row.settled_at) == ("accepted", here.kit.clock(), here.kit.clock())


def test_a_report_before_our_own_commit_waits_for_it(here: Sun, clock: Clock) -> None:
    alice = Mailed(here, "Alice")
    with here.kit.db.write() as conn:
        conn.execute(sa.update(message).where(message.c.id == alice.message).values(ref="not yet"))
    assert record_events(here.kit, [alice.reported(Kind.DELIVERED)]) == 1
    assert alice.stamps() == {}
    with here.kit.db.write() as conn:
        conn.execute(sa.update(message).where(message.c.id == alice.message).values(ref=alice.ref))
    clock.advance(minutes=1)
    assert apply_waiting_events(here.kit) == 1
    assert alice.stamps() == {"delivered_at": here.kit.clock() - 60}
    assert apply_waiting_events(here.kit) == 0


def test_a_report_on_nobody_s_message_is_closed_after_three_days_and_kept(here: Sun, clock: Clock) -> None:
    stranger = DeliveryEvent("sendgrid", "1", Kind.DELIVERED, "f" * 32, clock())
    record_events(here.kit, [stranger, DeliveryEvent("sendgrid", "2", Kind.UNKNOWN, None, clock(), {"event": "new"})])

    def waiting() -> list[str]:
        with here.kit.db.read() as conn:
            query = sa.select(delivery_event.c.external_id).where(delivery_event.c.applied_at.is_(None))
            return list(conn.execute(query).scalars())

    assert waiting() == ["1"]
    clock.advance(days=3, seconds=1)
    apply_waiting_events(here.kit)
    assert waiting() == []
    with here.kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(delivery_event)).scalar_one() == 2


def test_charlie_s_hard_bounce_ends_every_series_and_stops_the_installation(here: Sun) -> None:
    charlie = Mailed(here, "Charlie")
    record_events(here.kit, [charlie.reported(Kind.BOUNCED)])
    assert charlie.stops() == {(True, "hard-bounce")}
    assert charlie.running() == 0
    assert "bounced_at" in charlie.stamps()


def test_an_invalid_address_and_a_complaint_stop_the_installation(here: Sun) -> None:
    invalid, angry = Mailed(here, "Erin"), Mailed(here, "Frank")
    record_events(here.kit, [invalid.reported(Kind.BOUNCED, bad_address=True), angry.reported(Kind.COMPLAINED)])
    assert invalid.stops() == {(True, "invalid")}
    assert angry.stops() == {(True, "complaint")}
    assert invalid.running() == angry.running() == 0


def test_bob_s_unsubscribe_at_the_provider_is_his_unsubscribe_here(here: Sun) -> None:
    bob = Mailed(here, "Bob")
    post = [bob.reported(Kind.UNSUBSCRIBED, 1), bob.reported(Kind.UNSUBSCRIBED, 2)]
    record_events(here.kit, post)
    record_events(here.kit, [bob.reported(Kind.UNSUBSCRIBED, 3)])
    assert bob.stops() == {(False, "unsubscribed")}
    assert bob.running() == 0
    with here.kit.db.read() as conn:
        assert leads.get(conn, bob.lead).consent == "withdrawn"
        ledger = [(row.kind, row.how) for row in consents.of_lead(conn, bob.lead)]
    assert ledger == [("given", "form"), ("withdrawn", "provider")]


def test_what_says_nothing_of_the_address_ends_nothing(here: Sun) -> None:
    alice = Mailed(here, "Alice")
    soft = [
        alice.reported(Kind.BOUNCED, 1, soft=True),
        alice.reported(Kind.BLOCKED, 2, soft=True),
        alice.reported(Kind.DEFERRED, 3),
        alice.reported(Kind.RESUBSCRIBED, 4),
        alice.reported(Kind.UNKNOWN, 5),
    ]
    record_events(here.kit, soft)
    assert alice.stops() == set()
    assert alice.running() == 1


def test_a_late_bounce_without_our_ref_is_known_by_its_address(here: Sun, clock: Clock) -> None:
    charlie = Mailed(here, "Charlie")
    for number, address in enumerate(["Charlie@Example.org", "stranger@example.org", "", "no address"]):
        data = {"email": address}
        bounce = DeliveryEvent("sendgrid", str(number), Kind.BOUNCED, None, clock(), data, bad_address=True)
        record_events(here.kit, [bounce])
    assert charlie.stops() == {(True, "invalid")}
    assert charlie.running() == 0
    with here.kit.db.read() as conn:
        assert suppressions.standing(conn, here.clinic, "stranger@example.org") == []


def test_a_bounce_that_names_a_mail_stops_nobody_but_its_reader(here: Sun) -> None:
    alice, bob = Mailed(here, "Alice"), Mailed(here, "Bob")
    with here.kit.db.write() as conn:
        leads.change(conn, alice.lead, {"email": None, "email_key": None}, here.kit.clock())
    record_events(here.kit, [alice.reported(Kind.BOUNCED, data={"email": "bob@example.org"}, bad_address=True)])
    assert bob.stops() == set()
    assert bob.running() == 1


def test_a_thousand_reports_and_more_are_one_post(here: Sun, clock: Clock) -> None:
    many = [DeliveryEvent("sendgrid", str(number), Kind.OPENED, None, clock()) for number in range(2_300)]
    assert record_events(here.kit, many) == 2_300
    assert record_events(here.kit, many) == 0


def test_what_was_reported_of_a_message_can_be_read_back(here: Sun) -> None:
    alice = Mailed(here, "Alice")
    bounce = alice.reported(Kind.BOUNCED, data={"reason": "550 5.1.1"}, bad_address=True)
    record_events(here.kit, [bounce])
    with here.kit.db.read() as conn:
        assert delivery_events.of_message(conn, alice.message) == [bounce]


def test_an_address_is_suppressed_once(here: Sun, clock: Clock) -> None:
    alice = Mailed(here, "Alice")
    with here.kit.db.write() as conn:
        assert suppress_address(conn, "alice@example.org", "invalid", clock())
        assert not suppress_address(conn, "alice@example.org", "invalid", clock())
    assert alice.running() == 0
