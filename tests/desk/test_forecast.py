"""The forecast at the desk and at the command line's use cases: what it says is what the tick then does."""

from __future__ import annotations

import re

from service.domain.timing import DAY, HOUR
from service.storage import clinics, leads, practitioners
from service.usecases.forecast import as_json, forecast, forget_lately
from service.usecases.why_email import lead_called, why_email
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk


def test_the_page_tells_its_finding_and_names_closed_days(desk: Desk) -> None:
    kit = desk.house.kit
    with kit.db.write() as conn:
        begins = desk.clock() + 2 * DAY
        practitioners.add_absence(
            conn, desk.clinic, None, starts_at=begins - DAY, ends_at=begins + DAY, words="Thanksgiving"
        )
    with kit.db.read() as conn:
        found = forecast(kit, conn, clinics.get(conn, desk.clinic), desk.clock(), 30)
    assert found.total
    text = desk.get("/desk/forecast")
    assert re.search(rf"<h1>{found.total} mails in the next 30 days; most on \w+ \d+ \w+</h1>", text)
    assert "is Thanksgiving" in text
    assert "/desk/forecast" in desk.get("/desk/")
    assert "/desk/forecast" in desk.get("/desk/campaigns")


def test_home_keeps_its_price_at_the_first_look_too_when_everybody_is_walked_ahead(desk: Desk) -> None:
    desk.get("/desk/forecast")
    desk.clock.at += HOUR
    forget_lately(desk.house.kit.db)
    with counted(desk.house.kit.db) as said:
        desk.get("/desk/")
    assert sum("FROM enrollment" in each for each in said) > 1, "nobody was walked"
    assert len(said) <= MOST_STATEMENTS, "\n".join(said)


def test_a_day_of_the_forecast_is_what_is_then_sent(desk: Desk) -> None:
    kit = desk.house.kit
    with kit.db.read() as conn:
        days = forecast(kit, conn, clinics.get(conn, desk.clinic), desk.clock(), 8).days
        told = as_json(forecast(kit, conn, clinics.get(conn, desk.clinic), desk.clock(), 8))
    assert [day["total"] for day in told["days"]] == [day.total for day in days]  # type: ignore[attr-defined]
    with kit.db.read() as conn:
        before = conn.exec_driver_sql("SELECT count(*) FROM message").scalar_one()
    for _hour in range(8 * 24 * 4):
        desk.clock.advance(minutes=15)
        if desk.clock() >= days[-1].starts + DAY:
            break
        desk.tick()
    with kit.db.read() as conn:
        after = conn.exec_driver_sql("SELECT count(*) FROM message").scalar_one()
    assert after - before == sum(day.total for day in days)


def test_the_page_asks_a_bounded_number_of_questions(desk: Desk) -> None:
    with counted(desk.house.kit.db) as said:
        desk.get("/desk/forecast")
    assert len(said) <= MOST_STATEMENTS


def test_why_reads_what_was_stored_and_says_what_comes_next(desk: Desk) -> None:
    kit = desk.house.kit
    with kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic)
        assert lead_called(conn, clinic, "nobody@example.org") is None
        alice = lead_called(conn, clinic, " Alice@example.org")
        assert alice is not None
        told = why_email(kit, conn, alice, desk.clock(), "sciatica-consultation")
        bob = why_email(kit, conn, leads.get(conn, desk.people["Bob"]), desk.clock())
        assert why_email(kit, conn, alice, desk.clock(), "win-back")["sent"] == []
    assert {"campaign", "step", "at", "title", "reason", "words"} == set(told["sent"][0])
    assert told["sent"][0]["step"] == "welcome"
    assert re.search(r"^\w+, \d+ \w+ \d\d:\d\d, their time", told["next"]["words"])
    assert bob["next"] is None
    assert bob["not_sent"][-1]["reason"] == "unsubscribed"
