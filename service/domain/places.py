"""Where an enrollment stands next, and when it is due there."""

from __future__ import annotations

from service.domain.campaign import Anchor, BranchStep, Definition, MailStep, WaitStep
from service.domain.chance import spread
from service.domain.decision import Place
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import (
    HOUR,
    MINUTE,
    NONE_CLOSED,
    Delay,
    Window,
    day_start,
    hour_of_day,
    later,
    local_day,
    next_hour,
    opening,
    quieted,
)


def place(definition: Definition, key: str, base: int, facts: Facts) -> Place:
    """Where `key` stands for someone whose wait for it begins at `base`."""
    step = definition.steps[key]
    match step:
        case MailStep():
            raw = instant(step.delay, step.anchor, base, facts)
            return Place(key, base, in_window(definition, step, raw, facts))
        case WaitStep():
            until = instant(step.delay, step.anchor, base, facts)
            return Place(key, base, until if step.hour is None else next_hour(until, step.hour, facts.zone))
        case BranchStep():
            return Place(key, base, later(base, step.delay, facts.zone))
    return Place(key, base, base)


def following(definition: Definition, key: str | None, enrollment: Enrollment, facts: Facts, now: int) -> Place | None:
    """A delay counts from the due instant before it; from now when that was more than an hour ago."""
    base = enrollment.due_at if 0 <= now - enrollment.due_at <= HOUR else now
    return place_or_end(definition, key, base, facts)


def place_or_end(definition: Definition, key: str | None, base: int, facts: Facts) -> Place | None:
    return None if key is None else place(definition, key, base, facts)


def instant(delay: Delay, anchor: Anchor | None, base: int, facts: Facts) -> int:
    """When a wait that began at `base` is over, windows left out."""
    if anchor is None:
        return later(base, delay, facts.zone)
    at = anchored(anchor, facts)
    return base if at is None else max(base, at)


def anchored(anchor: Anchor, facts: Facts) -> int | None:
    """The hour that an anchor names; None when its date is not known."""
    at = facts.anchors.get(anchor.what)
    if at is None:
        return None
    moved = later(at, anchor.delay, facts.zone, -1 if anchor.before else 1)
    if anchor.minute is None:
        return moved
    return hour_of_day(local_day(moved, facts.zone), anchor.minute, facts.zone)


def in_window(definition: Definition, step: MailStep, raw: int, facts: Facts) -> int:
    """The first instant from `raw` on at which the step's mail may leave. What had to wait for the window to open is
    spread over its jitter, so that a clinic's Monday does not leave in one second."""
    if step.at_once:
        return raw
    window, zone = hours(definition, facts), _zone(definition.window, facts)
    closed = NONE_CLOSED if window.holidays else facts.closed
    opens = opening(raw, window, zone, closed)
    if opens == raw or not window.jitter:
        return opens
    later_on = opens + spread(definition.key, step.key, facts.lead_id, window.jitter * MINUTE)
    return later_on if opening(later_on, window, zone, closed) == later_on else opens


def hours(definition: Definition, facts: Facts) -> Window:
    """The campaign's window without the clinic's quiet hours."""
    return definition.window if facts.quiet is None else quieted(definition.window, facts.quiet)


def tomorrow(definition: Definition, step: MailStep, now: int, facts: Facts) -> int:
    """The next window of a later local day: caps count by the lead's own days."""
    return in_window(definition, step, day_start(local_day(now, facts.zone) + 1, facts.zone), facts)


def _zone(window: Window, facts: Facts) -> str:
    return facts.zone if window.zone == "lead" else facts.clinic_zone
