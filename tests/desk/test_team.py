"""Who works at the desk: invited by mail, given a role, let go; and the way back in for whoever forgot the password."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from service.domain.right import Right, Role, may
from service.domain.timing import DAY, HOUR
from service.domain.weak_password import is_common
from service.storage import users
from service.storage.tables import audit, outbox, staff_link
from service.usecases.passwords import hash_password
from service.usecases.send_staff_mails import send_staff_mails
from service.usecases.staff_links import NoOwner, owner_link
from service.web.admin.desk import OPEN
from service.web.admin.rights import lacked, needed
from tests.support.cast import outbox_provider
from tests.support.desk_data import EMAIL, PASSWORD, Desk, a_user, sign_in

# One database will do for most: what differs between the two is in the storage tests.
ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
FAY, CHOSEN = "fay@sun.example", "seven blue kettles sing"


def _invited(desk: Desk, role: str = "front-desk") -> str:
    """The path of the link in Fay's mail."""
    answer = desk.post_form("/desk/settings/people/invite", name="Fay Moreno", email=FAY, role=role)
    assert answer.status_code == 303
    return _mailed(desk)


def _mailed(desk: Desk) -> str:
    send_staff_mails(desk.house.kit, outbox_provider(desk.house.kit.db))
    with desk.house.kit.db.read() as conn:
        query = (
            sa.select(outbox.c.text).where(outbox.c.to_email == FAY).order_by(outbox.c.at.desc(), outbox.c.id.desc())
        )
        text = conn.execute(query).scalars().first() or ""
    found = re.search(r"http://127\.0\.0\.1:8000(/desk/link/\S+)", text)
    assert found, text
    return found[1]


def _chooses(desk: Desk, path: str, password: str = CHOSEN) -> int:
    """Fay opens the link and chooses; her browser is the desk's from then on."""
    desk.client = desk.app.test_client()
    page = desk.client.get(path)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    return desk.client.post(path, data={"csrf_token": found[1] if found else "", "password": password}).status_code


def _id(desk: Desk, email: str = FAY) -> int:
    with desk.house.kit.db.read() as conn:
        row = users.by_email(conn, email)
    assert row is not None
    return row.id


@ONE
def test_an_invited_front_desk_comes_in_by_the_link_of_her_mail_and_cannot_export(desk: Desk) -> None:
    path = _invited(desk)
    assert "Fay Moreno" in desk.get("/desk/settings/people")
    assert _chooses(desk, path) == 303
    assert "Fay Moreno" in desk.get("/desk/")
    assert desk.post_form("/desk/settings/people/invite", name="Eve", email="eve@x.example").status_code == 403
    assert sign_in(desk.app.test_client(), FAY, CHOSEN).status_code == 303


@ONE
def test_the_mail_holds_a_link_and_tells_nothing_of_anybody(desk: Desk) -> None:
    path = _invited(desk)
    with desk.house.kit.db.read() as conn:
        mail = conn.execute(sa.select(outbox.c.subject, outbox.c.text, outbox.c.html, outbox.c.headers)).all()[-1]
    for part in (mail.subject, mail.text, mail.html):
        assert "Fay" not in part
        assert "front desk" not in part
    assert "List-Unsubscribe" not in mail.headers
    assert str(_id(desk)) not in path


@ONE
def test_a_link_works_once_and_for_seven_days_and_looking_uses_nothing_up(desk: Desk) -> None:
    path = _invited(desk)
    for _ in range(2):
        assert desk.app.test_client().get(path).status_code == 200
    desk.clock.at += 7 * DAY - 1
    assert _chooses(desk, path) == 303
    assert desk.app.test_client().get(path).status_code == 410
    assert desk.app.test_client().get("/desk/link/" + "A" * 22).status_code == 410


@ONE
def test_an_old_link_is_over_and_a_newer_one_takes_its_place(desk: Desk) -> None:
    first = _invited(desk)
    owner = desk.client
    desk.clock.at += 1
    desk.post_form(f"/desk/settings/people/{_id(desk)}/invite")
    second = _mailed(desk)
    assert first != second
    assert desk.app.test_client().get(first).status_code == 410
    desk.clock.at += 7 * DAY
    assert desk.app.test_client().get(second).status_code == 410
    desk.client = owner
    assert "the link is over" in desk.get("/desk/settings/people")


@ONE
def test_nobody_signs_in_to_an_account_without_a_password(desk: Desk) -> None:
    _invited(desk)
    for guess in ("", "nobody has this password"):
        assert sign_in(desk.app.test_client(), FAY, guess).status_code == 401


@ONE
def test_the_link_is_sealed_and_stands_nowhere(desk: Desk) -> None:
    token = _invited(desk).rpartition("/")[2]
    with desk.house.kit.db.read() as conn:
        assert token not in str(conn.execute(sa.select(staff_link)).all())


@ONE
def test_a_mail_that_was_killed_before_its_record_goes_again_as_the_same_one(desk: Desk) -> None:
    _invited(desk)
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(staff_link).values(mailed_at=None, outcome=None))
    assert send_staff_mails(desk.house.kit, outbox_provider(desk.house.kit.db)) == 0, "the lease stands"
    desk.clock.at += HOUR
    assert send_staff_mails(desk.house.kit, outbox_provider(desk.house.kit.db)) == 1
    with desk.house.kit.db.read() as conn:
        query = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.to_email == FAY)
        assert conn.execute(query).scalar_one() == 1


COMMON = ("short", "password1234", "Welcome2026!", "qwertyuiop12", "123456789012", "aaaaaaaaaaaa")
OWN = ("a few words do well", "correct horse battery staple", "ümläut im garten", "x7#kQ9-mmPz1")


@ONE
def test_a_short_or_a_common_password_is_turned_away_in_words_and_the_link_still_works(desk: Desk) -> None:
    path = _invited(desk)
    for password in (COMMON[0], COMMON[1]):
        assert _chooses(desk, path, password) == 422
    assert _chooses(desk, path) == 303


@pytest.mark.parametrize("password", COMMON)
def test_a_password_that_is_tried_first_is_none(password: str) -> None:
    with pytest.raises(ValueError, match="choose a"):
        hash_password(password)


@pytest.mark.parametrize("password", OWN)
def test_a_password_of_ones_own_is_taken_without_rules_about_its_signs(password: str) -> None:
    assert not is_common(password)


@ONE
def test_a_role_counts_from_the_next_page_on_and_letting_go_signs_out_everywhere(desk: Desk) -> None:
    path, owner = _invited(desk), desk.client
    _chooses(desk, path)
    fay, desk.client = desk.client, owner
    who = _id(desk)
    assert desk.post_form(f"/desk/settings/people/{who}/role", role="manager").status_code == 303
    assert "Invite somebody" in fay.get("/desk/settings/people").get_data(as_text=True)
    desk.post_form(f"/desk/settings/people/{who}/end")
    assert fay.get("/desk/").status_code == 303
    assert sign_in(desk.app.test_client(), FAY, CHOSEN).status_code == 401
    desk.post_form(f"/desk/settings/people/{who}/back")
    assert fay.get("/desk/").status_code == 303, "a session from before stays over"
    assert sign_in(desk.app.test_client(), FAY, CHOSEN).status_code == 303


def test_the_last_owner_stays_one(desk: Desk) -> None:
    me = _id(desk, EMAIL)
    a_user(desk.house, "old@sun.example", "Otto", role="owner")
    desk.post_form(f"/desk/settings/people/{_id(desk, 'old@sun.example')}/end")
    for act, fields in (("end", {}), ("role", {"role": "viewer"})):
        desk.post_form(f"/desk/settings/people/{me}/{act}", **fields)
        assert "last owner" in desk.get("/desk/settings/people")
    with desk.house.kit.db.read() as conn:
        assert users.owners_at_work(conn, desk.clinic) == {me}


@ONE
def test_a_manager_makes_no_owner_and_changes_none(desk: Desk) -> None:
    a_user(desk.house, FAY, "Fay Moreno", role="manager")
    me = _id(desk, EMAIL)
    desk.client = desk.app.test_client()
    sign_in(desk.client, FAY, PASSWORD)
    made = desk.post_form("/desk/settings/people/invite", name="Eve", email="eve@sun.example", role="owner")
    assert made.status_code == 422
    desk.post_form(f"/desk/settings/people/{me}/end")
    desk.post_form(f"/desk/settings/people/{_id(desk)}/role", role="owner")
    with desk.house.kit.db.read() as conn:
        assert users.owners_at_work(conn, desk.clinic) == {me}


@ONE
def test_a_forgotten_password_gets_the_same_answer_whether_there_is_an_account(desk: Desk) -> None:
    a_user(desk.house, FAY, "Fay Moreno", role="viewer")
    answers = []
    for email in (FAY, "nobody@sun.example"):
        desk.client = desk.app.test_client()
        page = desk.client.get("/desk/forgot").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        sent = desk.client.post("/desk/forgot", data={"csrf_token": token[1] if token else "", "email": email})
        answers.append((sent.status_code, sent.headers["Location"]))
    assert answers[0] == answers[1] == (303, "/desk/forgot?sent=yes")
    signed_in = desk.app.test_client()
    sign_in(signed_in, FAY, PASSWORD)
    path = _mailed(desk)
    assert _chooses(desk, path) == 303
    assert signed_in.get("/desk/").status_code == 303, "every other session has ended"
    assert sign_in(desk.app.test_client(), FAY, PASSWORD).status_code == 401


@ONE
def test_links_are_asked_for_a_few_times_an_hour(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    asked = [desk.app.test_client().post("/desk/forgot", data={"email": FAY}) for _ in range(6)]
    assert [each.status_code for each in asked] == [303] * 5 + [429]
    assert "wait an hour" in asked[-1].get_data(as_text=True)


@ONE
def test_a_locked_out_owner_gets_a_link_from_the_command_line_and_nobody_else_does(desk: Desk) -> None:
    link = owner_link(desk.house.kit, EMAIL)
    assert _chooses(desk, link.removeprefix("http://127.0.0.1:8000")) == 303
    assert "Dana" in desk.get("/desk/")
    a_user(desk.house, FAY, "Fay Moreno", role="viewer")
    with pytest.raises(NoOwner):
        owner_link(desk.house.kit, FAY)


@ONE
def test_people_of_another_clinic_are_not_there(desk: Desk) -> None:
    from tests.support.desk_data import another_clinic

    theirs = a_user(desk.house, FAY, "Fay Moreno", another_clinic(desk.house))
    for act in ("invite", "role", "end", "back"):
        assert desk.post_form(f"/desk/settings/people/{theirs}/{act}", role="viewer").status_code == 404


@ONE
def test_every_change_of_the_team_is_recorded(desk: Desk) -> None:
    _chooses(desk, _invited(desk))
    with desk.house.kit.db.read() as conn:
        done = set(conn.execute(sa.select(audit.c.action)).scalars())
    assert {"person invited", "invitation accepted"} <= done


@ONE
def test_the_record_is_searched_by_person_kind_and_day_and_shown_to_those_who_run_the_clinic(desk: Desk) -> None:
    desk.post_form(f"/desk/leads/{desk.people['Alice']}/answers")
    _chooses(desk, _invited(desk))
    assert desk.client.get("/desk/settings/record").status_code == 403
    sign_in(desk.client)
    whole = desk.get("/desk/settings/record")
    assert "Answers seen" in whole
    assert "Person invited" in whole
    assert "Somebody of another clinic" not in whole
    looks = desk.get("/desk/settings/record?kind=looks")
    assert "Answers seen" in looks
    assert "Person invited" not in looks
    hers = desk.get(f"/desk/settings/record?who={_id(desk)}")
    assert "Invitation accepted" in hers
    assert "Answers seen" not in hers
    assert "Nothing of that kind" in desk.get("/desk/settings/record?to=2020-01-01")


def test_the_record_goes_on_where_its_page_ended(desk: Desk) -> None:
    from service.storage import audits

    with desk.house.kit.db.write() as conn:
        for number in range(audits.PAGE + 5):
            audits.record(conn, desk.clinic, desk.owner, 1_000, "days closed", f"day {number}", {})
    first = desk.get("/desk/settings/record?kind=settings&to=1971-01-01")
    found = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert found
    second = desk.get(found[1].replace("&amp;", "&"))
    shown = [set(re.findall(r"day \d+", text)) for text in (first, second)]
    assert len(shown[0]) == audits.PAGE
    assert len(shown[0] | shown[1]) == audits.PAGE + 5


_SAMPLE: dict[str, object] = {"part": "clinic", "mail": "welcome", "how": "went"}


@ONE
def test_each_role_is_refused_what_it_lacks_on_every_page_of_the_desk(desk: Desk) -> None:
    """What the guard says is asked for each page; a viewer, who lacks most, opens one of each right. That the guard
    stands before every page shows tests/desk/test_access.py."""
    a_user(desk.house, FAY, "Fay Moreno", role=Role.VIEWER)
    desk.client = desk.app.test_client()
    sign_in(desk.client, FAY, PASSWORD)
    desk.app.config["WTF_CSRF_ENABLED"] = False
    refused, opened = dict.fromkeys(Role, 0), set[Right]()
    for path, method, right in _ways(desk.app):
        for role in Role:
            with desk.app.test_request_context(path, method=method):
                assert lacked(role) == (None if may(role, right) else right), f"{role} {method} {path}"
            refused[role] += not may(role, right)
        if not may(Role.VIEWER, right) and right not in opened:
            opened.add(right)
            assert desk.client.open(path, method=method).status_code == 403, f"{method} {path}"
    assert refused[Role.OWNER] == refused[Role.MANAGER] == 0
    assert refused[Role.VIEWER] > refused[Role.PRACTITIONER] > 20


def _ways(app: Flask) -> list[tuple[str, str, Right]]:
    """Every path and method of the desk behind its door, with the right that it asks for."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("desk.") or rule.endpoint in OPEN:
            continue
        path = rule.build({name: _SAMPLE.get(name, 1) for name in rule.arguments})[1]  # type: ignore[index]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            with app.app_context():
                right = needed(rule.endpoint, method)
            assert right is not None
            found.append((path, method, right))
    return found
