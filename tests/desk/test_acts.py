"""What the desk changes: visits, posts, held mail, settings."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from service.domain.timing import DAY
from service.storage import appointments, clinics, practitioners, sources
from service.storage.tables import audit, enrollment, source
from service.usecases.campaign_states import pause_campaign, resume_campaign
from tests.support.desk_data import Desk


def actions(desk: Desk) -> list[str]:
    with desk.house.kit.db.read() as conn:
        return list(conn.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars())


def test_a_visit_is_marked_once_it_has_begun(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    early = desk.post_form(f"/desk/appointments/{visit.id}/came", came="yes")
    assert early.status_code == 303
    assert "has not begun" in desk.get("/desk/appointments")
    desk.clock.at = visit.ends_at
    desk.client.get("/desk/appointments")
    assert ">Came<" in desk.get("/desk/appointments").replace("</svg>", ">")
    desk.post_form(f"/desk/appointments/{visit.id}/came", came="yes")
    with desk.house.kit.db.read() as conn:
        assert appointments.get(conn, visit.id).state == "attended"
    assert "They did not come" in desk.get("/desk/appointments")


def test_a_cancelled_visit_gives_its_time_back(desk: Desk) -> None:
    assert "Cancel the visit of Erik" in desk.get(f"/desk/appointments/{desk.visit}/cancel")
    desk.post_form(f"/desk/appointments/{desk.visit}/cancel")
    with desk.house.kit.db.read() as conn:
        assert appointments.get(conn, desk.visit).state == "cancelled"
        assert appointments.get(conn, desk.visit).ended_by == "clinic"
    assert "visit cancelled" in actions(desk)


def test_an_unreadable_post_shows_its_reason_its_body_and_is_read_again(desk: Desk) -> None:
    page = desk.get(f"/desk/inbox/{desk.post}")
    assert "no email address" in page
    assert "Ida" not in page
    shown = desk.post_form(f"/desk/inbox/{desk.post}/body").get_data(as_text=True)
    assert "&lt;b&gt;Ida&lt;/b&gt;" in shown
    again = desk.post_form(f"/desk/inbox/{desk.post}/again")
    assert again.headers["Location"] == f"/desk/inbox/{desk.post}"
    assert "It still cannot be read" in desk.get(f"/desk/inbox/{desk.post}")
    assert {"post seen", "post read again"} <= set(actions(desk))


@pytest.mark.parametrize("how", ["send", "skip"])
def test_held_mail_goes_or_is_skipped_by_a_person(desk: Desk, how: str) -> None:
    kit, campaign = desk.house.kit, desk.campaign()
    pause_campaign(kit, desk.clinic, campaign, desk.owner)
    desk.clock.advance(days=12)
    resume_campaign(kit, desk.clinic, campaign, desk.owner)
    desk.tick()
    assert "overdue by more than 12 h" in desk.get("/desk/")
    assert re.search(r"\d mails?: overdue", desk.get("/desk/review"))
    desk.post_form("/desk/review/release", guard="overdue", how=how)
    assert "Nothing waits for a decision" in desk.get("/desk/review")
    with desk.house.kit.db.read() as conn:
        held = conn.execute(sa.select(enrollment.c.id).where(enrollment.c.guard == "overdue")).all()
    assert held == []


CLINIC = {
    "name": "Sun & Moon",
    "address": "1 New Street",
    "city": "Minnetonka",
    "phone": "(952) 555-0143",
    "website": "",
    "zone": "America/Denver",
    "accent": "#0f6b66",
}


def test_the_clinic_is_saved_whole_or_not_at_all(desk: Desk) -> None:
    wrong = desk.post_form("/desk/settings/clinic", **CLINIC | {"accent": "#ffcc00", "zone": "Denver"})
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "reads badly" in text
    assert "IANA" in text
    assert "Sun &amp; Moon" in text
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).name == "Sun Acupuncture"
    assert desk.post_form("/desk/settings/clinic", **CLINIC).status_code == 303
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).zone == "America/Denver"
    assert "clinic changed" in actions(desk)


def test_hours_are_read_as_people_write_them(desk: Desk) -> None:
    hannah = desk.house.staff["Hannah"]
    given = {"id": str(hannah), "name": "Hannah Lindqvist", "title": "", "signs": "yes", "active": "yes"}
    wrong = desk.post_form("/desk/settings/practitioners/save", **given, mon="9-12, 11-17")
    assert wrong.status_code == 422
    assert "Two spans overlap" in wrong.get_data(as_text=True)
    desk.post_form("/desk/settings/practitioners/save", **given, mon="9-12, 13:30 – 17")
    with desk.house.kit.db.read() as conn:
        hours = [
            each for each in practitioners.hours(conn, [desk.clinic])[desk.clinic] if each.practitioner_id == hannah
        ]
    assert [(each.weekday, each.opens, each.closes) for each in hours] == [(0, 540, 720), (0, 810, 1020)]
    assert "9:00-12:00, 13:30-17:00" in desk.get("/desk/settings/practitioners")


def test_closed_days_close_the_calendar_and_open_again(desk: Desk) -> None:
    desk.post_form(
        "/desk/settings/practitioners/close", first="2026-11-26", last="2026-11-26", words="Thanksgiving", who=""
    )
    assert "Closed, Thanksgiving" in desk.get("/desk/appointments?day=2026-11-26")
    with desk.house.kit.db.read() as conn:
        row = practitioners.absences(conn, [desk.clinic], desk.clock(), desk.clock() + 9 * DAY)[desk.clinic][0]
    desk.post_form("/desk/settings/practitioners/open", id=str(row.id))
    assert "Closed, Thanksgiving" not in desk.get("/desk/appointments?day=2026-11-26")


def test_a_new_wording_is_a_new_version(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        row = sources.of_clinic(conn, desk.clinic)[0]
    for wording in ("Write to me.", "Write to me.", "Write to me, please."):
        desk.post_form(f"/desk/settings/sources/{row.id}/wording", wording=wording)
    with desk.house.kit.db.read() as conn:
        changed = sources.get(conn, row.id)
    assert (changed.consent_wording, changed.consent_version) == ("Write to me, please.", "2026-11-24-2")
    assert actions(desk).count("consent wording changed") == 2
    assert desk.post_form(f"/desk/settings/sources/{row.id}/wording", wording="  ").status_code == 422


def test_a_secret_is_shown_to_whoever_asks_by_name(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        row = next(each for each in sources.of_clinic(conn, desk.clinic) if each.secret)
    assert row.secret is not None
    assert row.secret not in desk.get("/desk/settings/sources")
    assert row.secret in desk.post_form(f"/desk/settings/sources/{row.id}/secret").get_data(as_text=True)
    assert "secret seen" in actions(desk)


def test_a_source_is_added_and_switched_off(desk: Desk) -> None:
    assert desk.post_form("/desk/settings/sources/add", name="", vendor="standard").status_code == 422
    assert desk.post_form("/desk/settings/sources/add", name="Quiz", vendor="faxform").status_code == 422
    assert desk.post_form("/desk/settings/sources/add", name="Quiz", vendor="standard", interest="").status_code == 303
    with desk.house.kit.db.read() as conn:
        row = next(each for each in sources.of_clinic(conn, desk.clinic) if each.name == "Quiz")
    desk.post_form(f"/desk/settings/sources/{row.id}/switch", on="no")
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(source.c.disabled_at).where(source.c.id == row.id)).scalar() == desk.clock()
        assert sources.by_key(conn, row.key) is None
