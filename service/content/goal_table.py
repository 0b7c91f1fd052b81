"""What a campaign is for, what ends it early, and how long it has patience."""

from __future__ import annotations

from typing import get_args

from service.content.condition_table import parse_condition
from service.content.span_table import delay_of
from service.content.yaml_table import Table
from service.domain.campaign import PATIENCE, Goal, Leaving
from service.domain.conditions import Condition
from service.domain.timing import DAY, MINUTE

GOALS: tuple[Goal, ...] = tuple(goal for goal in get_args(Goal) if goal != "condition")
LEAVINGS: tuple[Leaving, ...] = get_args(Leaving)
REPLIES = ("leave", "stay")
GOAL_KEYS = ("when",)


def goal_of(campaign: Table) -> tuple[Goal, Condition | None]:
    if not campaign.holds_table("goal"):
        word = campaign.one_of("goal", GOALS)
        return next((goal for goal in GOALS if goal == word), "none"), None
    row = campaign.table("goal", "goal")
    if row is None:
        return "none", None
    row.only(GOAL_KEYS)
    table = row.table("when", "when of the goal", "say when it is reached, such as {tag: vip}")
    when = parse_condition(table) if table else None
    return ("condition", when) if when else ("none", None)


def leaving_of(campaign: Table) -> tuple[Leaving, Condition | None]:
    """How the campaign ends early, and what must hold of who stays in it."""
    word = campaign.one_of("leave", LEAVINGS)
    leave: Leaving = next((leaving for leaving in LEAVINGS if leaving == word), "goal")
    table = campaign.table("while", "while")
    matches = parse_condition(table) if table else None
    asks = leave in ("mismatch", "either")
    if asks and not campaign.has("while"):
        mend = "add while: with the condition that must hold, or take leave: out"
        campaign.wrong("leave", f"leave: {leave}, but nothing says what must match", mend)
    if campaign.has("while") and not asks:
        mend = "add leave: either (or mismatch), or take while: out"
        campaign.wrong("while", f"while: is not asked under leave: {leave}", mend)
    return leave, matches


def reply_ends(campaign: Table) -> bool:
    """Whether somebody who writes back leaves the campaign."""
    return campaign.one_of("reply", REPLIES) != "stay"


def patience_of(campaign: Table) -> int:
    """Seconds."""
    if not campaign.has("patience"):
        return PATIENCE
    delay = delay_of(campaign, "patience")
    return delay.days * DAY + delay.minutes * MINUTE
