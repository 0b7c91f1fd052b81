"""Random series and random lives."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from service.domain.acts import DoStep, EndStep, JumpStep
from service.domain.campaign import Anchor, Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.entry import Entry
from service.domain.timing import Delay, Hour, Window
from tests.support.act_steps import effects, split
from tests.support.random_conditions import ANSWERS, LINKS, TAGS, VALUES, conditions, known
from tests.support.random_lives import MOST_DECISIONS, Life, Run, as_is, drive, lives

__all__ = [
    "ANSWERS", "LINKS", "MOST_DECISIONS", "TAGS", "VALUES", "Life", "Run", "as_is", "conditions", "definitions",
    "delays", "drive", "hours", "known", "lives", "waits", "windows",
]  # fmt: skip
delays = st.builds(Delay, st.integers(0, 6), st.sampled_from((0, 0, 30, 90, 600)))
windows = st.builds(
    lambda days, bounds, zone: Window(frozenset(days), bounds[0] * 15, bounds[1] * 15, zone),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(sorted),
    st.sampled_from(("lead", "clinic")),
)


waits = delays.filter(lambda delay: not delay.none)
hours = st.builds(Hour, st.integers(0, 1_439), st.frozensets(st.integers(0, 6), min_size=1))


@st.composite
def definitions(draw: st.DrawFn, anchors: bool = True, slots: bool = True, acts: bool = True) -> Definition:
    """A series of at most some twenty steps of every kind, as a campaign file could give it."""
    steps: dict[str, Step] = {}
    kinds = "mmmw" + "btjd" * acts + "b" * (not acts)
    first = _chain(draw, steps, None, 0, anchors, slots, kinds, may_end=acts)
    if first is None:
        steps["m0"] = MailStep("m0", "m0", "m0", draw(delays), topic="how")
        first = "m0"
    return Definition("series", "Series", Entry("by-hand"), first, steps, window=draw(windows))


def _chain(
    draw: st.DrawFn,
    steps: dict[str, Step],
    after: str | None,
    depth: int,
    anchors: bool,
    slots: bool,
    kinds: str,
    may_end: bool = False,
) -> str | None:
    """Some steps that lead to `after`, made from the last one on; `may_end`: the series may end with them."""
    then = after
    if may_end and draw(st.integers(0, 4)) == 0:
        then = f"e{len(steps)}"
        steps[then] = EndStep(then)
    for kind in draw(
        st.lists(st.sampled_from(kinds if depth < 2 else [k for k in kinds if k not in "bt"]), max_size=5)
    ):
        key = f"{kind}{len(steps)}"
        steps[key] = WaitStep(key)  # takes the name, so that steps within have others

        def way(may_end: bool, then: str | None = then) -> str | None:
            return _chain(draw, steps, then, depth + 1, anchors, slots, kinds, may_end)

        if kind == "m":
            steps[key] = _mail(draw, key, then, anchors, slots)
        elif kind == "w":
            steps[key] = _wait(draw, key, then)
        elif kind == "d":
            steps[key] = DoStep(key, (draw(effects),), then)
        elif kind == "j":
            key = _loop(draw, steps, key, then, anchors, slots)
        elif kind == "t":
            steps[key] = split(draw, key, then, lambda way=way: way(True))
        else:
            steps[key] = _branch(draw, key, then, way, "t" in kinds)
        then = key
    return then


def _branch(draw: st.DrawFn, key: str, then: str | None, way: Callable[[bool], str | None], ends: bool) -> BranchStep:
    asked = draw(st.lists(conditions, min_size=1, max_size=2, unique=True))
    arms = tuple(Arm(f"arm {number}", when, way(ends)) for number, when in enumerate(asked))
    return BranchStep(key, arms, "otherwise", draw(delays), draw(delays), way(False))


def _wait(draw: st.DrawFn, key: str, then: str | None) -> WaitStep:
    if draw(st.booleans()):
        return WaitStep(key, draw(waits), then=then)
    return WaitStep(key, draw(delays), hour=draw(hours), then=then)


def _loop(draw: st.DrawFn, steps: dict[str, Step], key: str, then: str | None, anchors: bool, slots: bool) -> str:
    """A wait, a mail, and a jump back to the wait; gives the first one's key."""
    begin, mail = f"w{key}", f"m{key}"
    steps[key] = JumpStep(key, begin, draw(st.integers(1, 3)), then)
    steps[mail] = _mail(draw, mail, key, anchors, slots)
    steps[begin] = WaitStep(begin, draw(waits), then=mail)
    return begin


def _mail(draw: st.DrawFn, key: str, then: str | None, anchors: bool, slots: bool) -> MailStep:
    anchored = anchors and draw(st.integers(0, 5)) == 0
    needs_slots = slots and draw(st.integers(0, 4)) == 0
    return MailStep(
        key=key,
        mail=key,
        title=key,
        delay=Delay() if anchored else draw(delays),
        anchor=Anchor("appointment", draw(delays), draw(st.booleans()), draw(st.booleans())) if anchored else None,
        at_once=draw(st.integers(0, 5)) == 0,
        service=draw(st.integers(0, 5)) == 0,
        topic=draw(st.sampled_from(("how", "visit"))),
        needs_slots=needs_slots,
        without_slots=f"{key}-no-slots" if needs_slots else None,
        then=then,
    )
