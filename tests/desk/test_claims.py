"""What a series claims about health is vouched for by its publishing, for a year; then its mails wait until somebody
has read the claims again."""

from __future__ import annotations

import re

import sqlalchemy as sa

from service.domain.timing import DAY
from service.storage.tables import audit, campaign, enrollment
from tests.support.desk_data import Desk, a_user, sign_in

KEY = "sciatica-consultation"


def reviewed_ago(desk: Desk, days: int) -> None:
    at = desk.clock.at - days * DAY
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(campaign).where(campaign.c.key == KEY).values(reviewed_at=at))


def guards(desk: Desk) -> set[str | None]:
    with desk.house.kit.db.read() as conn:
        query = sa.select(enrollment.c.guard).where(enrollment.c.campaign_id == desk.campaign())
        return set(conn.execute(query.where(enrollment.c.state.in_([1, 2]))).scalars())


def pass_days(desk: Desk, days: int) -> None:
    for _ in range(days * 4):
        desk.clock.at += DAY // 4
        desk.tick()


def test_each_claim_stands_with_its_mail_and_its_source(desk: Desk) -> None:
    page = desk.get("/desk/claims")
    assert "Health claims" in page.split("<main")[1]
    assert "Last vouched for" in page
    assert len(re.findall(r"<tr><td>[^<]+</td><td class=\"muted\">“", page)) >= 5
    assert "Mayo Clinic" in page
    assert "invitation-no-slots" not in page, "a mail is named by its subject"
    assert "to be read again" not in desk.get("/desk/")


def test_home_asks_a_month_before_the_review_ends_and_no_mail_waits_yet(desk: Desk) -> None:
    reviewed_ago(desk, 300)
    assert "to be read again" not in desk.get("/desk/")
    reviewed_ago(desk, 340)
    home = desk.get("/desk/")
    assert re.search(r"health claims are to be read again", home)
    assert re.search(r"From [^<]+ on the \d+ mails with them wait\.", home)
    assert 'href="/desk/claims"' in home
    pass_days(desk, 3)
    assert "content-expired" not in guards(desk)


def test_a_review_that_ran_out_holds_the_mails_with_claims_and_reading_them_again_lets_them_go(desk: Desk) -> None:
    reviewed_ago(desk, 366)
    pass_days(desk, 12)
    assert "content-expired" in guards(desk)
    home = desk.get("/desk/")
    assert "The review ran out" in home
    assert "held: the review of its content has run out" in home
    review = desk.get("/desk/review")
    assert 'href="/desk/claims">Read the claims' in review
    assert "stop" in desk.get("/desk/claims")
    answer = desk.post_form(f"/desk/claims/{desk.campaign()}")
    assert answer.status_code == 303
    assert "who waited for it now go" in desk.get("/desk/claims")
    assert "content-expired" not in guards(desk)
    assert "to be read again" not in desk.get("/desk/")
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(audit.c.user_id).where(audit.c.action == "claims reviewed")).scalar_one()
    pass_days(desk, 3)
    assert "content-expired" not in guards(desk)


def test_whoever_may_not_publish_may_read_and_not_vouch_and_another_clinics_series_is_none(desk: Desk) -> None:
    assert desk.post_form("/desk/claims/1").status_code == 404
    assert "they hold" in desk.get("/desk/claims")
    a_user(desk.house, "vera@sun.example", "Vera Voss", role="viewer")
    desk.client.post("/desk/sign-out", data={"csrf_token": desk.token()})
    sign_in(desk.client, "vera@sun.example")
    seen = desk.get("/desk/claims")
    assert "Mayo Clinic" in seen
    assert "they hold" not in seen
    assert desk.post_form(f"/desk/claims/{desk.campaign()}").status_code == 403
