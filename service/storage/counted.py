"""Who is counted where: the definitions that the campaign's page and the reports share, so that they agree."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from service.storage.tables import enrollment, message

Is = ColumnElement[bool]

STANDINGS = ("entered", "here", "booked", "left", "ended")
GOAL = "goal-met"
RUNNING = (1, 2)


def standing(*where: Is) -> sa.Subquery:
    """One run a person and campaign: the one that goes on, else the last. Ranked: for all runs of a campaign."""
    rank = sa.func.row_number().over(
        partition_by=[enrollment.c.campaign_id, enrollment.c.lead_id],
        order_by=[
            sa.case((enrollment.c.state.in_(RUNNING), 0), else_=1),
            enrollment.c.entered_at.desc(),
            enrollment.c.id.desc(),
        ],
    )
    ranked = sa.select(enrollment, rank.label("place")).where(*where).subquery()
    return sa.select(ranked).where(ranked.c.place == 1).subquery("run")


def stands() -> Is:
    """The same of a row of `enrollment`, by looking for a better one: for the few runs of a span."""
    other = enrollment.alias("other")
    mine, theirs = _goes_on(enrollment), _goes_on(other)
    later = sa.tuple_(other.c.entered_at, other.c.id) > sa.tuple_(enrollment.c.entered_at, enrollment.c.id)
    better = sa.or_(sa.and_(theirs, ~mine), sa.and_(theirs == mine, later))
    same = (other.c.lead_id == enrollment.c.lead_id, other.c.campaign_id == enrollment.c.campaign_id)
    return ~sa.exists().where(*same, other.c.id != enrollment.c.id, better)


def at(run: sa.FromClause, standing: str) -> Is:
    """One of STANDINGS. `booked`: reached the goal, whichever it is."""
    goal = run.c.reason == GOAL
    return {
        "entered": sa.true(),
        "here": run.c.state.in_(RUNNING),
        "booked": sa.and_(run.c.state == 4, goal),
        "left": sa.and_(run.c.state == 4, ~goal),
        "ended": run.c.state == 3,
    }[standing]


def last_mail(run: sa.FromClause) -> sa.ScalarSelect[str]:
    """The step of the last mail that somebody was sent in this run."""
    return (
        sa.select(message.c.step)
        .where(message.c.enrollment_id == run.c.id, message.c.accepted_at.is_not(None))
        .order_by(message.c.accepted_at.desc(), message.c.id.desc())
        .limit(1)
        .correlate(run)
        .scalar_subquery()
    )


def _goes_on(run: sa.FromClause) -> Is:
    return run.c.state.in_(RUNNING)
