"""As many schedulers as there are processes, and jobs that run into one another: each mail still leaves once."""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from service.domain.campaign import Definition, MailStep
from service.domain.entry import Entry
from service.domain.timing import DAY, Delay
from service.storage.database import Database
from service.usecases.advance import advance, plan
from service.usecases.resend import resend_planned
from service.usecases.save_segment import save_segment
from service.usecases.settle import settle
from service.usecases.watch_segments import watch_segments
from tests.support.at_once import at_once
from tests.support.cast import Cast, outbox_provider
from tests.support.clock import Clock
from tests.support.written import write, writing

PROCESSES, PEOPLE = 4, 30
STEPS = (
    MailStep("one", "one", "", at_once=True, then="two"),
    MailStep("two", "two", "", Delay(days=1), at_once=True, then="three"),
    MailStep("three", "three", "", Delay(days=1), at_once=True),
)
VIPS = Definition("vips", "Vips", Entry("segment", what="vips"), "one", {step.key: step for step in STEPS})
SEGMENT = "key: vips\nname: Vips\nwho: {interest: vip}\n"


def _processes(play: Cast, url: str, work: Callable[[Cast, Database], None]) -> None:
    """The work in several real processes at once, each with a database of its own."""
    plan(play.kit, play.kit.clock(), 500)  # reads only: whoever is forked finds every template shaped
    play.db.dispose()
    children = []
    for _ in range(PROCESSES):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work(play, Database(url))
                code = 0
            except BaseException:  # noqa: BLE001 - the child must not come back into the test
                traceback.print_exc()
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * PROCESSES


def _every_job(play: Cast, db: Database) -> None:
    kit, provider = replace(play.kit, db=db), outbox_provider(db)
    for _ in range(3):
        settle(kit, provider)
        resend_planned(kit, provider)
        watch_segments(kit)
        advance(kit, provider, limit=4)


def _counts(play: Cast) -> Counter[tuple[str, str]]:
    return Counter((row["to_email"], row["subject"]) for row in play.rows("outbox"))


def test_a_scheduler_in_each_of_four_processes_mails_each_person_once(play: Cast, db_url: str, clock: Clock) -> None:
    """flask-apscheduler 230: eight workers of a web server ran the job eight times, and sent the same mail eight
    times."""
    for number in range(PEOPLE):
        play.signs_up(play.lead(f"guest{number}"))
    for days in (0, 2, 4):
        clock.advance(days=days)
        _processes(play, db_url, _every_job)
    play.quiet()
    expected = {
        (f"guest{number}@example.org", f"A word: {mail}")
        for number in range(PEOPLE)
        for mail in ("welcome", "second", "third")
    }
    assert _counts(play) == dict.fromkeys(expected, 1)


def test_a_segment_that_is_looked_at_by_all_of_them_enters_each_person_once(play: Cast, db_url: str) -> None:
    """flask-apscheduler 230, for those who come by a segment."""
    play = _with_vips(play)
    _processes(play, db_url, _every_job)
    play.quiet()
    assert Counter(run["lead_id"] for run in play.rows("enrollment")) == dict.fromkeys(_vips(play), 1)
    assert set(_counts(play).values()) == {1}
    assert len(_counts(play)) == PEOPLE


def _with_vips(play: Cast) -> Cast:
    play = writing(play)
    write(play, VIPS)
    save_segment(play.kit, play.clinic, play.dana, SEGMENT)
    for number in range(PEOPLE):
        play.lead(f"guest{number}", interest="vip")
    return play


def _vips(play: Cast) -> set[int]:
    return {row["id"] for row in play.rows("lead", interest="vip")}


def test_jobs_that_run_into_one_another_lose_nobodys_next_mails(play: Cast, db_url: str, clock: Clock) -> None:
    """mautic 2004: the jobs that look at segments and the one that sends ran at once; people dropped out of their
    campaign for a moment, and what was planned for them was gone."""
    play = _with_vips(play)

    def looks() -> None:
        db = Database(db_url)
        try:
            for _ in range(6):
                watch_segments(replace(play.kit, db=db))
        finally:
            db.dispose()

    def sends() -> None:
        db = Database(db_url)
        try:
            for _ in range(3):
                advance(replace(play.kit, db=db), outbox_provider(db), limit=5)
        finally:
            db.dispose()

    watch_segments(play.kit)
    for _ in range(3):
        at_once(looks, looks, sends, sends)
        play.quiet()
        clock.advance(seconds=DAY)
    assert {run["state"] for run in play.rows("enrollment")} == {3}
    assert set(_counts(play).values()) == {1}
    assert len(_counts(play)) == PEOPLE * 3
