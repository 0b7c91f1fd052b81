"""A list is done when everybody on it has theirs or a reason why not, and not before."""

from __future__ import annotations

from collections import Counter

import pytest

from service.domain.timing import DAY
from service.storage.database import Database
from service.usecases.leave import leave_all
from service.usecases.suppress_address import suppress_address
from service.usecases.travel import travel
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock

ONCE = "\n  - {key: news, mail: news, at_once: true}"
BATCH = 5


@pytest.fixture
def news(play: Cast) -> Cast:
    play.publishes(campaign_file("news", ONCE, entry="{on: by-hand}", goal="none"), mail_files("news"))
    return play


def _people(play: Cast, name: str, count: int, *, consent: bool = True) -> list[int]:
    made = [play.lead(f"{name}{number}", consent=consent) for number in range(count)]
    for lead in made:
        play.signs_up(lead, "by-hand")
    return made


@pytest.mark.parametrize("why", ["suppressed", "without consent", "stopped meanwhile"])
def test_whole_batches_of_people_who_may_not_be_written_to_do_not_end_the_list(
    news: Cast, clock: Clock, why: str
) -> None:
    """listmonk 1931: a whole batch of blocked or unconfirmed people came back empty, and the campaign was called
    finished with the rest of the list behind it. 2860: finished at 2,061 of 5,239."""
    out = _people(news, "out", 3 * BATCH, consent=why != "without consent")
    people = _people(news, "guest", 4 * BATCH)
    if why == "suppressed":
        _by_row(news, out)

    def probe(point: str) -> None:
        if why == "stopped meanwhile" and point == "before-intent":
            with news.db.write() as conn:
                for lead in out:
                    leave_all(conn, lead, "by hand", clock())

    news.tick(limit=BATCH, probe=probe)
    news.tick(limit=BATCH)
    sent = Counter(row["to_email"] for row in news.rows("outbox"))
    assert sent == {f"guest{number}@example.org": 1 for number in range(len(people))}
    _accounted_for(news, out + people)


def _by_row(play: Cast, lead_ids: list[int]) -> None:
    """Suppressed without being taken out, as a list of another system may say."""
    from service.storage import suppressions

    with play.db.write() as conn:
        for lead in lead_ids:
            email = next(row["email_key"] for row in play.rows("lead", id=lead))
            suppressions.suppress(conn, None, email, "hard-bounce", play.kit.clock())


def _accounted_for(play: Cast, lead_ids: list[int]) -> None:
    """Everyone is at their end, with a mail or with a reason."""
    runs = [run for run in play.rows("enrollment") if run["lead_id"] in set(lead_ids)]
    assert len(runs) == len(lead_ids)
    assert {run["state"] for run in runs} <= {3, 4}
    mailed = {row["enrollment_id"] for row in play.rows("message", state="accepted")}
    reasons = {row["enrollment_id"] for row in play.rows("refusal")}
    assert {run["id"] for run in runs} == mailed | reasons
    assert not mailed & reasons


def test_a_shutdown_in_the_middle_leaves_the_rest_to_be_sent(news: Cast, clock: Clock) -> None:
    """listmonk 1931, 2278: stopped while it ran, the campaign woke up finished, with mails unsent."""
    _people(news, "guest", 12)

    class ShutDown(BaseException): ...

    batches = Counter[str]()

    def probe(point: str) -> None:
        batches[point] += 1
        if point == "after-intent" and batches[point] == 2:
            raise ShutDown

    with pytest.raises(ShutDown):
        news.tick(limit=BATCH, probe=probe)
    assert {run["state"] for run in news.rows("enrollment")} == {1, 3}, "not all of it is called done"
    for _ in range(3):
        clock.advance(minutes=10)
        news.quiet()
    sent = Counter(row["to_email"] for row in news.rows("outbox"))
    assert sent == {f"guest{number}@example.org": 1 for number in range(12)}


def test_a_list_that_cannot_begin_says_why_and_is_neither_stuck_nor_finished(news: Cast, db: Database) -> None:
    """listmonk 2860, 2610: "running" for hours at the same count, and nobody could tell why."""
    people = _people(news, "guest", 6)
    with news.db.write() as conn:
        suppress_address(conn, "guest0@example.org", "hard-bounce", news.kit.clock())
    later = news.kit.clock() + 20 * 3_600  # the worker was away for longer than the clinic's limit
    news.at(later).tick()
    waiting = [run for run in news.rows("enrollment") if run["lead_id"] in people and run["state"] == 2]
    assert {run["guard"] for run in waiting} == {"overdue"}
    assert len(waiting) == 5
    assert travel(news.kit, news.provider, later + DAY).accepted == 0
