"""The pure engine: tick, simulation, forecast and publish preview call `decide`; nothing else moves an enrollment."""

from __future__ import annotations

from service.domain.campaign import Anchor, BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import holds
from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import DAY, HOUR, MINUTE, Delay, Window, day_start, later, local_day, opening

GIVE_UP_AFTER = 7 * DAY
BRAKE_RECHECK = 15 * MINUTE


def enter(definition: Definition, facts: Facts, now: int) -> Place:
    """Where a lead starts who enters at `now`."""
    return place(definition, definition.first, now, facts)


def decide(definition: Definition, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """What happens to this enrollment at `now`. Pure: equal arguments give equal decisions."""
    if facts.goal_at is not None:
        return Exit("goal-met", "goal-met")
    if facts.superseded:
        return Exit("superseded", "superseded")
    step = definition.steps[enrollment.step]
    if enrollment.due_at > now and not isinstance(step, BranchStep):
        return Wait(enrollment.due_at, "not-yet")
    match step:
        case MailStep():
            return _mail(definition, step, enrollment, facts, now)
        case WaitStep():
            return Act("waited", _next(definition, step.then, enrollment, facts, now))
        case BranchStep():
            return _branch(definition, step, enrollment, facts, now)


def place(definition: Definition, key: str, base: int, facts: Facts) -> Place:
    """Where `key` stands for someone whose wait for it begins at `base`."""
    step = definition.steps[key]
    match step:
        case MailStep():
            raw = _instant(step.delay, step.anchor, base, facts)
            if step.at_once:
                return Place(key, base, raw)
            window = definition.window
            return Place(key, base, opening(raw, window, _zone(window, facts)))
        case WaitStep():
            return Place(key, base, _instant(step.delay, step.anchor, base, facts))
        case BranchStep():
            return Place(key, base, later(base, step.delay, facts.zone))


def skip(definition: Definition, enrollment: Enrollment, facts: Facts, now: int) -> Place | None:
    """Where an enrollment goes whose mail is left out by a person; None completes."""
    return _next(definition, definition.steps[enrollment.step].then, enrollment, facts, now)


def late(anchor: Anchor, enrollment: Enrollment, facts: Facts, now: int) -> bool:
    """An anchored mail has missed its use: its hour had passed when the lead entered, or the anchor itself has."""
    at = facts.anchors.get(anchor.what)
    if at is None:
        return True
    if anchor.before and now >= at:
        return True
    hour = later(at, anchor.delay, facts.zone, -1 if anchor.before else 1)
    return anchor.skip_if_late and hour < enrollment.entered_at


def _mail(definition: Definition, step: MailStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """The gate, in the order that names the reason: goal · consent · suppression · pause · overdue · superseded ·
    content expired · window · cap · capacity · brake. Service mail asks only what concerns it."""
    refusal = _refusal(step, facts)
    if refusal is not None:
        return refusal
    if step.anchor is not None and late(step.anchor, enrollment, facts, now):
        return Act("skipped", _next(definition, step.then, enrollment, facts, now), "too-late")
    if not step.service:
        if step.topic in facts.refused_topics:
            return Act("skipped", _next(definition, step.then, enrollment, facts, now), "topic-refused")
        if facts.paused_until is not None and facts.paused_until > now:
            return Wait(_in_window(definition, step, facts.paused_until, facts), "paused")
    if now - enrollment.due_at > facts.overdue_after:
        return Wait(None, "overdue")
    if step.mail in facts.expired_mails:
        return Wait(None, "content-expired")
    return _timely(definition, step, enrollment, facts, now)


def _refusal(step: MailStep, facts: Facts) -> Exit | None:
    if not facts.address:
        return Exit("no-address", "no-address")
    if facts.undeliverable is not None:
        return Exit("suppressed", facts.undeliverable)
    if step.service:
        return None
    if not facts.consent:
        return Exit("no-consent", facts.suppressed or "no-consent")
    if facts.suppressed is not None:
        return Exit("suppressed", facts.suppressed)
    return None


def _timely(definition: Definition, step: MailStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """The part of the gate that asks only for patience: window, cap, capacity, brake."""
    opens = _in_window(definition, step, now, facts)
    if opens > now:
        return Wait(opens, "outside-window")
    waited_out = enrollment.held_at is not None and now - enrollment.held_at >= GIVE_UP_AFTER
    if not step.service and (facts.sent_today >= facts.cap_day or facts.sent_week >= facts.cap_week):
        if waited_out:
            return Act("skipped", _next(definition, step.then, enrollment, facts, now), "capped")
        return Wait(_tomorrow(definition, step, now, facts), "capped", holds=True)
    mail = step.mail
    if step.needs_slots and facts.slots_open == 0:
        if not waited_out:
            return Wait(_tomorrow(definition, step, now, facts), "no-capacity", holds=True)
        if step.without_slots is None:
            return Act("skipped", _next(definition, step.then, enrollment, facts, now), "no-capacity")
        mail = step.without_slots
    if facts.stopped:
        return Wait(now + BRAKE_RECHECK, "brake")
    return Send(step, mail, _next(definition, step.then, enrollment, facts, now))


def _branch(definition: Definition, step: BranchStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    opens = later(enrollment.since, step.delay, facts.zone)
    if now < opens:
        return Wait(opens, "not-yet")
    for arm in step.arms:
        if holds(arm.when, facts):
            return Act("branched", _place_or_end(definition, arm.then, now, facts), label=arm.label)
    ends = later(opens, step.within, facts.zone)
    if now < ends:
        return Wait(ends, "not-yet")
    base = ends if now - ends <= HOUR else now
    return Act("branched", _place_or_end(definition, step.then, base, facts), label=step.otherwise_label)


def _next(definition: Definition, key: str | None, enrollment: Enrollment, facts: Facts, now: int) -> Place | None:
    """A delay counts from the due instant before it; from now when that was more than an hour ago."""
    base = enrollment.due_at if 0 <= now - enrollment.due_at <= HOUR else now
    return _place_or_end(definition, key, base, facts)


def _place_or_end(definition: Definition, key: str | None, base: int, facts: Facts) -> Place | None:
    return None if key is None else place(definition, key, base, facts)


def _instant(delay: Delay, anchor: Anchor | None, base: int, facts: Facts) -> int:
    if anchor is None:
        return later(base, delay, facts.zone)
    at = facts.anchors.get(anchor.what)
    if at is None:
        return base
    return max(base, later(at, anchor.delay, facts.zone, -1 if anchor.before else 1))


def _zone(window: Window, facts: Facts) -> str:
    return facts.zone if window.zone == "lead" else facts.clinic_zone


def _in_window(definition: Definition, step: MailStep, instant: int, facts: Facts) -> int:
    if step.at_once:
        return instant
    return opening(instant, definition.window, _zone(definition.window, facts))


def _tomorrow(definition: Definition, step: MailStep, now: int, facts: Facts) -> int:
    """The next window of a later local day: caps count by the lead's own days."""
    return _in_window(definition, step, day_start(local_day(now, facts.zone) + 1, facts.zone), facts)
