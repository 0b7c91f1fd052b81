"""A mail in doubt that nothing settles waits for a person's word, and gets it once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from service.storage import messages
from service.storage.tables import audit, message
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in


def in_doubt(desk: Desk, number: int = 1) -> list[int]:
    """The answer to the newest mails was lost."""
    with desk.house.kit.db.write() as conn:
        found = conn.execute(sa.select(message.c.id).order_by(message.c.id.desc()).limit(number)).scalars().all()
        conn.execute(
            sa.update(message)
            .where(message.c.id.in_(found))
            .values(state="in_doubt", accepted_at=None, settled_at=None, provider="smtp", reason="no answer")
        )
    return list(found)


def told(desk: Desk, message_id: int) -> messages.MessageRow:
    with desk.house.kit.db.read() as conn:
        row = messages.get(conn, message_id)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("how", "button", "state", "said"),
    [
        ("went", "It went", "accepted", "counted as sent"),
        ("drop", "Do not send it", "dropped", "never will be"),
    ],
)
def test_a_person_decides_after_a_question_and_it_is_on_record(
    desk: Desk, how: str, button: str, state: str, said: str
) -> None:
    (message_id,) = in_doubt(desk)
    assert "1 mail in doubt" in desk.get("/desk/")
    review = desk.get("/desk/review")
    path = f"/desk/review/decide/{how}"
    assert f'href="{path}?message={message_id}">{button}' in review
    asked = desk.get(f"{path}?message={message_id}")
    assert f">{button}</button>" in asked
    assert told(desk, message_id).state == "in_doubt", "the question changes nothing"
    chosen = re.search(r'name="messages" value="([\d,]+)"', asked)
    assert chosen is not None
    desk.post_form(path, messages=chosen[1])
    row = told(desk, message_id)
    assert row.state == state
    if how == "drop":
        assert row.reason == "Dana Whitfield decided not to send it"
    page = desk.get("/desk/review")
    assert said in page
    assert "/desk/review/decide" not in page
    assert "in doubt" not in desk.get("/desk/")
    assert "In doubt, decided:" in desk.get(f"/desk/leads/{row.lead_id}")
    with desk.house.kit.db.read() as conn:
        noted = conn.execute(sa.select(audit.c.user_id).where(audit.c.action == f"mail in doubt: {how}")).scalars()
        assert noted.all() == [desk.owner]


def test_all_are_decided_at_once(desk: Desk) -> None:
    made = in_doubt(desk, 3)
    asked = desk.get("/desk/review/decide/drop")
    chosen = re.search(r'name="messages" value="([\d,]+)"', asked)
    assert chosen is not None
    assert sorted(map(int, chosen[1].split(","))) == sorted(made)
    desk.post_form("/desk/review/decide/drop", messages=chosen[1])
    assert {told(desk, message_id).state for message_id in made} == {"dropped"}


def test_what_was_settled_meanwhile_is_left_alone(desk: Desk) -> None:
    (message_id,) = in_doubt(desk)
    with desk.house.kit.db.write() as conn:
        messages.accept(conn, [message_id], desk.clock())
    desk.post_form("/desk/review/decide/drop", messages=f"{message_id},x,,99999999999999999999")
    assert told(desk, message_id).state == "accepted"
    assert "settled meanwhile" in desk.get("/desk/review")
    assert desk.client.get(f"/desk/review/decide/went?message={message_id}").status_code == 303


def test_nobody_decides_on_another_clinics_mail(desk: Desk) -> None:
    (message_id,) = in_doubt(desk)
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    eve.post("/desk/review/decide/drop", data={"messages": str(message_id)})
    assert told(desk, message_id).state == "in_doubt"
    assert eve.get("/desk/review/decide/sideways").status_code == 404
