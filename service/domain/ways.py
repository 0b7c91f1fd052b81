"""Where each step can lead."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.acts import JumpStep, SplitStep
from service.domain.campaign import BranchStep, Definition, Step


def ways(step: Step) -> Iterator[str]:
    """The steps that may come next."""
    match step:
        case BranchStep():
            yield from (arm.then for arm in step.arms if arm.then is not None)
        case SplitStep():
            yield from (variant.then for variant in step.variants if variant.then is not None)
        case JumpStep():
            yield step.to
    if step.then is not None:
        yield step.then


def ahead(definition: Definition, start: str) -> tuple[str, ...]:
    """`start`, and every step that a run which stands there may still come to, nearest first."""
    found = [start]
    for key in found:
        found += [way for way in dict.fromkeys(ways(definition.steps[key])) if way not in found]
    return tuple(found)
