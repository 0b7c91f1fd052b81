"""Who waits for something to happen is looked at when it happens, and nobody else is."""

from __future__ import annotations

import pytest

from service.domain.acts import AddTag, Effect, RemoveTag, SetField
from service.domain.timing import DAY, MINUTE
from service.storage import clinics, events, scores
from service.storage.scores import Entry
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.leave import reach_goal, wake
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.score_leads import score_leads
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock


def _waits_for(play: Cast, condition: str, entry: str = "{on: by-hand}") -> int:
    steps = f"\n  - {{key: hold, wait: {{for: {condition}, at_most: 30d}}}}\n"
    steps += "  - {key: one, mail: one, at_once: true}\n"
    play.publishes(campaign_file("patient", steps, entry=entry, goal="none"), mail_files("one"))
    (run,) = play.signs_up(play.alice, "by-hand")
    play.tick()
    assert play.stands(run)[0] == "hold"
    return run


def _mark(play: Cast, effect: Effect) -> None:
    with play.db.write() as conn:
        mark_leads(conn, play.kit, [Mark(play.clinic, play.alice, effect)], play.kit.clock())


@pytest.mark.parametrize(
    ("condition", "effect"),
    [
        ("{tag: vip}", AddTag("vip")),
        ("{field: plan, is: gold}", SetField("plan", "gold")),
        ("{not: {tag: new}}", RemoveTag("new")),
    ],
)
def test_a_mark_ends_the_wait_for_it_at_once(play: Cast, clock: Clock, condition: str, effect: Effect) -> None:
    _mark(play, AddTag("new"))
    run = _waits_for(play, condition)
    clock.advance(days=1)
    _mark(play, effect)
    play.tick()
    assert play.mails(play.alice) == [("one", "accepted")]
    assert play.run(run)["ended_at"] == clock()


def test_a_deed_that_counts_ends_the_wait_for_it(play: Cast, clock: Clock) -> None:
    _waits_for(play, "{did: visited}")
    clock.advance(days=1)
    with play.db.write() as conn:
        events.add(conn, clinic_id=play.clinic, lead_id=play.alice, at=clock(), kind="visited")
    score_leads(play.kit)
    play.tick()
    assert play.mails(play.alice) == [("one", "accepted")]


def test_points_by_a_step_end_the_wait_for_a_score(play: Cast) -> None:
    _waits_for(play, "{score: {at_least: 10}}")
    steps = "\n  - {key: give, score: 12}\n"
    play.publishes(campaign_file("giving", steps, entry="{on: api}", goal="none"), {})
    play.signs_up(play.alice, "api")
    play.tick()
    assert play.mails(play.alice) == [("one", "accepted")]


def test_a_wait_that_was_paused_and_resumed_still_hears_what_happens(play: Cast, clock: Clock) -> None:
    _waits_for(play, "{tag: vip}")
    pause_campaign(play.kit, play.clinic, play.campaigns["patient"], play.dana)
    resume_campaign(play.kit, play.clinic, play.campaigns["patient"], play.dana)
    clock.advance(days=1)
    _mark(play, AddTag("vip"))
    play.tick()
    assert play.mails(play.alice) == [("one", "accepted")]


def test_a_deed_moves_no_mail_and_no_plain_wait(play: Cast, clock: Clock) -> None:
    steps = "\n  - {key: hold, wait: 5d}\n  - {key: one, mail: one, at_once: true}\n"
    play.publishes(campaign_file("plain", steps, entry="{on: by-hand}", goal="none"), mail_files("one"))
    runs = play.signs_up(play.alice, "by-hand") + play.signs_up(play.alice)
    play.tick()
    before = [play.stands(run) for run in runs]
    clock.advance(minutes=10)
    with play.db.write() as conn:
        wake(conn, play.kit, [play.alice], clock())
    assert [play.stands(run) for run in runs] == before


def test_two_campaigns_that_lead_into_each_other_stop(play: Cast) -> None:
    steps = "\n  - {{key: mark, tag: {0}}}\n  - {{key: on, enter: {0}}}\n  - {{key: late, tag: late}}\n"
    alone = campaign_file("pong", "\n  - {key: mark, tag: pong}\n", entry="{on: by-hand}", goal="none", family="game")
    play.publishes(alone, {})
    for key, other in (("ping", "pong"), ("pong", "ping")):
        text = campaign_file(key, steps.format(other), entry="{on: api}", goal="none", family="game")
        play.publishes(text, {})
    play.signs_up(play.alice, "api")
    for _ in range(12):
        play.tick(limit=1)
    assert len(play.rows("enrollment", lead_id=play.alice)) == 2


@pytest.mark.parametrize(("leave", "ended"), [("goal", 1), ("never", 0), ("{mismatch}", 0)])
def test_a_goal_ends_only_what_a_goal_is_to_end(play: Cast, leave: str, ended: int) -> None:
    how: dict[str, object] = {"leave": leave} if leave != "{mismatch}" else {"leave": "mismatch", "while": "{tag: vip}"}
    steps = "\n  - {key: one, mail: one, delay: 2d}\n"
    play.publishes(campaign_file("bound", steps, entry="{on: by-hand}", goal="booked", **how), mail_files("one"))
    play.signs_up(play.alice, "by-hand")
    with play.db.write() as conn:
        assert reach_goal(conn, play.kit, play.alice, "booked", play.kit.clock()) == ended


def test_points_wake_nobody_who_waits_for_a_tag(play: Cast, clock: Clock) -> None:
    run = _waits_for(play, "{tag: vip}")
    before = play.run(run)["revision"]
    with play.db.write() as conn:
        entry = Entry(play.clinic, play.alice, clock(), 3, "By hand")
        scores.give(conn, [entry], {play.clinic: clinics.get(conn, play.clinic).score_half_life})
    play.publishes(campaign_file("giving", "\n  - {key: give, score: 1}\n", entry="{on: api}", goal="none"), {})
    play.signs_up(play.alice, "api")
    play.tick()
    assert play.run(run)["revision"] == before
    assert play.stands(run)[1] > clock() + 29 * DAY + MINUTE
