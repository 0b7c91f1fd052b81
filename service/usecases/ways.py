"""Whom a number of a campaign's picture counts, and what shows that somebody took a way out of a question."""

from __future__ import annotations

from service.domain.acts import SplitStep
from service.domain.campaign import Definition
from service.domain.flow import Card, Fork, Item, Lane, draw, forks
from service.storage import campaign_numbers
from service.storage.campaign_numbers import BEFORE, Part, Road


def roads_of(items: tuple[Item, ...]) -> dict[tuple[str, int], Road]:
    """By the question's key and the way's place; without those of which nothing tells."""
    return {
        (fork.step.key, place): road
        for fork in forks(items)
        for place in range(len(fork.lanes))
        if (road := road_of(fork, place)) is not None
    }


def part_of(definition: Definition, state: str, step: str | None, way: int | None) -> Part | None:
    """Whom these three words of an address ask for; None for what the series does not have."""
    if state in ("way", "reached"):
        fork = next((fork for fork in forks(draw(definition)) if fork.step.key == step), None)
        if fork is None or way is None or not 0 <= way < len(fork.lanes):
            return None
        if isinstance(fork.step, SplitStep):
            return Part(state, step, label=fork.lanes[way].label, reached=state == "reached")
        road = road_of(fork, way) if state == "way" else None
        return Part("way", step, road) if road is not None else None
    if state not in campaign_numbers.STATES:
        return None
    if step is not None and step not in definition.steps and not (step == BEFORE and state in ("booked", "left")):
        return None
    return Part(state, step)


def road_of(fork: Fork, place: int) -> Road | None:
    """What shows that somebody took this way of a question; None where nothing does: waits alone leave no trace."""
    if isinstance(fork.step, SplitStep) or any(lane.keys and not _traced(lane) for lane in fork.lanes):
        return None  # of a split the choices themselves are kept
    lane = fork.lanes[place]
    if lane.keys:
        return Road(lane.keys)
    others = frozenset().union(*(other.keys for other in fork.lanes))
    alone = sum(not other.keys for other in fork.lanes) == 1
    return Road(fork.below, others) if alone and fork.below else None


def _traced(lane: Lane) -> bool:
    return any(isinstance(item, Card) for item in lane.items)
