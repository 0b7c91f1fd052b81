"""A campaign that is changed while people are on their way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.domain.campaign import Definition, MailStep, Step
from service.domain.carry import reach
from service.domain.enrollment import Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, Delay, Window
from tests.support.carried import carry_all
from tests.support.cast import CHICAGO, Cast
from tests.support.clock import Clock
from tests.support.written import write, writing

ALICE = "alice@example.org"
ALWAYS = Window(frozenset(range(7)), 0, 1440)


def _series(*names: str) -> Definition:
    steps: dict[str, Step] = {}
    for number, name in enumerate(names):
        then = names[number + 1] if number + 1 < len(names) else None
        steps[name] = MailStep(name, name, "", Delay(days=1) if number else Delay(), then=then)
    return Definition("drip", "D", Entry("by-hand"), names[0], steps, window=ALWAYS)


OLD = _series("one", "two", "three")
NEW = {
    "behind": _series("one", "two", "three", "new"),
    "between": _series("one", "two", "new", "three"),
    "before the next": _series("one", "new", "two", "three"),
}


def _days(play: Cast, clock: Clock, days: int) -> None:
    for _ in range(days):
        play.quiet()
        clock.advance(days=1)


@pytest.mark.parametrize("where", NEW)
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_mail_put_into_a_live_campaign_reaches_whoever_is_still_before_it(
    play: Cast, clock: Clock, where: str, after: int
) -> None:
    """mautic 6445, 6323: a new mail never came to the people who were in the campaign already."""
    play = writing(play)
    write(play, OLD)
    play.signs_up(play.alice, "by-hand")
    _days(play, clock, after)
    carry_all(play, play.campaigns["drip"], write(play, NEW[where]))
    _days(play, clock, 8)
    order = list(NEW[where].steps)
    passed = list(OLD.steps)[:after]
    standing = list(OLD.steps)[after]
    expected = passed + [name for name in order[order.index(standing) :] if name not in passed]
    assert play.sent(ALICE) == [f"A word: {name}" for name in expected]


def test_who_was_through_already_is_reached_by_one_more_at_the_end(clock: Clock) -> None:
    """mautic 6445: those who had gone through every step were stored as done, and the new mail never came."""
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO)
    ended = clock() - 3 * DAY
    there = reach(OLD, NEW["behind"], "three", ended, facts, clock())
    assert there is not None
    assert (there.step, there.since, there.due) == ("new", ended, clock()), "its wait counts from their end"
    assert reach(OLD, NEW["between"], "three", ended, facts, clock()) is None, "what lies behind them stays behind"


def test_a_wait_that_is_changed_holds_for_those_who_wait(play: Cast, clock: Clock) -> None:
    """mautic 6445: a changed delay did nothing for those on their way. A shorter one sends now, a longer one later."""
    play = writing(play)
    write(play, OLD)
    play.signs_up(play.alice, "by-hand")
    play.quiet()
    start = clock()
    for days in (4, 2):
        two = replace(OLD.steps["two"], delay=Delay(days=days))  # type: ignore[type-var]
        carry_all(play, play.campaigns["drip"], write(play, replace(OLD, steps={**OLD.steps, "two": two})))
        (run,) = play.rows("enrollment", lead_id=play.alice)
        assert run["due_at"] == start + days * DAY
    clock.advance(days=3, hours=-1)
    two = replace(OLD.steps["two"], delay=Delay(minutes=5))  # type: ignore[type-var]
    fates = carry_all(play, play.campaigns["drip"], write(play, replace(OLD, steps={**OLD.steps, "two": two})))
    assert fates == ["stays"]
    play.quiet()
    assert play.sent(ALICE)[:1] == ["A word: one"]
