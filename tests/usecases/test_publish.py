"""Publishing while people are on their way: told before, done by batches, and never a mail twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from service.content.faults import Faults
from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import publications
from service.usecases.blast_radius import BlastRadius, as_json, preview
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.draft_campaign import NoCampaign, discard_draft, open_draft, save_draft
from service.usecases.move_runs import move_publication, move_runs
from service.usecases.publish_live import Published, ReachBackOnlyMoves, publish_live
from service.usecases.release_held import release
from service.usecases.unsubscribe import unsubscribe
from tests.support.at_once import at_once
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock

ALICE = "alice@example.org"
NAMES = ("welcome", "second", "third", "fourth")
MAILS = mail_files(*NAMES)


def _texts(*steps: tuple[str, str]) -> tuple[str, dict[str, tuple[str, str]]]:
    lines = "".join(f"\n  - {{key: {key}, mail: {key}, {when}}}" for key, when in steps)
    return campaign_file(steps=lines), {key: MAILS[key] for key, _ in steps}


AT_ONCE, TWO_DAYS, THREE_DAYS = "at_once: true", "delay: 2d", "delay: 3d"
WELCOME, SECOND, THIRD = ("welcome", AT_ONCE), ("second", TWO_DAYS), ("third", THREE_DAYS)
SHORTER = _texts(WELCOME, ("second", "delay: 1h"), THIRD)
LONGER = _texts(WELCOME, ("second", "delay: 6d"), THIRD)  # a Monday
WITHOUT = _texts(WELCOME, THIRD)
TURNED = _texts(("second", AT_ONCE), ("welcome", "delay: 1d"), THIRD)
MORE = _texts(WELCOME, SECOND, THIRD, ("fourth", "delay: 1d"))


def _publish(play: Cast, texts: Any, mode: Any = "move", reach_back: int | None = None) -> Published:
    return publish_live(play.kit, play.clinic, play.dana, "tiny", *texts, mode, reach_back)


def _preview(play: Cast, texts: Any, mode: Any = "move", reach_back: int | None = None) -> BlastRadius:
    return preview(play.kit, play.clinic, "tiny", *texts, mode, reach_back)


def _crowd(play: Cast, people: int) -> list[int]:
    """They have had the first mail and wait for the second."""
    runs = [play.signs_up(play.lead(f"guest{number}"))[0] for number in range(people)]
    play.tick()
    return runs


def _live(play: Cast, clock: Clock, days: int) -> None:
    for _ in range(days * 4):
        clock.advance(hours=6)
        move_runs(play.kit)
        play.quiet()


def _nobody_twice(play: Cast) -> None:
    went = Counter((row["to_email"], row["subject"]) for row in play.rows("outbox"))
    assert max(went.values(), default=0) <= 1, went


def test_the_preview_tells_of_each_step_and_publishing_does_what_it_told(play: Cast, clock: Clock) -> None:
    runs = _crowd(play, 3)
    clock.advance(days=1, hours=1)
    late = play.signs_up(play.alice)
    found = _preview(play, SHORTER)
    assert as_json(found) == {
        "campaign": "tiny",
        "version": 2,
        "mode": "move",
        "steps": [
            {"step": "welcome", "title": "A word: welcome"} | _fates(stays=1),
            {"step": "second", "title": "A word: second"} | _fates(now=3),
            {"step": "third", "title": "A word: third"} | _fates(),
        ],
        "completed_reached": 0,
        "people": 4,
        "duplicates": 0,
        "changed": {"added": [], "removed": [], "changed": ["second"]},
    }
    before = play.stands(late[0])
    made = _publish(play, SHORTER)
    assert (made.version, made.people) == (2, 4)
    assert [play.stands(run)[1] for run in runs] == [clock()] * 3
    assert play.stands(late[0]) == before
    row = play.rows("publication")[0]
    assert (row["done_at"], row["counts"]) == (clock(), {"people": 4, "now": 3, "stays": 1})
    assert [row["action"] for row in play.rows("audit")] == ["campaign published"]
    play.tick()
    assert Counter(row["subject"] for row in play.rows("outbox"))["A word: second"] == 3
    _nobody_twice(play)


def _fates(**fates: int) -> dict[str, int]:
    return dict.fromkeys(("stays", "sooner", "now", "later", "skips", "ends"), 0) | fates


@pytest.mark.parametrize(
    ("texts", "step", "days"),
    [(LONGER, "second", 6), (WITHOUT, "third", 3), (TURNED, "second", 0)],
    ids=["longer", "removed", "turned"],
)
def test_a_wait_counts_from_its_start(play: Cast, clock: Clock, texts: Any, step: str, days: int) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    start = clock()
    clock.advance(hours=1)
    _publish(play, texts)
    assert play.stands(run)[:2] == (step, max(start + days * DAY, clock()))
    _live(play, clock, 14)
    assert play.run(run)["state"] == EnrollmentState.COMPLETED
    _nobody_twice(play)
    assert len(play.sent(ALICE)) == len(texts[1])


def test_who_finishes_the_old_version_is_not_touched(play: Cast, clock: Clock) -> None:
    (run,) = _crowd(play, 1)
    before = play.run(run)
    assert _preview(play, WITHOUT, "finish").total("stays") == 1
    assert _publish(play, WITHOUT, "finish").people == 1
    assert move_runs(play.kit) == 0
    assert play.run(run) == before
    (new,) = play.signs_up(play.alice)
    assert play.run(new)["version_id"] != before["version_id"]


def test_who_leaves_by_a_new_version_leaves_with_that_reason(play: Cast) -> None:
    runs = _crowd(play, 2)
    assert _preview(play, WITHOUT, "exit").total("ends") == 2
    _publish(play, WITHOUT, "exit")
    assert {(play.run(run)["state"], play.run(run)["reason"]) for run in runs} == {
        (EnrollmentState.EXITED, "new-version")
    }
    assert [row["reason"] for row in play.rows("refusal")] == ["new-version"] * 2
    play.tick()
    assert len(play.rows("outbox")) == 2


def test_a_version_published_after_others_moves_who_stayed_behind_in_any_of_them(play: Cast, clock: Clock) -> None:
    runs = _crowd(play, 1)
    _publish(play, SHORTER, "finish")
    runs += play.signs_up(play.alice)
    play.tick()
    found = _preview(play, LONGER)
    assert (found.version, found.people, found.total("later")) == (3, 2, 2)
    _publish(play, LONGER)
    assert len({play.run(run)["version_id"] for run in runs}) == 1
    _live(play, clock, 14)
    _nobody_twice(play)


def test_the_same_text_and_mails_again_make_nothing(play: Cast) -> None:
    _crowd(play, 1)
    assert _publish(play, SHORTER).publication is not None
    before = play.rows("enrollment"), play.rows("publication"), play.rows("campaign_version")
    assert not _preview(play, SHORTER).new
    assert _publish(play, SHORTER).publication is None
    assert (play.rows("enrollment"), play.rows("publication"), play.rows("campaign_version")) == before


def test_a_mail_that_reads_otherwise_is_a_change_of_its_step_and_moves_nobody(play: Cast) -> None:
    (run,) = _crowd(play, 1)
    texts = _texts(WELCOME, SECOND, THIRD)
    texts[1]["second"] = mail_files("second", body="More of it.")["second"]
    found = _preview(play, texts)
    assert (found.changed, found.total("stays")) == (["second"], 1)
    before = play.stands(run)
    _publish(play, texts)
    assert play.stands(run) == before


def test_a_faulty_text_is_refused_with_its_line_and_changes_nothing(play: Cast) -> None:
    texts = SHORTER[0].replace("delay: 1h", "dealy: 1h"), SHORTER[1]
    for does in (_preview, _publish):
        with pytest.raises(Faults, match=r"tiny.yaml:8: .*did you mean 'delay'"):
            does(play, texts)
    with pytest.raises(Faults, match="a campaign keeps its key"):
        _publish(play, (SHORTER[0].replace("key: tiny", "key: other"), SHORTER[1]))
    assert len(play.rows("campaign_version")) == 1


# -- who completed -----------------------------------------------------------------------------------------------


def _through(play: Cast, clock: Clock, *names: str) -> dict[str, int]:
    leads = {name: play.lead(name) for name in names}
    for lead_id in leads.values():
        play.signs_up(lead_id)
    _live(play, clock, 8)
    assert {row["state"] for row in play.rows("enrollment")} == {EnrollmentState.COMPLETED}
    return leads


def test_a_step_added_at_the_end_reaches_who_completed_within_the_window(play: Cast, clock: Clock) -> None:
    _through(play, clock, "eve")
    clock.advance(days=20)
    leads = _through_again(play, clock, "finn")
    for days, reached in ((5, 1), (60, 2)):
        assert _preview(play, MORE, "move", days * DAY).completed_reached == reached
    assert _preview(play, MORE).completed_reached == 0
    _publish(play, MORE, "move", 10 * DAY)
    _live(play, clock, 3)
    assert play.sent("finn@example.org")[-1] == "A word: fourth"
    assert play.sent("eve@example.org")[-1] == "A word: third"
    _nobody_twice(play)
    assert play.rows("enrollment", lead_id=leads["finn"])[0]["state"] == EnrollmentState.COMPLETED


def _through_again(play: Cast, clock: Clock, name: str) -> dict[str, int]:
    lead_id = play.lead(name)
    play.signs_up(lead_id)
    _live(play, clock, 8)
    return {name: lead_id}


def test_nobody_is_reached_who_left_who_asked_us_to_stop_or_who_is_in_again(play: Cast, clock: Clock) -> None:
    leads = _through(play, clock, "eve", "finn", "gil")
    unsubscribe(play.kit, leads["eve"])
    with play.db.write() as conn:
        conn.exec_driver_sql("UPDATE enrollment SET state = 4 WHERE lead_id = %d" % leads["finn"])  # noqa: UP031
    assert _preview(play, MORE, "move", 30 * DAY).completed_reached == 1
    _publish(play, MORE, "move", 30 * DAY)
    _live(play, clock, 3)
    assert [row["to_email"] for row in play.rows("outbox") if "fourth" in row["subject"]] == ["gil@example.org"]
    assert play.rows("publication")[0]["counts"]["reached"] == 1


def test_only_a_move_reaches_back(play: Cast) -> None:
    with pytest.raises(ReachBackOnlyMoves):
        _publish(play, MORE, "finish", DAY)
    assert play.rows("publication") == []


# -- held, paused, on the wire -----------------------------------------------------------------------------------


def test_a_paused_campaign_stays_paused_in_the_new_version(play: Cast, clock: Clock) -> None:
    (run,) = _crowd(play, 1)
    pause_campaign(play.kit, play.clinic, play.campaigns["tiny"], play.dana)
    clock.advance(days=1)
    _publish(play, SHORTER)
    assert (play.run(run)["state"], play.run(run)["guard"]) == (EnrollmentState.PAUSED, "campaign-paused")
    play.tick()
    assert len(play.rows("outbox")) == 1
    resume_campaign(play.kit, play.clinic, play.campaigns["tiny"], play.dana)
    play.tick()
    assert len(play.rows("outbox")) == 2


def test_what_is_overdue_still_waits_for_a_person(play: Cast, clock: Clock) -> None:
    (run,) = _crowd(play, 1)
    clock.advance(days=3)
    _publish(play, SHORTER)
    play.tick()
    assert play.run(run)["guard"] == "overdue"
    _publish(play, _texts(WELCOME, ("second", "delay: 2h"), THIRD))
    assert (play.run(run)["state"], play.run(run)["guard"]) == (EnrollmentState.PAUSED, "overdue")
    release(play.kit, play.clinic, "send", play.dana)
    play.tick()
    _nobody_twice(play)
    assert len(play.rows("outbox")) == 2


def test_a_mail_in_the_providers_hands_keeps_its_version(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)

    class Killed(BaseException): ...

    def die(point: str) -> None:
        if point == "after-intent":
            raise Killed

    with pytest.raises(Killed):
        play.tick(probe=die)
    (before,) = play.rows("message")
    assert _preview(play, TURNED).leaving == 1
    _publish(play, TURNED)
    assert play.rows("message") == [before]
    assert play.run(run)["version_id"] != before["version_id"]


# -- killed, and two at once -------------------------------------------------------------------------------------


class Killed(BaseException):
    """The machine is gone."""


def _open_publication(play: Cast, texts: Any, reach_back: int | None = None) -> int:
    """As a publishing to many leaves it: the worker has everything still to do."""
    made = _publish(play.at(play.kit.clock()), texts, "move", reach_back)
    assert made.publication is not None
    return made.publication


@pytest.mark.parametrize("point", ["before-move", "after-move", "after-batch"])
@pytest.mark.parametrize("batch", [1, 2, 4])
def test_killed_between_batches_it_goes_on_where_it_was(
    play: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch, point: str, batch: int
) -> None:
    monkeypatch.setattr("service.usecases.publish_live.INLINE", -1)
    done = _through(play, clock, "eve", "finn")
    runs = _crowd(play, 5)
    publication_id = _open_publication(play, MORE, 30 * DAY)

    def die(at: str) -> None:
        if at == point:
            raise Killed

    for _ in range(20):
        try:
            move_publication(play.kit, publication_id, batch=batch, probe=die)
        except Killed:
            continue
        break
    move_runs(play.kit, batch=batch)
    assert move_runs(play.kit) == 0
    (row,) = play.rows("publication")
    assert row["counts"] == {"people": 5, "stays": 5, "reached": 2, "looked": row["counts"]["looked"]}
    newest = {play.run(run)["version_id"] for run in runs}
    assert newest == {row["version_id"]}
    _live(play, clock, 12)
    _nobody_twice(play)
    assert Counter(mail["subject"] for mail in play.rows("outbox"))["A word: fourth"] == 5 + len(done)


def test_it_stops_between_batches_when_it_is_told_to(play: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.publish_live.INLINE", -1)
    _crowd(play, 4)
    publication_id = _open_publication(play, LONGER)
    turns = iter([True, False])
    move_publication(play.kit, publication_id, batch=2, go_on=lambda: next(turns))
    assert play.rows("publication")[0]["counts"] == {"people": 4, "later": 2}


def test_two_workers_move_everybody_once(play: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.publish_live.INLINE", -1)
    runs = _crowd(play, 12)
    publication_id = _open_publication(play, SHORTER)
    clock.advance(hours=2)
    at_once(*(lambda: move_publication(play.kit, publication_id, batch=3) for _ in range(3)))
    move_runs(play.kit)
    (row,) = play.rows("publication")
    assert (row["counts"], row["done_at"]) == ({"people": 12, "now": 12}, clock())
    assert {play.run(run)["revision"] for run in runs} == {3}, "each was moved once"
    play.tick()
    _nobody_twice(play)


def test_a_tick_in_the_middle_of_a_batch_wins_and_the_run_is_moved_from_where_it_came(
    play: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.usecases.publish_live.INLINE", -1)
    (run,) = _crowd(play, 1)
    publication_id = _open_publication(play, TURNED)
    clock.advance(days=2)
    ticked = []

    def tick(point: str) -> None:
        if point == "before-move" and not ticked:
            ticked.append(play.tick().accepted)

    move_publication(play.kit, publication_id, probe=tick)
    assert ticked == [1]
    assert play.rows("publication")[0]["done_at"] == clock()
    assert play.stands(run)[0] == "third"
    _live(play, clock, 6)
    _nobody_twice(play)
    assert len(play.rows("outbox")) == 3


def test_moving_takes_the_same_number_of_queries_for_many_as_for_few(play: Cast) -> None:
    from sqlalchemy import event as sa_event

    seen: list[str] = []
    engine = play.db._engine
    sa_event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    counts = []
    for people in (2, 9):
        for number in range(people):
            play.signs_up(play.lead(f"p{people}-{number}"))
        play.tick()
        seen.clear()
        _preview(play, LONGER)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# -- drafts ------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_with_its_faults_and_published_without(play: Cast) -> None:
    faulty = SHORTER[0].replace("delay: 1h", "dealy: 1h")
    (fault,) = save_draft(play.kit, play.clinic, play.dana, "tiny", faulty)
    assert fault.line == 8
    draft = open_draft(play.kit, play.clinic, "tiny")
    assert draft is not None
    assert (draft.source, draft.faults, draft.changed) == (faulty, (fault,), True)
    assert save_draft(play.kit, play.clinic, play.dana, "tiny", SHORTER[0]) == ()
    draft = open_draft(play.kit, play.clinic, "tiny")
    assert draft is not None
    _publish(play, (draft.source, draft.mails))
    assert open_draft(play.kit, play.clinic, "tiny") is None


def test_a_draft_is_discarded_once(play: Cast) -> None:
    save_draft(play.kit, play.clinic, play.dana, "tiny", SHORTER[0])
    assert discard_draft(play.kit, play.clinic, play.dana, "tiny")
    assert not discard_draft(play.kit, play.clinic, play.dana, "tiny")
    with pytest.raises(NoCampaign):
        save_draft(play.kit, play.clinic, play.dana, "nobody", SHORTER[0])


def test_the_newest_publishing_is_the_one_that_is_shown(play: Cast, clock: Clock) -> None:
    _publish(play, SHORTER)
    clock.advance(hours=1)
    _publish(play, LONGER)
    with play.db.read() as conn:
        found = publications.newest(conn, play.campaigns["tiny"])
    assert found is not None
    assert found.at == clock()
