"""What people write back reaches a person of the clinic, once; what machines write back ends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.retention import BODIES
from service.storage import incoming_mails, leads, runs, suppressions
from service.storage.database import Database
from service.storage.tables import answer, campaign_version, clinic, event, incoming_mail, task
from service.usecases.enroll import enter_by
from service.usecases.forget_old import forget_old
from service.usecases.library import Library
from service.usecases.read_incoming import MIME, read_waiting_mails
from service.usecases.take_mail import take_mail
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock
from tests.support.written_back import FORM, bounce, complaint, form, parsed, reply


@dataclass
class Desk:
    """Alice is in the sciatica series and has got a mail; `ref` is that mail's, `token` its link's."""

    house: Sun
    alice: int
    message: int

    @property
    def ref(self) -> str:
        return f"{self.message:032x}"

    @property
    def token(self) -> str:
        return self.house.kit.links.mint("message", self.message)

    def hears(self, raw: bytes, kind: str = MIME, name: str | None = None) -> Any:
        """Takes a mail and gives its row."""
        take_mail(self.house.kit, "mailbox", name or f"sha256:{hash(raw)}", kind, raw)
        with self.house.kit.db.read() as conn:
            return conn.execute(sa.select(incoming_mail).order_by(incoming_mail.c.id.desc()).limit(1)).one()

    def rows(self, table: sa.Table, *columns: str, lead: int | None = None) -> list[tuple[Any, ...]]:
        with self.house.kit.db.read() as conn:
            query = sa.select(*(table.c[name] for name in columns)).where(table.c.lead_id == (lead or self.alice))
            return [tuple(row) for row in conn.execute(query.order_by(table.c.id))]

    def bodies(self) -> list[bytes]:
        with self.house.kit.db.read() as conn:
            return list(conn.execute(sa.select(incoming_mail.c.body).order_by(incoming_mail.c.id)).scalars())

    def running(self) -> int:
        with self.house.kit.db.read() as conn:
            return len(runs.running(conn, lead_id=self.alice))

    def stops(self, lead: int | None = None) -> list[str]:
        with self.house.kit.db.read() as conn:
            row = leads.get(conn, lead or self.alice)
            return [each.reason for each in suppressions.standing(conn, row.clinic_id, row.email_key or "")]

    def kinds(self) -> list[str]:
        return [kind for (kind,) in self.rows(event, "kind")]


@pytest.fixture
def desk(db: Database, clock: Clock) -> Desk:
    house = sun(db, clock)
    alice = house.lead("Alice", interest="sciatica")
    with house.kit.db.write() as conn:
        (run,) = enter_by(conn, house.kit, house.clinic, alice, "signup", clock(), interest="sciatica")
    return Desk(house, alice, house.mail(alice, run))


def test_a_reply_waits_for_an_answer_and_ends_the_series(desk: Desk) -> None:
    row = desk.hears(reply("Do you take Aetna?\n\n> Hello", ref=desk.ref))
    assert (row.state, row.kind, row.lead_id, row.message_id) == ("processed", "reply", desk.alice, desk.message)
    assert desk.rows(task, "kind", "text", "done_at") == [("answer", "Do you take Aetna?", None)]
    assert desk.rows(answer, "question", "text") == [("Reply to a mail", "Do you take Aetna?")]
    assert desk.running() == 0
    assert "replied" in desk.kinds()
    assert desk.stops() == []


def test_its_words_stand_nowhere_but_with_the_answers_and_the_task(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.hears(reply("My knee is sore", ref=desk.ref))
    assert "knee" not in str(desk.rows(event, "data"))
    told = capsys.readouterr()
    assert "knee" not in told.out + told.err


def test_the_same_mail_again_asks_nobody_twice(desk: Desk) -> None:
    raw = reply(ref=desk.ref)
    for _ in range(2):
        desk.hears(raw)
    assert len(desk.rows(task, "id")) == 1
    assert desk.kinds().count("replied") == 1


def test_where_the_campaign_says_so_the_series_goes_on(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        for version in conn.execute(sa.select(campaign_version.c.id, campaign_version.c.source)).all():
            changed = version.source.replace("\nsteps:", "\nreply: stay\nsteps:", 1)
            conn.execute(sa.update(campaign_version).where(campaign_version.c.id == version.id).values(source=changed))
    desk.house.kit = replace(desk.house.kit, library=Library())
    desk.hears(reply(ref=desk.ref))
    assert desk.running() == 1
    assert len(desk.rows(task, "id")) == 1


def test_an_automatic_answer_is_kept_and_ends_nothing(desk: Desk) -> None:
    row = desk.hears(reply("I am away until May", subject="Out of office", ref=desk.ref, Auto_Submitted="auto-replied"))
    assert (row.kind, row.lead_id) == ("automatic", desk.alice)
    assert desk.running() == 1
    assert desk.rows(task, "id") == []
    assert desk.rows(answer, "id") == []
    assert desk.kinds()[-1] == "auto-replied"


def test_a_reply_to_an_address_of_its_own_is_known_by_its_token(desk: Desk) -> None:
    raw = form(parsed(sender="Her husband <bert@else.example>", to=f"reply+{desk.token}@in.sun.example"))
    row = desk.hears(raw, FORM)
    assert (row.kind, row.lead_id, row.message_id) == ("reply", desk.alice, desk.message)


def test_a_reply_that_names_no_mail_is_known_by_its_sender(desk: Desk) -> None:
    row = desk.hears(reply(sender="ALICE@example.org"))
    assert (row.lead_id, row.message_id) == (desk.alice, None)
    assert desk.running() == 0


def test_what_nobody_can_be_found_for_is_shown_and_touches_nobody(desk: Desk) -> None:
    row = desk.hears(reply(sender="stranger@else.example"))
    assert (row.state, row.kind, row.lead_id, row.clinic_id) == ("processed", "reply", None, desk.house.clinic)
    with desk.house.kit.db.read() as conn:
        assert [each.id for each in incoming_mails.to_look_after(conn, desk.house.clinic)] == [row.id]
    with desk.house.kit.db.write() as conn:
        incoming_mails.see(conn, row.id, 1)
        assert incoming_mails.count_to_look_after(conn, desk.house.clinic) == 0
    assert desk.running() == 1


def test_of_two_clinics_the_one_that_was_written_to_counts(desk: Desk, clock: Clock) -> None:
    with desk.house.kit.db.write() as conn:
        first = conn.execute(sa.select(clinic)).mappings().one()
        other = {**first, "id": first["id"] + 1, "slug": "moon", "from_email": "hi@moon.example"}
        conn.execute(sa.insert(clinic).values({**other, "reply_to": "hi@moon.example", "created_at": clock() - 9}))
    moon = replace(desk.house, clinic=first["id"] + 1)
    there = moon.lead("Alice")
    assert desk.hears(reply(to="Hi@Moon.example")).lead_id == there
    assert desk.hears(reply("Hm", to="hello@sun.example")).lead_id == desk.alice
    unknown = desk.hears(reply("To whom?", to="who@else.example"))
    assert (unknown.lead_id, unknown.clinic_id) == (None, moon.clinic)


def test_what_cannot_be_read_is_kept_whole_and_shown(desk: Desk) -> None:
    row = desk.hears(b"no mail at all", MIME)
    assert (row.state, row.body, row.clinic_id) == ("unreadable", b"no mail at all", desk.house.clinic)
    assert "headers of a mail" in row.reason
    with desk.house.kit.db.write() as conn:
        assert incoming_mails.count_to_look_after(conn, desk.house.clinic) == 1
        assert incoming_mails.reopen(conn, row.id)
    assert read_waiting_mails(desk.house.kit) == 1


def test_an_unsubscribe_by_mail_holds_at_once_and_twice_is_once(desk: Desk) -> None:
    for number in range(2):
        raw = reply(f"{number}", subject=f"unsubscribe {desk.token}", sender="whoever@else.example")
        assert desk.hears(raw).kind == "stop"
    assert desk.stops() == ["unsubscribed"]
    assert desk.running() == 0
    assert desk.kinds().count("unsubscribed") == 1
    assert desk.rows(task, "id") == []


def test_a_forged_token_stops_nobody(desk: Desk) -> None:
    row = desk.hears(reply(subject=f"unsubscribe {'A' * 22}", sender="stranger@else.example"))
    assert row.lead_id is None
    assert desk.stops() == []


def test_a_bare_stop_is_an_unsubscribe(desk: Desk) -> None:
    assert desk.hears(reply("STOP", ref=desk.ref)).kind == "stop"
    assert desk.stops() == ["unsubscribed"]


def test_a_bounce_that_comes_as_mail_stops_the_address(desk: Desk) -> None:
    row = desk.hears(bounce(desk.ref))
    assert (row.kind, row.lead_id) == ("report", desk.alice)
    assert desk.stops() == ["invalid"]
    assert desk.running() == 0


def test_a_complaint_that_comes_as_mail_stops_the_address(desk: Desk) -> None:
    desk.hears(complaint(desk.ref))
    assert desk.stops() == ["complaint"]


def test_a_forged_bounce_stops_no_stranger(desk: Desk) -> None:
    bob = desk.house.lead("Bob")
    desk.hears(bounce(None, recipient="bob@example.org"))
    desk.hears(bounce("f" * 32, recipient="bob@example.org"))
    assert desk.stops(bob) == []
    desk.hears(bounce(desk.ref, recipient="bob@example.org"))
    assert desk.stops(bob) == []
    assert desk.stops() == ["invalid"]


def test_what_a_crash_left_unread_is_read_by_the_job(desk: Desk, clock: Clock) -> None:
    with desk.house.kit.db.write() as conn:
        raw = reply(ref=desk.ref)
        incoming_mails.add(conn, channel="mailbox", external_id="x", content_type=MIME, body=raw, now=clock())
    assert read_waiting_mails(desk.house.kit) == 1
    assert read_waiting_mails(desk.house.kit) == 0
    assert len(desk.rows(task, "id")) == 1


def test_what_was_written_is_forgotten_in_time_and_the_same_mail_still_known(desk: Desk, clock: Clock) -> None:
    raw, odd = reply(ref=desk.ref), b"no mail at all"
    desk.hears(raw)
    desk.hears(odd)
    clock.advance(seconds=BODIES)
    forget_old(desk.house.kit)
    assert desk.bodies() == [raw, odd]
    clock.advance(seconds=1)
    forget_old(desk.house.kit)
    assert desk.bodies() == [b"", odd]
    desk.hears(raw)
    assert len(desk.rows(task, "id")) == 1
