"""A series as a drawing: each step once, forks side by side, joined where their ways meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content.campaign_file import parse_campaign, shipped
from service.domain.campaign import Arm, BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import Clicked
from service.domain.entry import Entry
from service.domain.flow import Card, Fork, Item, Pause, closing, draw, forks, opening
from service.domain.timing import DAY, Delay, parse_iso
from service.usecases.show_simulation import show_simulation
from service.usecases.ways import part_of, road_of
from tests.support.clinic import ROOT

CHICAGO = "America/Chicago"


@pytest.fixture(scope="module")
def sciatica() -> Definition:
    file = shipped(ROOT / "campaigns", ROOT / "templates" / "email")["sciatica-consultation"]
    return parse_campaign(file.text, file.mails, "campaigns/sciatica-consultation.yaml").definition


def keys(items: tuple[Item, ...]) -> Iterator[str]:
    """Where people can stand, each as often as it is drawn."""
    for item in items:
        if isinstance(item, Pause):
            yield item.key
        elif isinstance(item, Fork):
            yield item.step.key
            for lane in item.lanes:
                yield from keys(lane.items)


def forked(depth: int, ends: bool) -> Definition:
    """`depth` forks, each on the first lane of the one before; all join at the last mail, or end apart."""
    last = None if ends else "last"
    steps: dict[str, MailStep | WaitStep | BranchStep] = {}
    for level in range(depth):
        inner = f"fork{level + 1}" if level + 1 < depth else last
        steps[f"fork{level}"] = BranchStep(
            f"fork{level}", (Arm("Yes", Clicked("book"), f"mail{level}"),), "No", Delay(days=1), then=last
        )
        steps[f"mail{level}"] = MailStep(f"mail{level}", f"mail{level}", "A mail", then=inner)
    if not ends:
        steps["last"] = MailStep("last", "last", "The last")
    return Definition("k", "K", Entry("signup"), "fork0", steps)


@given(depth=st.integers(1, 5), ends=st.booleans())
def test_each_step_is_drawn_once_however_deep_the_forks_stand(depth: int, ends: bool) -> None:
    definition = forked(depth, ends)
    drawn = list(keys(draw(definition)))
    assert sorted(drawn) == sorted(definition.steps)


def test_the_shipped_series_has_one_fork_that_joins_again(sciatica: Definition) -> None:
    items = draw(sciatica)
    (fork,) = forks(items)
    assert [lane.label for lane in fork.lanes] == ["Opened the booking page", "Did not"]
    assert fork.lanes[0].keys == {"open-slots", "holds-you-back", "breathe"}
    assert fork.lanes[1].items == ()
    assert fork.below == {"what-to-expect", "complementary", "safety", "invitation", "last-one"}
    assert isinstance(items[-1], Card)
    assert items[-1].step.key == "last-one"
    assert sorted(keys(items)) == sorted(sciatica.steps)


@given(lanes=st.integers(2, 6))
def test_connectors_meet_the_middle_of_each_lane(lanes: int) -> None:
    for lane in range(lanes):
        middle = round((2 * lane + 1) * 50 / lanes, 2)
        assert f" {middle:g} 24V32" in opening(lanes) or middle == 50
        assert f"M{middle:g} 0V" in closing(lanes)


def test_a_way_is_counted_only_where_it_leaves_a_trace(sciatica: Definition) -> None:
    (fork,) = forks(draw(sciatica))
    yes, no = road_of(fork, 0), road_of(fork, 1)
    assert yes is not None
    assert yes.at == fork.lanes[0].keys
    assert no is not None
    assert no.at == fork.below
    assert no.but == yes.at
    waits_only = BranchStep("fork", (Arm("Yes", Clicked("book"), "rest"),), "No", Delay(days=1), then=None)
    definition = Definition("k", "K", Entry("signup"), "fork", {"fork": waits_only, "rest": WaitStep("rest")})
    (silent,) = forks(draw(definition))
    assert road_of(silent, 0) is None
    assert part_of(definition, "way", "fork", 0) is None


def test_a_click_takes_the_other_way_the_day_after_the_mail_before_it(sciatica: Definition) -> None:
    start = parse_iso("2026-10-28T10:00:00", CHICAGO)
    read = show_simulation(sciatica, CHICAGO, CHICAGO, start, "reads")
    click = show_simulation(sciatica, CHICAGO, CHICAGO, start, "clicks")
    assert (read.mails, click.mails) == (9, 11)
    clicked = next(moment for moment in click.moments if moment.kind == "click")
    before = [moment for moment in click.moments if moment.at < clicked.at]
    after = [moment for moment in click.moments if moment.at > clicked.at]
    assert clicked.at - before[-1].at == DAY
    assert after[0].at - clicked.at == DAY
    assert after[0].words == "The next open times"


def test_a_mail_that_leaves_later_says_why(sciatica: Definition) -> None:
    friday = show_simulation(sciatica, CHICAGO, CHICAGO, parse_iso("2026-11-27T19:30:00", CHICAGO), "reads")
    assert [moment.moved for moment in friday.moments[:2]] == ["", "Sunday is no day for mails"]
