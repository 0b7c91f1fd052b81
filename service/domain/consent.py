"""Consent: what a sign-up that asks for mail leads to, and how long an unanswered question stands."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from service.domain.lead import ConsentState
from service.domain.timing import DAY

CONFIRM_WITHIN = 7 * DAY
UNSUBSCRIBED = "unsubscribed"


class LedgerKind(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Answer(StrEnum):
    """What a sign-up's consent leads to."""

    NONE = "none"  # not ticked: nothing changes, also not a consent given before
    GIVEN = "given"  # it counts at once
    ASK = "ask"  # the address must confirm it first
    STANDS = "stands"  # given before; this post adds no proof of its own
    REFUSED = "refused"  # a complaint or the staff's own suppression stands: no sign-up lifts it, and nothing is asked


def answer_to(ticked: bool, state: ConsentState, double_opt_in: bool, suppressed: Collection[str]) -> Answer:
    """`suppressed`: the reasons that stand against the address. An unsubscribe is undone by a confirmed address only,
    whatever the source is trusted with otherwise; anything graver is never undone here."""
    if not ticked:
        return Answer.NONE
    if any(reason != UNSUBSCRIBED for reason in suppressed):
        return Answer.REFUSED
    if suppressed or state is ConsentState.WITHDRAWN:
        return Answer.ASK
    if not double_opt_in:
        return Answer.GIVEN
    return Answer.STANDS if state is ConsentState.GIVEN else Answer.ASK


def still_open(asked_at: int, now: int) -> bool:
    """True while a confirmation may still be given."""
    return now - asked_at <= CONFIRM_WITHIN
