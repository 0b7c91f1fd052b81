"""Forks: a branch by what is so, a split by chance. Their ways hold steps of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from service.content.condition_table import parse_condition
from service.content.span_table import delay_of
from service.content.yaml_table import Table
from service.domain.acts import WHOLE, SplitStep, Variant
from service.domain.campaign import Arm, BranchStep
from service.domain.chance import HOLDOUT
from service.domain.conditions import EVERYONE, Condition

BRANCH_KEYS = ("key", "branch", "delay")
INSIDE_BRANCH_KEYS = ("within", "arms", "otherwise")
ARM_KEYS = ("label", "when", "steps")
OTHERWISE_KEYS = ("label", "steps")
SPLIT_KEYS = ("key", "split")
INSIDE_SPLIT_KEYS = ("holdout", "variants")
VARIANT_KEYS = ("label", "share", "steps")
OTHERWISE = "Otherwise"
MOST_HELD_OUT = 99
# The steps of one way: its rows become steps, and the first one's key is given, or where the way goes on.
Way = Callable[[list[Table]], str | None]


def branch_of(row: Table, inside: Table, key: str, way: Way, then: str | None) -> BranchStep:
    row.only(BRANCH_KEYS)
    inside.only(INSIDE_BRANCH_KEYS)
    rows = list(inside.tables("arms", f"branch {key!r}, arm", "list what to wait for"))
    if inside.has("arms") and not rows:
        inside.wrong("arms", f"branch {key!r} has no arm", "list at least one, with when: and steps:")
    arms = _arms(rows, way)
    label, otherwise = _otherwise(inside, key, way, then)
    _told_apart([*((arm_row, arm.label) for arm_row, arm in arms)], label)
    within, delay = delay_of(inside, "within"), delay_of(row, "delay")
    return BranchStep(key, tuple(arm for _row, arm in arms), label, within, delay, otherwise)


def split_of(row: Table, inside: Table, key: str, way: Way, then: str | None) -> SplitStep:
    row.only(SPLIT_KEYS)
    inside.only(INSIDE_SPLIT_KEYS)
    held = inside.number("holdout", 0, MOST_HELD_OUT) or 0
    rows = list(inside.tables("variants", f"split {key!r}, variant", "list the ways"))
    if inside.has("variants") and not rows:
        inside.wrong("variants", f"split {key!r} has no variant", "list at least two, with label:, share: and steps:")
    elif len(rows) == 1 and not held:
        inside.wrong("variants", f"split {key!r} parts nobody", "add a second variant, or holdout: with a percentage")
    labels, shares, firsts = [], [], []
    for each in rows:
        each.only(VARIANT_KEYS)
        labels.append(each.text("label", "name the variant, such as A") or "")
        shares.append(_hundredths(each.number("share", 0, 100, "say how many of a hundred go this way")))
        firsts.append(way(list(each.tables("steps", f"{each.where}, step"))))
    if rows and not sum(shares):
        inside.wrong("variants", f"the shares of split {key!r} come to 0", "give at least one variant a share")
    _told_apart(list(zip(rows, labels, strict=True)), HOLDOUT)
    variants = map(Variant, labels, weights(shares), firsts)
    return SplitStep(key, tuple(variants), _hundredths(held), then)


def weights(shares: Sequence[int]) -> list[int]:
    """Shares as parts of WHOLE, which they come to exactly: what rounding leaves goes to the largest remainders."""
    total = sum(shares)
    if not total:
        return [0 for _share in shares]
    exact = [Fraction(share * WHOLE, total) for share in shares]
    found = [int(part) for part in exact]
    by_rest = sorted(range(len(found)), key=lambda place: (found[place] - exact[place], place))
    for place in by_rest[: WHOLE - sum(found)]:
        found[place] += 1
    return found


def _hundredths(percent: float | None) -> int:
    return round((percent or 0) * 100)


def _arms(rows: Sequence[Table], way: Way) -> list[tuple[Table, Arm]]:
    arms: list[tuple[Table, Arm]] = []
    seen: dict[Condition, int] = {}
    for row in rows:
        row.only(ARM_KEYS)
        label = row.text("label", "say in a few words who goes this way") or ""
        table = row.table("when", f"when of {row.where}", "say when, such as {clicked: book}")
        when = parse_condition(table) if table else None
        first = way(list(row.tables("steps", f"{row.where}, step")))
        if when is None:
            continue
        if when in seen or EVERYONE in seen:
            why = f"line {seen[when]} asks the same" if when in seen else f"line {seen[EVERYONE]} takes everyone"
            row.wrong("when", f"{row.where} can never be reached: {why}", "change its when: or take the arm out")
        seen.setdefault(when, row.line)
        arms.append((row, Arm(label, when, first)))
    return arms


def _otherwise(inside: Table, key: str, way: Way, then: str | None) -> tuple[str, str | None]:
    table = inside.table("otherwise", f"otherwise of branch {key!r}")
    if table is None:
        return OTHERWISE, then
    table.only(OTHERWISE_KEYS)
    first = way(list(table.tables("steps", f"{table.where}, step")))
    return table.text("label") or OTHERWISE, first


def _told_apart(ways: Sequence[tuple[Table, str]], taken: str) -> None:
    """Labels are how the ways are counted: each stands once."""
    seen = {taken}
    for row, label in ways:
        if label in seen and label:
            row.wrong("label", f"{row.where} is called {label!r}, as another way is", "give it another label")
        seen.add(label)
