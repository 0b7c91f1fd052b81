"""What is no longer needed is let go of: in time, not before, and whatever kills the worker on the way."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.retention import BODIES, REFUSALS, REPORTS, UNANSWERED, UNCONFIRMED
from service.storage import answers, consents, ids, inbox, leads, sources, tasks
from service.storage.database import Database
from service.storage.tables import delivery_event, event, refusal
from service.usecases import forget_old as forgetter
from service.usecases.add_source import add_source
from service.usecases.confirm_address import Confirmation, confirm_address, confirmation
from service.usecases.forget_old import forget_old
from service.usecases.take_post import Came
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    made = sun(db, clock)
    with db.write() as conn:
        add_source(conn, clinic_id=made.clinic, vendor="hosted", name="Our form", now=clock(), key="ours")
    return made


def asks(house: Sun, text: str = "Do you have parking?", **more: str) -> int:
    """Rosa asks for the series by our form, and is asked to confirm."""
    from urllib.parse import urlencode

    from service.usecases.take_post import take_form

    with house.kit.db.read() as conn:
        source = sources.by_key(conn, "ours")
    assert source is not None
    said = {"email": "rosa@example.org", "first_name": "Rosa", "phone": "(952) 555-0177", "message": text}
    raw = urlencode({**said, "consent": source.consent_version, "t": str(ids.new()), **more}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    post_id = take_form(house.kit, source, raw, headers, Came(ip="192.0.2.7", page="https://sun.example/sciatica"))
    with house.kit.db.read() as conn:
        lead_id = inbox.get(conn, post_id).lead_id
    assert lead_id is not None
    return lead_id


def answered(house: Sun, lead_id: int, user_id: int) -> None:
    with house.kit.db.write() as conn:
        for task in tasks.of_lead(conn, lead_id):
            tasks.finish(conn, house.clinic, task.id, user_id, house.kit.clock())


@pytest.fixture
def dana(house: Sun) -> int:
    from tests.support.desk_data import a_user

    return a_user(house, "dana@sun.example", "Dana")


def everything(house: Sun) -> str:
    """All that the database holds, in one text."""
    from service.storage.tables import metadata

    with house.kit.db.read() as conn:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in conn.execute(sa.select(table)))


def test_a_request_that_nobody_confirmed_is_forgotten_after_seven_days_and_not_before(
    house: Sun, clock: Clock, dana: int
) -> None:
    lead_id = asks(house)
    answered(house, lead_id, dana)
    clock.advance(seconds=UNCONFIRMED)
    forget_old(house.kit)
    assert "rosa@example.org" in everything(house), "the button still works"
    clock.advance(seconds=1)
    assert forget_old(house.kit) == 1
    left = everything(house)
    for word in ("rosa", "Rosa", "parking", "555-0177", "5550177", "192.0.2.7", "sun.example/sciatica"):
        assert word not in left, word
    with house.kit.db.read() as conn:
        lead = leads.get(conn, lead_id)
        assert confirmation(conn, lead, clock())[0] is Confirmation.OVER
        assert consents.last(conn, lead_id, "asked") is not None
        assert answers.of_lead(conn, lead_id) == []
        assert tasks.of_lead(conn, lead_id) == []
        told = conn.execute(sa.select(event.c.kind).where(event.c.lead_id == lead_id)).scalars().all()
    assert "forgotten" in told
    assert confirm_address(house.kit, lead_id) is Confirmation.OVER


def test_forgetting_twice_changes_nothing_and_the_person_may_come_again(house: Sun, clock: Clock, dana: int) -> None:
    first = asks(house)
    answered(house, first, dana)
    clock.advance(seconds=UNCONFIRMED + 1)
    forget_old(house.kit)
    before = everything(house)
    assert forget_old(house.kit) == 0
    assert everything(house) == before
    assert asks(house) != first


def test_whom_somebody_owes_an_answer_is_kept_thirty_days_at_most(house: Sun, clock: Clock) -> None:
    lead_id = asks(house)
    clock.advance(seconds=UNCONFIRMED + 1)
    assert forget_old(house.kit) == 0
    clock.advance(seconds=UNANSWERED - UNCONFIRMED)
    assert forget_old(house.kit) == 1
    with house.kit.db.read() as conn:
        assert leads.get(conn, lead_id).email is None


def test_the_last_asking_counts(house: Sun, clock: Clock, dana: int) -> None:
    lead_id = asks(house)
    clock.advance(seconds=UNCONFIRMED + 1)
    asks(house, "And how long does it take?")
    answered(house, lead_id, dana)
    assert forget_old(house.kit) == 0


def test_whoever_confirmed_or_agreed_before_is_kept(house: Sun, clock: Clock, dana: int) -> None:
    confirmed, earlier = asks(house), house.lead("Alice")
    confirm_address(house.kit, confirmed)
    with house.kit.db.write() as conn:
        for kind in ("withdrawn", "asked"):
            consents.record(
                conn, clinic_id=house.clinic, lead_id=earlier, kind=kind, wording="", version="", how="x", at=clock()
            )
    answered(house, confirmed, dana)
    clock.advance(days=400)
    with house.kit.db.write() as conn:
        assert leads.get(conn, earlier).consent == "pending"
    forget_old(house.kit)
    with house.kit.db.read() as conn:
        assert [leads.get(conn, each).email for each in (confirmed, earlier)] == [
            "rosa@example.org",
            "alice@example.org",
        ]


def bodies(house: Sun) -> dict[str, bytes]:
    with house.kit.db.read() as conn:
        return {row.state: row.body for row in inbox.of_clinic(conn, house.clinic)}


def test_bodies_of_posts_are_forgotten_after_half_a_year_but_never_one_that_waits(house: Sun, clock: Clock) -> None:
    with house.kit.db.write() as conn:
        source = sources.by_key(conn, "ours")
        assert source is not None
        for state in ("processed", "refused", "unreadable", "waiting"):
            inbox.add(conn, clinic_id=house.clinic, source_id=source.id, external_id=state, now=clock(), body=b"x",
                      content_type="", meta={"ip": "192.0.2.7"}, state=state)  # fmt: skip
    clock.advance(seconds=BODIES)
    assert forget_old(house.kit) == 0
    clock.advance(seconds=1)
    assert forget_old(house.kit) == 2
    assert bodies(house) == {"processed": b"", "refused": b"", "unreadable": b"x", "waiting": b"x"}
    assert forget_old(house.kit) == 0


def reports(house: Sun, number: int, applied_at: int | None) -> None:
    with house.kit.db.write() as conn:
        rows = [
            {"id": one, "provider": "sendgrid", "external_id": str(one), "kind": "delivered", "at": 0, "received_at": 0,
             "applied_at": applied_at, "data": {}}
            for one in ids.take(number)
        ]  # fmt: skip
        conn.execute(sa.insert(delivery_event), rows)


def count(house: Sun, table: sa.Table) -> int:
    with house.kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_reports_are_forgotten_ninety_days_after_they_were_applied(house: Sun, clock: Clock) -> None:
    reports(house, 3, clock())
    reports(house, 2, None)
    clock.advance(seconds=REPORTS)
    assert forget_old(house.kit) == 0
    clock.advance(seconds=1)
    assert forget_old(house.kit) == 3
    assert count(house, delivery_event) == 2, "those that wait stay"


def test_why_a_mail_did_not_leave_is_kept_for_two_years(house: Sun, clock: Clock) -> None:
    from service.usecases.enroll import enter_by
    from service.usecases.leave import leave_all

    lead_id = house.lead("Alice", interest="sciatica")
    with house.kit.db.write() as conn:
        enter_by(conn, house.kit, house.clinic, lead_id, "signup", clock(), interest="sciatica")
        leave_all(conn, lead_id, "unsubscribed", clock())
    assert count(house, refusal) == 1
    clock.advance(seconds=REFUSALS)
    assert forget_old(house.kit) == 0
    clock.advance(seconds=1)
    assert forget_old(house.kit) == 1
    assert count(house, refusal) == 0


def test_a_kill_on_the_way_leaves_whole_batches_and_the_next_run_ends_it(
    house: Sun, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetter, "BATCH", 10)
    reports(house, 25, clock())
    clock.advance(seconds=REPORTS + 1)
    drop, calls = forgetter.forgetting.drop_reports, 0

    def killed(*given: Any) -> int:
        nonlocal calls
        done, calls = drop(*given), calls + 1
        if calls == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(forgetter.forgetting, "drop_reports", killed)
    with pytest.raises(KeyboardInterrupt):
        forget_old(house.kit)
    assert count(house, delivery_event) == 15, "the batch in hand was rolled back"
    assert forget_old(house.kit) == 15
    assert count(house, delivery_event) == 0
