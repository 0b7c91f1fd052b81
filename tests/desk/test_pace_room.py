"""How fast mail leaves: set at the desk, refused with a mend where it makes no sense, and shown with today's count."""

from __future__ import annotations

from service.domain.rate import Rates
from service.domain.timing import local_day
from service.storage import clinics, pace
from service.storage.pace import Spent
from tests.support.desk_data import Desk, sign_in


def test_dana_sets_a_warm_up_and_sees_how_far_it_has_come(desk: Desk) -> None:
    sign_in(desk.client)
    desk.post_form("/desk/settings/sending", warm_up="50, 100 200", rate_day="", rate_second="5")
    with desk.house.kit.db.write() as conn:
        clinic = clinics.get(conn, desk.clinic)
        assert clinic.rates == Rates(second=5, warm_up=(50, 100, 200))
        day = pace.of_day(desk.clinic)
        pace.hold(conn, [day])
        pace.keep(conn, {day: Spent(local_day(desk.clock(), clinic.zone), 37, 1)})
    room = desk.get("/desk/settings/sending")
    assert "37 of 100 sent today" in room
    assert "day 2 of the warm-up" in room
    assert 'value="50, 100, 200"' in room
    desk.post_form("/desk/settings/sending", warm_up="20, 40", rate_day="", rate_second="5")
    assert "37 of 20 sent today" in desk.get("/desk/settings/sending"), "changed, it begins anew"


def test_a_pace_that_makes_no_sense_is_refused_and_kept_for_mending(desk: Desk) -> None:
    sign_in(desk.client)
    answer = desk.post_form("/desk/settings/sending", warm_up="200, 100", rate_day="none", rate_second="0")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Let each day have at least as many mails as the one before" in page
    assert "the most mails a day, or nothing for no limit, a whole number" in page
    assert 'value="200, 100"' in page
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).rates == Rates()
