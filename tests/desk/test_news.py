"""Telling the clinic's people: a mail with a link alone, once a thing, at once or in the morning, as each chose."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from service.domain.news import News, When, choices, due
from service.domain.right import Role
from service.domain.timing import DAY, HOUR, MINUTE, local
from service.storage import events, news, settings, users
from service.storage.tables import clinic, event, outbox, setting, staff_link, staff_news
from service.usecases.forget_old import forget_old
from service.usecases.send_staff_mails import send_staff_mails
from service.usecases.tell_staff import LATE, tell_staff
from tests.support.cast import outbox_provider
from tests.support.desk_data import EMAIL, PASSWORD, Desk, a_user, sign_in

ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """What happened before anybody was told anything stays untold."""
    with desk.house.kit.db.write() as conn:
        settings.put(conn, settings.NEWS_MARK, str(news.newest_event(conn) + LATE))
    desk.clock.at += MINUTE
    return desk


def _told(desk: Desk, to: str = EMAIL) -> list[str]:
    """The texts of the mails that went to somebody, after a round of the jobs."""
    tell_staff(desk.house.kit)
    send_staff_mails(desk.house.kit, outbox_provider(desk.house.kit.db))
    with desk.house.kit.db.read() as conn:
        query = sa.select(outbox.c.text).where(outbox.c.to_email == to, outbox.c.subject == "News at the desk")
        return list(conn.execute(query.order_by(outbox.c.at, outbox.c.id)).scalars())


def _happens(desk: Desk, kind: str, who: str = "Alice", at: int | None = None) -> None:
    with desk.house.kit.db.write() as conn:
        events.add(
            conn, clinic_id=desk.clinic, lead_id=desk.people[who], at=desk.clock.at if at is None else at, kind=kind
        )


def _chooses(desk: Desk, when: When) -> None:
    answer = desk.post_form("/desk/account/news", **{kind.value: when.value for kind in News})
    assert answer.status_code == 303


def _path(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/desk/news/\S+)", text)
    assert found, text
    return found[1]


def test_a_new_lead_is_told_of_once_in_a_mail_that_names_nobody(desk: Desk) -> None:
    _happens(desk, "signed-up")
    assert _told(desk) == [], "for two minutes more may come"
    _happens(desk, "signed-up", "Maria")
    desk.clock.at += 2 * MINUTE
    (text,) = _told(desk)
    for word in ("alice", "maria", "lead", "sign", "@"):
        assert word not in text.lower().replace("signed in", ""), word
    page = desk.get(_path(text))
    assert page.count("Signed up") == 2
    assert f'href="/desk/leads/{desk.people["Alice"]}"' in page
    for _ in range(3):
        desk.clock.at += HOUR
        assert len(_told(desk)) == 1


def test_whoever_wants_it_in_the_morning_gets_one_mail_at_eight(desk: Desk) -> None:
    _chooses(desk, When.MORNING)
    for kind in ("signed-up", "booked", "replied"):
        _happens(desk, kind)
        desk.clock.at += 3 * MINUTE
        assert _told(desk) == []
    zone = "America/Chicago"
    while not _told(desk):
        desk.clock.at += HOUR // 2
    assert (local(desk.clock.at, zone).hour, len(_told(desk))) == (8, 1)
    page = desk.get(_path(_told(desk)[0]))
    assert all(said in page for said in ("Signed up", "Booked a visit", "Replied to a mail"))


@ONE
def test_who_wants_nothing_gets_nothing_and_who_left_neither(desk: Desk) -> None:
    _chooses(desk, When.NEVER)
    a_user(desk.house, "fay@sun.example", Role.FRONT_DESK)
    _happens(desk, "signed-up")
    tell_staff(desk.house.kit)
    with desk.house.kit.db.write() as conn:
        fay = users.by_email(conn, "fay@sun.example")
        assert fay is not None
        users.end(conn, fay.id, desk.clock.at)
    desk.clock.at += DAY
    assert _told(desk) == _told(desk, "fay@sun.example") == []


@ONE
def test_an_event_that_is_committed_late_is_told_all_the_same(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        early = events.add(
            conn, clinic_id=desk.clinic, lead_id=desk.people["Alice"], at=desk.clock.at, kind="signed-up"
        )
        conn.execute(sa.text("UPDATE event SET id = id - 4194304 WHERE id = :id").bindparams(id=early))
    _happens(desk, "clicked")
    tell_staff(desk.house.kit)
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(staff_news)).scalar() == 1


@ONE
def test_the_first_lead_of_a_new_house_is_told_of(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.delete(setting).where(setting.c.key == settings.NEWS_MARK))
    _happens(desk, "signed-up", "Maria")
    tell_staff(desk.house.kit)
    with desk.house.kit.db.read() as conn:
        query = sa.select(event.c.lead_id).join(staff_news, staff_news.c.event_id == event.c.id)
        assert desk.people["Maria"] in conn.execute(query).scalars()


@ONE
def test_a_reply_that_asks_for_an_answer_is_told_once(desk: Desk) -> None:
    _happens(desk, "replied")
    _happens(desk, "staff-asked")
    assert _told(desk) == []
    desk.clock.at += 2 * MINUTE
    page = desk.get(_path(_told(desk)[0]))
    assert "Replied to a mail" in page
    assert "Needs somebody here" not in page


@ONE
def test_the_brake_is_told_at_once_and_once(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(clinic).values(braked_at=desk.clock.at))
    assert _told(desk) == []
    desk.clock.at += 2 * MINUTE
    assert "The brake holds mail back" in desk.get(_path(_told(desk)[0]))
    desk.clock.at += DAY
    assert len(_told(desk)) == 1


@ONE
def test_a_mail_of_news_lets_nobody_in_and_shows_nothing_to_others(desk: Desk) -> None:
    _happens(desk, "signed-up")
    assert _told(desk) == []
    desk.clock.at += 2 * MINUTE
    path = _path(_told(desk)[0])
    stranger = desk.app.test_client()
    assert stranger.get(path).headers["Location"].startswith("/desk/sign-in")
    assert stranger.get(path.replace("/news/", "/link/")).status_code == 410
    assert stranger.post(path.replace("/news/", "/link/"), data={"password": "a new one of mine"}).status_code != 303
    assert sign_in(desk.app.test_client(), EMAIL, PASSWORD).status_code == 303
    a_user(desk.house, "fay@sun.example", Role.FRONT_DESK)
    other = desk.app.test_client()
    sign_in(other, "fay@sun.example", PASSWORD)
    assert other.get(path).status_code == 404
    assert other.get("/desk/news/" + "x" * 22).status_code == 404


@ONE
def test_it_is_forgotten_in_time(desk: Desk) -> None:
    _happens(desk, "signed-up")
    assert _told(desk) == []
    desk.clock.at += 2 * MINUTE
    assert len(_told(desk)) == 1
    desk.clock.at += 61 * DAY
    forget_old(desk.house.kit)
    with desk.house.kit.db.read() as conn:
        for table in (staff_news, staff_link):
            assert conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0


def test_what_is_usual_follows_the_role_and_what_is_chosen_goes_before() -> None:
    assert choices(Role.VIEWER, None) == dict.fromkeys(News, When.NEVER)
    assert choices(Role.OWNER, None)[News.LEAD] is When.AT_ONCE
    assert choices(Role.PRACTITIONER, {"lead": "at-once", "visit": "whenever"}) == choices(Role.PRACTITIONER, None) | {
        News.LEAD: When.AT_ONCE
    }


def test_the_morning_is_the_next_one_in_the_clinics_zone() -> None:
    zone = "America/Chicago"
    saturday = int(datetime(2026, 3, 7, 15, tzinfo=UTC).timestamp())  # 9 in the morning, the clocks change that night
    assert local(due(When.MORNING, saturday, zone) or 0, zone).isoformat() == "2026-03-08T08:00:00-05:00"
    assert local(due(When.MORNING, saturday - 2 * HOUR, zone) or 0, zone).isoformat() == "2026-03-07T08:00:00-06:00"
