"""The gate that a mail passes at the moment of sending. The first rule that holds names the reason: goal · consent ·
suppression · pause · overdue · superseded · content expired · window · cap · capacity · pace · brake."""

from __future__ import annotations

from dataclasses import replace

from service.domain.campaign import Anchor, Definition, MailStep
from service.domain.decision import Act, Decision, Exit, Guard, Send, Wait
from service.domain.enrollment import Enrollment, Facts
from service.domain.places import anchored, following, in_window, tomorrow
from service.domain.timing import MINUTE, Delay, later

BRAKE_RECHECK = 15 * MINUTE
MARK_WITHIN = Delay(days=2)


def pass_gate(definition: Definition, step: MailStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """What becomes of a mail that is due. Service mail asks only what concerns it."""
    if enrollment.visits.get(step.key, 0) < 0:
        return _skip(definition, step, enrollment, facts, now, "sent-before")
    refusal = _refusal(step, facts) or _restored(enrollment, facts)
    if refusal is not None:
        return refusal
    if step.anchor is not None and late(step.anchor, enrollment, facts, now):
        return _skip(definition, step, enrollment, facts, now, "too-late")
    if step.needs_visit and not facts.attended:
        return _unmarked(definition, step, enrollment, facts, now)
    if not step.service:
        if step.topic in facts.refused_topics:
            return _skip(definition, step, enrollment, facts, now, "topic-refused")
        if facts.paused_until is not None and facts.paused_until > now:
            return Wait(in_window(definition, step, facts.paused_until, facts), "paused")
    if now - enrollment.due_at > facts.overdue_after:
        return Wait(None, "overdue")
    if step.mail in facts.expired_mails:
        return Wait(None, "content-expired")
    return _timely(definition, step, enrollment, facts, now)


def late(anchor: Anchor, enrollment: Enrollment, facts: Facts, now: int) -> bool:
    """An anchored mail has missed its use: its hour had passed when the lead entered, or the anchor itself has."""
    at = facts.anchors.get(anchor.what)
    if at is None:
        return True
    if anchor.before and now >= at:
        return True
    hour = anchored(anchor, facts)
    return anchor.skip_if_late and hour is not None and hour < enrollment.entered_at


def _refusal(step: MailStep, facts: Facts) -> Exit | None:
    if not facts.address:
        return Exit("no-address", "no-address")
    if facts.undeliverable is not None:
        return Exit("suppressed", facts.undeliverable)
    if step.service:
        return None
    if facts.minor:
        return Exit("minor", "minor")
    if facts.urgent:
        return Exit("urgent", "urgent")
    if not facts.consent:
        return Exit("no-consent", facts.suppressed or "no-consent")
    if facts.suppressed is not None:
        return Exit("suppressed", facts.suppressed)
    return None


def _restored(enrollment: Enrollment, facts: Facts) -> Wait | None:
    """It may have gone in the days that were lost when a backup was put back."""
    return Wait(None, "restored") if enrollment.due_at < facts.restored_until else None


def _timely(definition: Definition, step: MailStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """The part of the gate that asks only for patience: window, cap, capacity, pace, brake."""
    opens = in_window(definition, step, now, facts)
    if opens > now:
        return Wait(opens, "outside-window")
    waited_out = enrollment.held_at is not None and now - enrollment.held_at >= definition.patience
    if not step.service and (facts.sent_today >= facts.cap_day or facts.sent_week >= facts.cap_week):
        if waited_out:
            return _skip(definition, step, enrollment, facts, now, "capped")
        return Wait(tomorrow(definition, step, now, facts), "capped", holds=True)
    mail = step.mail
    if step.needs_slots and facts.slots_open == 0:
        if not waited_out:
            return Wait(tomorrow(definition, step, now, facts), "no-capacity", holds=True)
        if step.without_slots is None:
            return _skip(definition, step, enrollment, facts, now, "no-capacity")
        mail = step.without_slots
    if facts.day_full is not None and not step.service:
        return Wait(in_window(definition, replace(step, at_once=False), facts.day_full.until, facts), "pace")
    if facts.stopped:
        return Wait(now + BRAKE_RECHECK, "brake")
    if facts.braked and not step.service:
        return Wait(None, "brake")
    return Send(step, mail, following(definition, step.then, enrollment, facts, now))


def _unmarked(definition: Definition, step: MailStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """Nobody has said yet whether the person came: that is waited for, and then nothing is asked of anybody."""
    hour = None if step.anchor is None else anchored(step.anchor, facts)
    until = later(enrollment.since if hour is None else hour, MARK_WITHIN, facts.zone)
    if now < until:
        return Wait(until, "visit-unmarked")
    return _skip(definition, step, enrollment, facts, now, "visit-unmarked")


def _skip(definition: Definition, step: MailStep, run: Enrollment, facts: Facts, now: int, guard: Guard) -> Act:
    return Act("skipped", following(definition, step.then, run, facts, now), guard)
