"""What a split has shown, in a sentence that a manager can act on."""

from __future__ import annotations

from service.domain.trial import FEWEST_GOALS, FEWEST_PEOPLE, Shown, Verdict

REACHED = {"booked": "booked", "attended": "came to a visit", "confirmed": "confirmed"}


def verdict_words(verdict: Verdict, goal: str) -> str:
    """B leads: 16 of 100 booked, A 8 of 100. Sure enough: 97 in 100."""
    if goal == "none":
        return "This series has no goal, so no way can lead."
    if verdict.word == "too-few":
        if any(each.way.people < FEWEST_PEOPLE for each in verdict.shown):
            return f"Too few to tell yet: at least {FEWEST_PEOPLE} people a way."
        return f"Too few to tell yet: at least {FEWEST_GOALS} people who {_reached(goal)}."
    first, *rest = sorted(verdict.shown, key=lambda each: (-each.best, each.way.label))
    others = "".join(f", {each.way.label} {_of(each)}" for each in rest)
    counted = f"{_of(first)} {_reached(goal)}{others}."
    if verdict.word == "open":
        return f"No clear difference yet. {first.way.label}: {counted}"
    return f"{first.way.label} leads: {counted} Sure enough: {min(99, int(first.best * 100))} in 100."


def _of(each: Shown) -> str:
    return f"{each.way.goals:,} of {each.way.people:,}"


def _reached(goal: str) -> str:
    return REACHED.get(goal, "reached the goal")
