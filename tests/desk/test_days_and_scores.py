"""Settings: the days and hours in which nothing is sent, and what scores are made of."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from service.domain.scoring import Rule
from service.storage import clinics, scores
from service.storage.database import Database
from service.storage.tables import audit
from service.usecases.closures import load_closed
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

DAYS = {"country": "US", "region": "", "keeps_holidays": "yes", "quiet_from": "", "quiet_to": ""}


def text_of(desk: Desk, part: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", desk.get(f"/desk/settings/{part}"))))


def clinic_of(desk: Desk) -> clinics.ClinicRow:
    with desk.house.kit.db.read() as conn:
        return clinics.get(conn, desk.clinic)


def rules(desk: Desk) -> list[Rule]:
    with desk.house.kit.db.read() as conn:
        return [row.rule for row in scores.rules_of(conn, [desk.clinic])[desk.clinic]]


def test_holidays_are_kept_once_asked_for_and_a_years_are_named(desk: Desk) -> None:
    assert "The holidays of the next year, none of which is kept" in text_of(desk, "days")
    assert desk.post_form("/desk/settings/days", **DAYS).status_code == 303
    text = text_of(desk, "days")
    assert "whether public holidays are kept" in text
    assert "none of which is kept" not in text
    assert re.search(r"26 Nov 2026 Thanksgiving Day .*25 Dec 2026 Christmas Day", text)
    with desk.house.kit.db.read() as conn:
        closed = load_closed(conn, [clinic_of(desk)], desk.clock())[desk.clinic]
    assert "Thanksgiving Day" in closed.words.values()
    without = {name: value for name, value in DAYS.items() if name != "keeps_holidays"}
    desk.post_form("/desk/settings/days", **without)
    assert not clinic_of(desk).keeps_holidays


def test_one_holiday_is_taken_out_in_each_year_and_kept_again(desk: Desk) -> None:
    desk.post_form("/desk/settings/days", **DAYS)

    def closed() -> list[str]:
        with desk.house.kit.db.read() as conn:
            return list(load_closed(conn, [clinic_of(desk)], desk.clock())[desk.clinic].words.values())

    whole = closed()
    assert desk.post_form("/desk/settings/days/holiday", name="Thanksgiving Day", works="yes").status_code == 303
    assert closed() == [name for name in whole if name != "Thanksgiving Day"]
    assert "Thanksgiving Day mails leave" in text_of(desk, "days")
    desk.post_form("/desk/settings/days/holiday", name="Thanksgiving Day", works="no")
    assert closed() == whole
    desk.post_form("/desk/settings/days/holiday", name="Nobody’s Day", works="yes")
    assert clinic_of(desk).works_on == ""


@pytest.mark.parametrize(
    ("given", "field", "mend"),
    [
        ({"country": "XX"}, "country", "not known here"),
        ({"country": "Norway"}, "country", "two letters"),
        ({"region": "MNN"}, "region", "did you mean 'MN'?"),
        ({"quiet_from": "21:00"}, "quiet_to", "Give both hours"),
        ({"quiet_to": "08:00"}, "quiet_from", "Give both hours"),
        ({"quiet_from": "08:00", "quiet_to": "08:00"}, "quiet_to", "two different hours"),
        ({"quiet_from": "25:00", "quiet_to": "08:00"}, "quiet_from", "21:00"),
    ],
)
def test_days_and_hours_say_what_to_mend(desk: Desk, given: dict[str, str], field: str, mend: str) -> None:
    answer = desk.post_form("/desk/settings/days", **DAYS | given)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert mend in text
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', text)
    assert clinic_of(desk).quiet is None


def test_quiet_hours_are_both_or_neither(desk: Desk) -> None:
    desk.post_form("/desk/settings/days", **DAYS | {"quiet_from": "20:30", "quiet_to": "09:00", "region": "mn"})
    row = clinic_of(desk)
    assert (row.quiet, row.region) == ((20 * 60 + 30, 9 * 60), "MN")
    page = desk.get("/desk/settings/days")
    assert re.search(r'name="quiet_from"[^>]*value="20:30"', page)
    desk.post_form("/desk/settings/days", **DAYS)
    assert clinic_of(desk).quiet is None


def test_a_closed_day_is_named_and_opened_again(desk: Desk) -> None:
    answer = desk.post_form("/desk/settings/days/close", first="2026-12-28", last="2026-12-30", words="Team days")
    assert answer.status_code == 303
    page = desk.get("/desk/settings/days")
    assert "Mon 28 Dec" in page
    assert "Team days" in page
    with desk.house.kit.db.read() as conn:
        closed = load_closed(conn, [clinic_of(desk)], desk.clock())[desk.clinic]
    assert [words for words in closed.words.values()] == ["Team days"] * 3
    number = re.search(r'name="id" value="(\d+)"', page)
    assert number is not None
    desk.post_form("/desk/settings/days/open", id=number[1])
    assert "None ahead" in text_of(desk, "days")
    assert "taken back already" in html.unescape(
        desk.client.post(
            "/desk/settings/days/open", data={"csrf_token": desk.token(), "id": number[1]}, follow_redirects=True
        ).get_data(as_text=True)
    )
    assert desk.post_form("/desk/settings/days/close", first="", words="").status_code == 422


def test_points_are_given_changed_and_taken_away(desk: Desk) -> None:
    form = {"deed": ["clicked:book", "booked", "no-show", ""], "points": ["10", "20.5", "-5", ""]}
    answer = desk.client.post("/desk/settings/scores/rules", data={"csrf_token": desk.token(), **form})
    assert answer.status_code == 303
    assert rules(desk) == [Rule("clicked", 10, "book"), Rule("booked", 20.5), Rule("no-show", -5)]
    page = desk.get("/desk/settings/scores")
    assert re.search(r'value="clicked:book" selected', page)
    form["points"][1] = ""
    desk.client.post("/desk/settings/scores/rules", data={"csrf_token": desk.token(), **form})
    assert rules(desk) == [Rule("clicked", 10, "book"), Rule("no-show", -5)]
    desk.client.post("/desk/settings/scores/rules", data={"csrf_token": desk.token(), **form})
    assert "nothing was changed" in text_of(desk, "scores")
    with desk.house.kit.db.read() as conn:
        actions = conn.execute(sa.select(audit.c.action)).scalars().all()
    assert actions.count("score rules changed") == 2


@pytest.mark.parametrize(
    ("deeds", "points", "mend"),
    [
        (["booked"], ["many"], "Give a number from -1000 to 1000"),
        (["booked"], ["0"], "not 0"),
        ([""], ["5"], "Choose what the points are for"),
        (["booked", "booked"], ["5", "6"], "stands here twice"),
        (["wished"], ["5"], "use one of"),
    ],
)
def test_points_say_what_to_mend_and_what_was_typed_stays(
    desk: Desk, deeds: list[str], points: list[str], mend: str
) -> None:
    before = rules(desk)
    data = {"csrf_token": desk.token(), "deed": deeds, "points": points}
    answer = desk.client.post("/desk/settings/scores/rules", data=data)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert mend in text
    assert re.search(rf'name="points"[^>]*value="{points[0]}"', text)
    assert rules(desk) == before


def test_the_half_life_is_a_whole_number_of_days(desk: Desk) -> None:
    assert desk.post_form("/desk/settings/scores/half-life", days="14").status_code == 303
    assert clinic_of(desk).score_half_life == 14
    for days in ("0", "366", "x", "", "9" * 30):
        answer = desk.post_form("/desk/settings/scores/half-life", days=days)
        assert answer.status_code == 422
        assert "from 1 to 365" in answer.get_data(as_text=True)
    assert clinic_of(desk).score_half_life == 14


def test_the_parts_cost_a_bounded_number_of_statements(desk: Desk, db: Database) -> None:
    for part in ("days", "scores"):
        with counted(db) as said:
            page = desk.get(f"/desk/settings/{part}")
        assert len(said) <= MOST_STATEMENTS
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", page), part


def test_another_clinics_closed_day_is_not_opened(desk: Desk) -> None:
    desk.post_form("/desk/settings/days/close", first="2026-12-28", words="Team day")
    number = re.search(r'name="id" value="(\d+)"', desk.get("/desk/settings/days"))
    assert number is not None
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    eve.post("/desk/settings/days/open", data={"id": number[1]})
    assert "Team day" in desk.get("/desk/settings/days")
