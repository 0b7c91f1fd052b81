"""Settings, Deliverability: what the name servers said and when, each finding with its mend, 30 days of figures."""

from __future__ import annotations

import sqlalchemy as sa

from service.usecases.look_up_senders import look_up_senders
from tests.support.desk_data import Desk

ROOM = "/desk/settings/deliverability"


def test_before_a_look_it_says_what_could_not_be_seen(desk: Desk) -> None:
    page = desk.get(ROOM)
    assert "could not be seen" in page
    assert "have not been asked yet" in page
    assert "has no SPF record" not in page


def test_a_look_is_asked_for_with_a_button_and_told_with_its_records(desk: Desk) -> None:
    desk.post_form(f"{ROOM}/look")
    assert "about to ask" in desk.get(ROOM)
    assert look_up_senders(desk.house.kit, lambda _kind, _name: []) == 1
    page = desk.get(ROOM)
    assert "has no SPF record" in page
    assert "v=DMARC1; p=none; rua=mailto:" in page
    assert "last asked" in page
    assert "about to ask" not in page


def test_the_chart_is_told_in_a_table_as_well(desk: Desk) -> None:
    page = desk.get(ROOM)
    assert 'class="limit"' in page
    assert "0.3 %" in page
    assert "Day by day" in page
    assert '<td class="num">' in page


def test_it_takes_no_more_statements_than_other_rooms(desk: Desk) -> None:
    statements: list[str] = []
    sa.event.listen(desk.house.kit.db._engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    desk.get(ROOM)
    assert len([each for each in statements if each.startswith("SELECT") or "UNION" in each]) <= 10
