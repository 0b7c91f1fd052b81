"""A letter in numbers, from the rows that say what became of each of its people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.domain.chance import HOLDOUT, share
from service.domain.enrollment import EnrollmentState
from service.storage.run_states import RUNNING
from service.storage.tables import enrollment, lead, message, refusal, suppression

HELD_OUT = "held-out"
GETS = "gets"
_GONE = ("accepted",)
_NOT = ("rejected", "dropped")
_FOR_EVERY_MAIL = ("hard-bounce", "invalid", "complaint")


@dataclass(slots=True)
class Progress:
    """People. `on_the_way`: handed over or about to be, with no answer yet. `waiting`: by what holds them, "" where
    nothing but the hour does. `not_sent`: by reason."""

    sent: int = 0
    on_the_way: int = 0
    held_out: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    not_sent: dict[str, int] = field(default_factory=dict)

    @property
    def waits(self) -> int:
        return sum(self.waiting.values())

    @property
    def left_out(self) -> int:
        return sum(self.not_sent.values())


_BECAME = (
    sa.select(
        enrollment.c.campaign_id,
        enrollment.c.state,
        enrollment.c.guard,
        enrollment.c.reason,
        message.c.state.label("mail_state"),
        sa.case((message.c.state.in_(_NOT), message.c.reason)).label("mail_reason"),
        sa.func.count().label("people"),
    )
    .join(message, message.c.enrollment_id == enrollment.c.id, isouter=True)
    .where(enrollment.c.campaign_id.in_(sa.bindparam("campaign_ids", expanding=True)))
    .group_by(enrollment.c.campaign_id, enrollment.c.state, enrollment.c.guard, enrollment.c.reason)
    .group_by(sa.text("mail_state"), sa.text("mail_reason"))
)
_SKIPPED = (
    sa.select(refusal.c.campaign_id, refusal.c.guard, sa.func.count())
    .where(refusal.c.campaign_id.in_(sa.bindparam("campaign_ids", expanding=True)), refusal.c.kind == "skipped")
    .group_by(refusal.c.campaign_id, refusal.c.guard)
)


def progress(conn: Connection, campaign_ids: Collection[int]) -> dict[int, Progress]:
    """By letter, in two queries however many there are. Each person is counted once."""
    asked = {"campaign_ids": list(campaign_ids)}
    found = {campaign_id: Progress() for campaign_id in campaign_ids}
    for campaign_id, state, guard, reason, mail, why, people in conn.execute(_BECAME, asked):
        _count(found[campaign_id], state, guard, reason, mail, why, people)
    for campaign_id, guard, people in conn.execute(_SKIPPED, asked):
        _add(found[campaign_id].not_sent, guard, people)
    return found


def _count(
    told: Progress, state: int, guard: str | None, reason: str | None, mail: str | None, why: str | None, people: int
) -> None:
    if mail in _GONE:
        told.sent += people
    elif mail in _NOT:
        _add(told.not_sent, why or "rejected", people)
    elif mail is not None:
        told.on_the_way += people
    elif state in RUNNING:
        _add(told.waiting, guard or "", people)
    elif state == EnrollmentState.EXITED and reason == HELD_OUT:
        told.held_out += people
    elif state == EnrollmentState.EXITED:
        _add(told.not_sent, reason or "left", people)


def _add(counts: dict[str, int], key: str, people: int) -> None:
    counts[key] = counts.get(key, 0) + people


def foresee(conn: Connection, who: ColumnElement[bool], clinic_id: int, key: str, holdout: int) -> dict[str, int]:
    """How many of them would get a letter now (GETS), are held out, or are left out, by reason, as the gate would say
    it."""
    because = _because(clinic_id).label("because")
    if not holdout:
        rows = conn.execute(sa.select(because, sa.func.count()).where(who).group_by(sa.text("because")))
        return {reason: people for reason, people in rows}
    counts: dict[str, int] = {}
    each = sa.select(lead.c.id, because).where(who)
    for lead_id, reason in conn.execute(each, execution_options={"yield_per": 5_000}):
        _add(counts, HELD_OUT if is_held_out(key, lead_id, holdout) else reason, 1)
    return counts


def is_held_out(key: str, lead_id: int, holdout: int) -> bool:
    """The same people of a letter for good, whoever asks and when. `holdout` of 10,000."""
    return holdout > 0 and share(key, HOLDOUT, lead_id) < holdout


def _because(clinic_id: int) -> ColumnElement[str]:
    """In the gate's order."""
    stands = (
        sa.select(sa.func.min(suppression.c.reason))
        .where(
            suppression.c.email_key == lead.c.email_key,
            suppression.c.lifted_at.is_(None),
            sa.or_(suppression.c.clinic_id.is_(None), suppression.c.clinic_id == clinic_id),
        )
        .correlate(lead)
    )
    for_every = stands.where(suppression.c.reason.in_(_FOR_EVERY_MAIL)).scalar_subquery()
    for_letters = stands.where(suppression.c.reason.not_in(_FOR_EVERY_MAIL)).scalar_subquery()
    return sa.case(
        (lead.c.minor, "minor"),
        (lead.c.urgent, "urgent"),
        (lead.c.email.is_(None), "no-address"),
        (for_every.is_not(None), for_every),
        (for_letters.is_not(None), for_letters),
        (lead.c.consent == "withdrawn", "unsubscribed"),
        (lead.c.consent != "given", "no-consent"),
        else_=GETS,
    )
