"""What one batch does to another: a stop between them, a broken visit among them, and whose mail goes first."""

from __future__ import annotations

import sqlalchemy as sa

from service.domain.timing import HOUR, MINUTE
from service.storage import caps, clinics
from service.storage.tables import appointment, enrollment
from service.usecases.advance import advance, plan
from service.usecases.book_visit import Booked, book_visit
from service.usecases.follow_link import follow_link
from service.usecases.resend import resend_planned
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock

ONCE = "\n  - {key: first, mail: first, at_once: true}"
BRANCH = """
  - {key: welcome, mail: welcome, at_once: true}
  - key: looked
    delay: 1h
    branch:
      within: 3d
      arms:
        - label: "Opened the booking page"
          when: {clicked: book}
          steps: [{key: first, mail: first, at_once: true}]
"""
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"


def test_a_pass_asks_before_each_batch_whether_to_go_on(play: Cast) -> None:
    for number in range(6):
        play.signs_up(play.lead(f"guest{number}"))
    answers = iter([True, True, False])
    tally = advance(play.kit, play.provider, limit=2, go_on=lambda: next(answers))
    assert tally.accepted == 4
    assert len(play.rows("message")) == 4
    assert resend_planned(play.kit, play.provider, go_on=lambda: False).seen == 0
    assert play.tick(limit=2).accepted == 2


def test_one_visit_that_makes_no_calendar_file_holds_its_own_mail_only(play: Cast, clock: Clock) -> None:
    files = mail_files("booked", service=True)
    mjml, text = files["booked"]
    files["booked"] = (mjml.replace("service: true", "service: true\nattach: calendar"), text)
    steps = "\n  - {key: booked, mail: booked, at_once: true}"
    play.publishes(campaign_file("visits", steps, entry="{on: booked}", goal="none"), files)
    broken = book_visit(play.kit, play.alice, clock() + 47 * HOUR)
    with play.db.write() as conn:
        assert isinstance(broken, Booked)
        conn.execute(sa.update(appointment).values(ends_at=10**14))
    guest = play.lead("guest")
    play.signs_up(guest)
    play.tick()
    assert play.mails(guest) == [("welcome", "accepted")]
    assert play.mails(play.alice) == []
    (run,) = play.rows("enrollment", lead_id=play.alice)
    assert run["guard"] == "content-broken"


def test_of_two_campaigns_the_more_urgent_sends_although_it_stands_in_a_later_batch(play: Cast, clock: Clock) -> None:
    for key, priority in (("minor", 10), ("major", 90)):
        play.publishes(
            campaign_file(key, ONCE, entry=f"{{on: signup, interest: [{key}]}}", priority=priority), mail_files("first")
        )
    guests = [play.lead(f"guest{number}") for number in range(4)]
    for key in ("minor", "major"):
        for guest in guests:
            play.signs_up(guest, interest=key)
        clock.advance(minutes=1)
    play.tick(limit=3)
    sent = {row["campaign_id"] for row in play.rows("message")}
    assert sent == {play.campaigns["major"]}
    assert len(play.rows("message")) == 4
    waiting = [row["campaign_id"] for row in play.rows("enrollment", guard="capped")]
    assert waiting == [play.campaigns["minor"]] * 4


def test_a_week_that_is_nearly_full_takes_one_more_although_the_day_would_take_two(play: Cast, clock: Clock) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"cap_day": 2, "cap_week": 1})
    for key in ("north", "south"):
        play.publishes(campaign_file(key, ONCE, entry="{on: by-hand}", goal="none"), mail_files("first"))
    play.signs_up(play.alice, "by-hand")
    play.tick()
    assert len(play.rows("message")) == 1


def test_a_day_that_takes_two_gets_two_although_the_first_place_was_given_back(play: Cast, clock: Clock) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"cap_day": 2})
    for key in ("north", "south"):
        play.publishes(campaign_file(key, ONCE, entry="{on: by-hand}", goal="none"), mail_files("first"))
    play.signs_up(play.alice, "by-hand")
    play.tick()
    first = next(row for row in play.rows("cap") if row["n"] == 1)
    with play.db.write() as conn:
        caps.release(conn, play.alice, first["day"], first["message_id"])
    play.signs_up(play.alice)
    play.tick()
    assert len(play.rows("message")) == 3
    assert sorted(row["n"] for row in play.rows("cap")) == [1, 2]


def test_a_click_just_before_a_branch_looks_is_seen_when_it_counts(play: Cast, clock: Clock) -> None:
    play.publishes(campaign_file("sees", BRANCH, entry="{on: by-hand}"), mail_files("welcome", "first"))
    (run,) = play.signs_up(play.alice, "by-hand")
    play.tick()
    with play.db.read() as conn:
        looks = conn.execute(sa.select(enrollment.c.due_at).where(enrollment.c.id == run)).scalar_one()
    clock.at = looks - 2 * MINUTE
    follow_link(play.kit, play.rows("message")[0]["id"], "book", user_agent=PERSON)
    clock.at = looks
    play.tick()
    assert play.stands(run)[:2] == ("looked", looks + 3 * MINUTE)
    clock.advance(minutes=3)
    play.tick()
    assert play.run(run)["step"] == "first"


def test_a_batch_reads_the_clinics_once(play: Cast) -> None:
    play.signs_up(play.alice)
    seen: list[str] = []
    sa.event.listen(play.db._engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    plan(play.kit, play.kit.clock(), 500)
    assert len([said for said in seen if "FROM clinic" in " ".join(said.split())]) == 1
