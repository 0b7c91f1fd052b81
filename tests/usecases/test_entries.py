"""Who enters a campaign, by what, and when again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from service.domain.acts import AddTag, SetField
from service.domain.timing import DAY, HOUR, day_start, local, parse_iso
from service.storage import campaigns, leads, marks, sources, users
from service.storage.database import Database
from service.storage.marks import FieldMark
from service.usecases.enroll import Occasion, enter_many, enter_on
from service.usecases.enter_signup import enter_signup
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.record_reply import record_reply
from service.usecases.travel import travel
from service.usecases.watch_dates import watch_dates
from tests.support.cast import CHICAGO, Cast, campaign_file, cast, mail_files
from tests.support.clock import Clock

ONE = "\n  - {key: one, mail: one}\n"


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    return cast(db, clock)


def _publish(play: Cast, key: str, entry: str, steps: str = ONE, **more: object) -> int:
    play.publishes(campaign_file(key, steps, entry=entry, **more), mail_files("one", "two"))
    return play.campaigns[key]


def _entered(play: Cast, lead_id: int, campaign_id: int) -> list[str]:
    """The entry keys of the lead's runs there."""
    return [row["entry_key"] for row in play.rows("enrollment", lead_id=lead_id, campaign_id=campaign_id)]


def _mark(play: Cast, lead_id: int, effect: AddTag | SetField) -> None:
    with play.db.write() as conn:
        mark_leads(conn, play.kit, [Mark(play.clinic, lead_id, effect)], play.kit.clock())


def test_a_tag_enters_once_and_the_same_tag_again_enters_nobody(play: Cast) -> None:
    vip = _publish(play, "vip", "{on: tag, tag: vip}", goal="none")
    _mark(play, play.alice, AddTag("other"))
    assert _entered(play, play.alice, vip) == []
    _mark(play, play.alice, AddTag("vip"))
    _mark(play, play.alice, AddTag("vip"))
    assert _entered(play, play.alice, vip) == [""]


def test_a_field_enters_only_with_the_value_that_is_named(play: Cast) -> None:
    plan = _publish(play, "plan", "{on: field, field: plan, value: gold}", goal="none")
    _mark(play, play.alice, SetField("plan", "silver"))
    assert _entered(play, play.alice, plan) == []
    _mark(play, play.alice, SetField("plan", "gold"))
    assert _entered(play, play.alice, plan) == [""]


def test_a_sign_up_chooses_by_its_source_and_its_page(play: Cast) -> None:
    spring = _publish(play, "spring", "{on: signup, source: [fair], utm: {utm_campaign: spring}, otherwise: true}")
    with play.db.write() as conn:
        values = {
            "vendor": "standard",
            "secret": None,
            "name": "The fair",
            "interest": None,
            "consent_wording": "Yes.",
            "consent_version": "1",
            "double_opt_in": False,
            "mapping": {},
            "disabled_at": None,
        }
        fair = sources.add(conn, play.clinic, "fair", values, play.kit.clock())
        plain, ours = leads.get(conn, play.bob), leads.get(conn, play.alice)
        enter_signup(conn, play.kit, replace(plain, source_id=fair, utm={}), play.kit.clock())
        enter_signup(conn, play.kit, replace(ours, source_id=fair, utm={"utm_campaign": "spring"}), play.kit.clock())
    assert _entered(play, play.bob, spring) == []
    assert _entered(play, play.alice, spring) == [""]


def test_only_and_never_keep_people_out_with_a_reason(play: Cast) -> None:
    entry = "{on: by-hand, only: {tag: vip}, never: {field: plan, is: gold}}"
    row_id = _publish(play, "closed", entry, goal="none")
    _mark(play, play.alice, AddTag("vip"))
    _mark(play, play.bob, AddTag("vip"))
    _mark(play, play.bob, SetField("plan", "Gold"))
    with play.db.write() as conn:
        row = campaigns.by_ids(conn, [row_id])[row_id]
        definition = play.kit.library.version(conn, row.version_id).definition
        everyone = [play.alice, play.bob, play.charlie]
        outcome = enter_many(conn, row, definition, everyone, Occasion("by-hand"), play.kit.clock())
    assert set(outcome.made) == {play.alice}
    assert outcome.refused == {play.bob: "not-for-them", play.charlie: "not-for-them"}


@pytest.mark.parametrize(
    ("again", "days", "enters"),
    [
        ("never", 4_000, False),
        ("{after: 30d}", 29, False),
        ("{after: 30d}", 31, True),
        ("{each_time: 10d}", 9, False),
        ("{each_time: 10d}", 11, True),
    ],
)
def test_who_was_here_enters_again_by_the_campaigns_rule(
    play: Cast, clock: Clock, again: str, days: int, *, enters: bool
) -> None:
    row_id = _publish(play, "again", f"{{on: api, again: {again}}}", goal="none")
    play.signs_up(play.alice, "api")
    play.tick()
    assert play.rows("enrollment", campaign_id=row_id)[0]["ended_at"] is not None
    clock.advance(days=days)
    assert bool(play.signs_up(play.alice, "api")) is enters


def test_a_run_that_goes_on_is_never_doubled(play: Cast) -> None:
    row_id = _publish(play, "again", "{on: api, again: {each_time: 1d}}", "\n  - {key: one, mail: one, delay: 20d}\n")
    for days in (0, 2, 4):
        there = play.at(play.kit.clock() + days * DAY)
        with there.db.write() as conn:
            enter_on(conn, there.kit, play.clinic, [play.alice], Occasion("api"), there.kit.clock())
    assert len(_entered(play, play.alice, row_id)) == 1


BIRTHDAY = "{on: date, date: {field: birthday, at: '10:00', yearly: true}}"


def _born(play: Cast, lead_id: int, day: str) -> None:
    with play.db.write() as conn:
        marks.set_fields(conn, [FieldMark(play.clinic, lead_id, "birthday", day)], play.kit.clock())


def _watch(play: Cast, at: int) -> int:
    return watch_dates(play.at(at).kit)


def test_a_birthday_enters_each_year_once_at_its_own_hour(play: Cast) -> None:
    row_id = _publish(play, "birthday", BIRTHDAY, goal="none")
    _born(play, play.alice, "1980-12-03")
    _born(play, play.bob, "1980-12-04")
    ten = day_start(date(2026, 12, 3).toordinal(), CHICAGO) + 10 * HOUR
    assert _watch(play, ten - 1) == 0
    assert _watch(play, ten) == 1
    assert _watch(play, ten + HOUR) == 0
    assert _entered(play, play.alice, row_id) == ["date:2026-12-03"]
    run = play.rows("enrollment", lead_id=play.alice, campaign_id=row_id)[0]
    assert local(run["due_at"], CHICAGO).strftime("%H:%M") == "10:00"
    a_year_on = day_start(date(2027, 12, 3).toordinal(), CHICAGO) + 10 * HOUR
    assert _watch(play, a_year_on) == 1


def test_a_birthday_is_not_lost_when_nobody_looked_for_days(play: Cast) -> None:
    row_id = _publish(play, "birthday", BIRTHDAY, goal="none")
    _born(play, play.alice, "1980-12-03")
    late = day_start(date(2026, 12, 8).toordinal(), CHICAGO)
    assert _watch(play, late) == 1
    assert _entered(play, play.alice, row_id) == ["date:2026-12-03"]
    there = play.at(late)
    there.tick()
    run = there.rows("enrollment", lead_id=play.alice, campaign_id=row_id)[0]
    assert run["guard"] == "overdue"  # five days late is for a person to decide


def test_a_day_that_was_over_before_it_was_noted_enters_nobody(play: Cast) -> None:
    row_id = _publish(play, "birthday", BIRTHDAY, goal="none")
    noon = day_start(date(2026, 12, 8).toordinal(), CHICAGO) + 12 * HOUR
    _born(play.at(noon), play.alice, "1980-12-03")
    _born(play.at(noon), play.bob, "1980-12-08")  # on the day itself is in time
    assert _watch(play, noon) == 1
    assert _entered(play, play.alice, row_id) == []
    assert _entered(play, play.bob, row_id) == ["date:2026-12-08"]


def test_a_campaign_that_is_new_greets_nobody_for_days_before_it(play: Cast) -> None:
    _born(play, play.alice, "1980-12-03")
    later = play.at(day_start(date(2026, 12, 8).toordinal(), CHICAGO) + 12 * HOUR)
    _publish(later, "birthday", BIRTHDAY, goal="none")
    assert watch_dates(later.kit) == 0


def test_whoever_is_kept_out_on_their_day_costs_no_lock_at_each_look(play: Cast) -> None:
    row_id = _publish(
        play, "birthday", BIRTHDAY.replace("yearly: true}", "yearly: true}, only: {tag: vip}"), goal="none"
    )
    _born(play, play.alice, "1980-12-03")
    seen: list[str] = []
    sa.event.listen(play.db._engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert _watch(play, day_start(date(2026, 12, 3).toordinal(), CHICAGO) + 11 * HOUR) == 0
    assert not [said for said in seen if said.startswith("BEGIN IMMEDIATE")]
    _mark(play, play.alice, AddTag("vip"))
    assert _watch(play, day_start(date(2026, 12, 3).toordinal(), CHICAGO) + 12 * HOUR) == 1
    assert _entered(play, play.alice, row_id) == ["date:2026-12-03"]


def test_travelling_stops_at_each_birthday_on_the_way(play: Cast) -> None:
    row_id = _publish(play, "birthday", BIRTHDAY, goal="none")
    _born(play, play.alice, "1980-12-03")
    play.lead("erin")
    travel(play.kit, play.provider, day_start(date(2027, 1, 10).toordinal(), CHICAGO))
    run = play.rows("enrollment", lead_id=play.alice, campaign_id=row_id)[0]
    assert local(run["entered_at"], CHICAGO).strftime("%m-%d %H:%M") == "12-03 10:00"
    assert run["reason"] == "completed"


def test_who_was_born_on_leap_day_is_greeted_every_year(play: Cast) -> None:
    row_id = _publish(play, "birthday", BIRTHDAY, goal="none")
    _born(play, play.alice, "1980-02-29")
    for year, day in ((2027, 28), (2028, 29)):
        _watch(play, day_start(date(year, 2, day).toordinal(), CHICAGO) + 11 * HOUR)
    assert _entered(play, play.alice, row_id) == ["date:2027-02-28", "date:2028-02-29"]


def test_a_date_before_counts_back_from_the_day(play: Cast) -> None:
    entry = "{on: date, date: {field: renewal, before: 7d, at: '09:00'}}"
    row_id = _publish(play, "renewal", entry, goal="none")
    with play.db.write() as conn:
        marks.set_fields(conn, [FieldMark(play.clinic, play.alice, "renewal", "2026-12-10")], play.kit.clock())
    assert _watch(play, parse_iso("2026-12-03T08:59", CHICAGO)) == 0
    assert _watch(play, parse_iso("2026-12-03T09:01", CHICAGO)) == 1
    assert _entered(play, play.alice, row_id) == ["date:2026-12-03"]


def test_who_replies_leaves_the_series_and_is_answered_by_a_person(play: Cast) -> None:
    play.signs_up(play.alice)
    with play.db.read() as conn:
        dana = users.find(conn, play.dana)
    assert dana is not None
    assert record_reply(play.kit, dana, play.alice) == 1
    run = play.rows("enrollment", lead_id=play.alice)[0]
    assert run["reason"] == "replied"
    assert play.rows("event", lead_id=play.alice, kind="replied")
    assert record_reply(play.kit, dana, play.alice) == 0


def test_a_step_marks_tells_and_leads_elsewhere_once(play: Cast) -> None:
    other = _publish(play, "other", "{on: by-hand}", goal="none")
    steps = """
  - {key: mark, tag: nurtured}
  - {key: note, set: {field: stage, to: warm}}
  - {key: ask, tell: "Please call them", as: call}
  - {key: on, enter: other}
  - {key: one, mail: one}
"""
    _publish(play, "doing", "{on: api}", steps, goal="none")
    play.signs_up(play.alice, "api")
    play.tick()
    play.tick()
    assert [row["tag"] for row in play.rows("lead_tag", lead_id=play.alice)] == ["nurtured"]
    assert [row["value"] for row in play.rows("lead_field", lead_id=play.alice)] == ["warm"]
    assert [row["kind"] for row in play.rows("task", lead_id=play.alice)] == ["call"]
    assert _entered(play, play.alice, other) == [""]


def test_a_loop_sends_each_round_once_and_ends(play: Cast, clock: Clock) -> None:
    steps = (
        "\n  - {key: one, mail: one, delay: 1d}\n  - {key: back, jump: one, at_most: 2}\n  - {key: two, mail: two}\n"
    )
    _publish(play, "loop", "{on: api}", steps, goal="none")
    (run,) = play.signs_up(play.alice, "api")
    for _ in range(20):
        clock.advance(days=1)
        play.tick()
    sent = [(row["step"], row["visit"]) for row in play.rows("message", enrollment_id=run)]
    assert sent == [("one", 1), ("one", 2), ("one", 3), ("two", 1)]
    assert play.run(run)["reason"] == "completed"


def test_a_split_sends_each_lead_one_way_and_keeps_the_holdout_out(play: Cast) -> None:
    steps = """
  - key: which
    split:
      holdout: 20
      variants:
        - {label: A, share: 50, steps: [{key: one, mail: one}]}
        - {label: B, share: 50, steps: [{key: two, mail: two}]}
"""
    _publish(play, "parted", "{on: api}", steps, goal="none")
    people = [play.lead(f"reader{number}") for number in range(40)]
    with play.db.write() as conn:
        enter_on(conn, play.kit, play.clinic, people, Occasion("api"), play.kit.clock())
    play.tick()
    went = {row["lead_id"]: row["label"] for row in play.rows("choice")}
    assert set(went) == set(people)
    assert set(went.values()) == {"A", "B", "held out"}
    wrote = {row["lead_id"]: row["step"] for row in play.rows("message")}
    assert wrote == {lead: {"A": "one", "B": "two"}[way] for lead, way in went.items() if way != "held out"}
