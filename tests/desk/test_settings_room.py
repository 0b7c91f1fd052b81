"""Settings: what is saved is told, what cannot be saved is kept as typed, and who looked is written down."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from service.domain.clinic_form import check_clinic
from service.domain.hours_text import week_text
from service.domain.timing import DAY, HOUR
from service.storage import appointments, clinics, practitioners, sources, staff, workers
from service.storage.tables import audit, message
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

SENDER = {"from_name": "Sun", "from_email": "a@sun.example", "reply_to": "a@sun.example"}
LIMITS = {"cap_day": "2", "cap_week": "6", "overdue_after": "24", "resend_in_doubt": "no"}
BOOKING = {"min_notice": "4", "horizon_days": "60"}


def text_of(desk: Desk, path: str) -> str:
    return html.unescape(desk.get(path))


def actions(desk: Desk) -> list[str]:
    with desk.house.kit.db.read() as conn:
        return list(conn.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars())


def test_limits_are_kept_in_their_units_and_the_page_says_what_changed(desk: Desk) -> None:
    page = desk.get("/desk/settings/clinic")
    assert re.search(r'name="overdue_after"[^>]*value="12"', page)
    assert re.search(r'name="min_notice"[^>]*value="2"', page)
    assert re.search(r'name="resend_in_doubt" value="yes" checked', page)
    assert desk.post_form("/desk/settings/clinic", **SENDER, **LIMITS, **BOOKING).status_code == 303
    with desk.house.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic)
    assert (row.cap_day, row.cap_week, row.overdue_after) == (2, 6, 24 * HOUR)
    assert (row.min_notice, row.horizon_days, row.resend_in_doubt) == (4 * HOUR, 60, False)
    said = text_of(desk, "/desk/settings")
    assert "the most mails a day" in said
    assert "how far ahead one can book" in said
    assert "the sender’s address" in said
    desk.post_form("/desk/settings/clinic", **SENDER, **LIMITS, **BOOKING)
    assert "nothing was changed" in text_of(desk, "/desk/settings")
    assert actions(desk).count("clinic changed") == 1


def test_what_cannot_be_saved_is_kept_as_typed_beside_its_mend(desk: Desk) -> None:
    wrong = desk.post_form("/desk/settings/clinic", **SENDER, **LIMITS | {"cap_day": "ten"}, horizon_days="0")
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "2 fields need" in text
    assert re.search(r'name="cap_day"[^>]*value="ten"[^>]*aria-invalid="true"', text)
    assert re.search(r'name="from_name"[^>]*value="Sun"', text)
    assert re.search(r'name="resend_in_doubt" value="no" checked', text)
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).cap_week == 4


@pytest.mark.parametrize(
    ("field", "text"),
    [("resend_in_doubt", "perhaps"), ("min_notice", "-1"), ("horizon_days", "181"), ("accent", "red")],
)
def test_a_field_says_what_it_takes(field: str, text: str) -> None:
    values, faults = check_clinic({field: text})
    assert values == {}
    assert list(faults) == [field]


def test_a_week_of_hours_is_told_in_one_line() -> None:
    days = {0: [(540, 1020)], 1: [(540, 1020)], 2: [], 3: [(540, 1020)], 4: [(480, 720), (780, 960)]}
    assert week_text(days) == "Mon–Tue 9:00-17:00; Thu 9:00-17:00; Fri 8:00-12:00, 13:00-16:00"
    assert week_text({}) == ""


def test_someone_who_treats_is_added_renamed_and_signs(desk: Desk) -> None:
    added = desk.post_form("/desk/settings/practitioners/save", name="Ines <b>Berg</b>", title="", tue="9-12")
    assert added.status_code == 303
    with desk.house.kit.db.read() as conn:
        ines = next(row for row in staff.everyone(conn, desk.clinic) if row.name.startswith("Ines"))
    assert added.headers["Location"].endswith(f"#p-{ines.id}")
    page = desk.get("/desk/settings/practitioners")
    assert "Ines &lt;b&gt;Berg&lt;/b&gt;" in page
    assert "Tue 9:00-12:00" in page
    given = {"id": str(ines.id), "name": "Ines Berg", "title": "Acupuncturist", "active": "yes", "signs": "yes"}
    desk.post_form("/desk/settings/practitioners/save", **given, tue="9-12")
    said = text_of(desk, "/desk/settings/practitioners")
    assert "Saved for Ines Berg: the name, the title and who signs the mails." in said
    with desk.house.kit.db.read() as conn:
        assert practitioners.signing(conn, desk.clinic) == practitioners.get(conn, ines.id)


def test_a_wrong_hour_loses_nothing_that_was_typed(desk: Desk) -> None:
    hannah = desk.house.staff["Hannah"]
    given = {"id": str(hannah), "name": "Hannah L.", "title": "Dr.", "mon": "9-25", "tue": "10-11"}
    wrong = desk.post_form("/desk/settings/practitioners/save", **given)
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    for kept in ('value="Hannah L."', 'value="Dr."', 'value="9-25"', 'value="10-11"'):
        assert kept in text
    own = text[text.index(f'id="p-{hannah}"') :].partition("</details>")[0]
    assert not re.search(r'name="active" value="yes" checked', own), "the box was taken out, and stays so"


def test_whoever_stops_seeing_patients_leaves_visits_to_a_person(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
        who = practitioners.get(conn, visit.practitioner_id)
    given = {"id": str(who.id), "name": who.name, "title": who.title, "mon": "9-17"}
    desk.post_form("/desk/settings/practitioners/save", **given)
    assert "1 visit stays booked there: nobody was told" in text_of(desk, "/desk/settings/practitioners")
    with desk.house.kit.db.read() as conn:
        assert appointments.get(conn, desk.visit).state == "booked"


def test_closing_a_day_tells_of_the_visits_on_it(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    page = desk.get(f"/desk/leads/{desk.people['Erik']}")
    day = re.search(r"appointments\?day=([\d-]+)", page)
    assert day is not None
    desk.post_form("/desk/settings/practitioners/close", first=day[1], words="Course", who="")
    said = text_of(desk, "/desk/settings/practitioners")
    assert "Closed, Course" in said
    assert "1 visit stays booked" in said
    with desk.house.kit.db.read() as conn:
        row = practitioners.absences(conn, [desk.clinic], desk.clock(), desk.clock() + 30 * DAY)[desk.clinic][0]
    assert row.starts_at <= visit.starts_at < row.ends_at <= row.starts_at + 25 * HOUR


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": "", "words": "Leave"}, "first"),
        ({"first": "2026-12-02", "last": "2026-12-01", "words": "Leave"}, "last"),
        ({"first": "2026-12-02", "words": ""}, "words"),
        ({"first": "2026-12-02", "words": "Leave", "who": "7"}, "who"),
    ],
)
def test_a_closure_that_is_not_clear_closes_nothing(desk: Desk, given: dict[str, str], field: str) -> None:
    wrong = desk.post_form("/desk/settings/practitioners/close", **given)
    assert wrong.status_code == 422
    assert f'id="e-{field}"' in wrong.get_data(as_text=True)
    with desk.house.kit.db.read() as conn:
        ahead = practitioners.absences(conn, [desk.clinic], desk.clock(), desk.clock() + 300 * DAY)[desk.clinic]
    assert ahead == []


def test_a_form_is_added_with_an_address_a_secret_and_a_line_in_the_audit(desk: Desk) -> None:
    wrong = desk.post_form("/desk/settings/sources/add", name="Quiz", vendor="standard", secret="no base64!")
    assert wrong.status_code == 422
    assert 'value="Quiz"' in wrong.get_data(as_text=True)
    assert "whsec_" in wrong.get_data(as_text=True)
    assert desk.post_form("/desk/settings/sources/add", name="Quiz", vendor="standard").status_code == 303
    with desk.house.kit.db.read() as conn:
        row = next(each for each in sources.of_clinic(conn, desk.clinic) if each.name == "Quiz")
    page = desk.get("/desk/settings/sources")
    assert f"/hooks/signup/{row.key}" in page
    assert (row.secret or "?") not in page
    assert "webhook-signature" in page
    assert "source added" in actions(desk)


def test_there_is_one_form_of_our_own(desk: Desk) -> None:
    assert desk.post_form("/desk/settings/sources/add", name="Ours", vendor="hosted").status_code == 303
    assert 'value="hosted"' not in desk.get("/desk/settings/sources")
    again = desk.post_form("/desk/settings/sources/add", name="Ours too", vendor="hosted")
    assert again.status_code == 422
    assert "there is one, at one address" in again.get_data(as_text=True)


def test_a_wording_is_shown_to_the_letter_and_escaped(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        row = sources.of_clinic(conn, desk.clinic)[0]
    desk.post_form(f"/desk/settings/sources/{row.id}/wording", wording="Yes <i>please</i>\nNow and then.")
    page = desk.get("/desk/settings/sources")
    assert '<p class="words">Yes &lt;i&gt;please&lt;/i&gt;\nNow and then.</p>' in page
    assert "Receipts of the older wording stay" in page
    desk.post_form(f"/desk/settings/sources/{row.id}/wording", wording="Yes <i>please</i>\nNow and then.")
    assert "the version stays" in desk.get("/desk/settings/sources")


def test_our_own_form_is_worded_in_spanish_apart_with_a_version_of_its_own(desk: Desk) -> None:
    desk.post_form("/desk/settings/sources/add", name="Our page", vendor="hosted")
    with desk.house.kit.db.read() as conn:
        row = next(each for each in sources.of_clinic(conn, desk.clinic) if each.vendor == "hosted")
    path = f"/desk/settings/sources/{row.id}/wording"
    assert "Envíenme también la serie de correos" in desk.get("/desk/settings/sources"), "the shipped words"
    desk.post_form(path, wording="Yes, the letters.")
    assert "The form is offered in English only" in desk.get("/desk/settings/sources")
    assert desk.post_form(path, wording=" ", language="es").status_code == 422
    desk.post_form(path, wording="Sí, las cartas.\nPuedo pararlas.", language="es")
    with desk.house.kit.db.read() as conn:
        changed = sources.get(conn, row.id)
    assert (changed.consent_wording, changed.consent_wording_es) == (
        "Yes, the letters.",
        "Sí, las cartas.\nPuedo pararlas.",
    )
    assert changed.consent_version_es.endswith("-es")
    desk.post_form(path, wording="Sí, las cartas.\nPuedo pararlas.", language="es")
    assert "the version stays" in desk.get("/desk/settings/sources")


def test_settings_of_another_clinic_are_out_of_reach(desk: Desk) -> None:
    eve_clinic = another_clinic(desk.house)
    a_user(desk.house, "eve@moon.example", "Eve", eve_clinic)
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    with desk.house.kit.db.read() as conn:
        source = sources.of_clinic(conn, desk.clinic)[0]
        before = staff.everyone(conn, desk.clinic)
    for act in ("wording", "secret", "switch"):
        answer = eve.post(f"/desk/settings/sources/{source.id}/{act}", data={"wording": "Mine", "on": "no"})
        assert answer.status_code == 404, act
    hannah = str(desk.house.staff["Hannah"])
    assert eve.post("/desk/settings/practitioners/save", data={"id": hannah, "name": "Eve"}).status_code == 422
    for page in ("clinic", "practitioners", "sources", "people", "sending"):
        assert "Hannah" not in eve.get(f"/desk/settings/{page}").get_data(as_text=True)
    with desk.house.kit.db.read() as conn:
        assert staff.everyone(conn, desk.clinic) == before
        assert sources.get(conn, source.id) == source


def test_the_team_is_shown_with_roles_and_last_sign_in(desk: Desk) -> None:
    a_user(desk.house, "new@sun.example", "Nora New")
    page = desk.get("/desk/settings/people")
    assert "2 people may sign in" in page
    assert "never" in page
    assert page.count('class="tag live">you<') == 1


def test_sending_says_how_mail_leaves_and_what_is_in_doubt(desk: Desk) -> None:
    page = text_of(desk, "/desk/settings/sending")
    assert "It has never ticked" in page
    assert desk.house.kit.base_url in page
    assert "Nothing: of every mail it is known" in page
    with desk.house.kit.db.write() as conn:
        workers.beat(conn, "w", desk.clock(), desk.clock(), desk.clock() - 5)
        one = conn.execute(sa.select(message.c.id).limit(1)).scalar_one()
        conn.execute(sa.update(message).where(message.c.id == one).values(state="in_doubt"))
    page = text_of(desk, "/desk/settings/sending")
    assert "It ticked 5 s ago" in page
    assert "1 mail</a>, the oldest since" in page


@pytest.mark.parametrize(
    "path", ["clinic", "practitioners/save", "practitioners/close", "practitioners/open", "sources/add"]
)
def test_no_setting_is_saved_without_the_page_s_own_token(desk: Desk, path: str) -> None:
    assert desk.client.post(f"/desk/settings/{path}", data={"name": "Forged"}).status_code == 400
