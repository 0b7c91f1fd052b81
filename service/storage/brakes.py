"""What counts towards a clinic's brake, and the brake itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.brake import OVER, USUAL_OVER, Brake, Counts, usual_day
from service.domain.timing import DAY
from service.storage.tables import campaign, clinic, enrollment, message

_PAUSED: sa.ColumnElement[Any] = sa.literal_column("2")
_BRAKE: sa.ColumnElement[Any] = sa.literal_column("'brake'")
_REJECTED: sa.ColumnElement[Any] = sa.literal_column("'rejected'")
_NOW = sa.bindparam("now", type_=sa.BigInteger)


def _later(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.case((one > other, one), else_=other)


def _since(span: int) -> sa.ColumnElement[int]:
    """The span, or since the clinic was last let go if that is shorter."""
    return _later(_NOW - span, sa.func.coalesce(clinic.c.brake_off_at, 0))


def _number(column: sa.ColumnElement[Any], span: int, *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """A clinic's messages whose `column` lies in the span: a range of an index, without a look at the rows."""
    ours = (message.c.clinic_id == clinic.c.id, column > _since(span), column <= _NOW)
    return sa.select(sa.func.count()).where(*ours, *which).correlate(clinic).scalar_subquery()


_COUNTS = sa.select(
    clinic.c.id,
    _number(message.c.accepted_at, OVER),
    _number(message.c.accepted_at, OVER, message.c.bounced_at.is_not(None)),
    _number(message.c.accepted_at, OVER, message.c.complained_at.is_not(None)),
    _number(message.c.settled_at, DAY, message.c.state == _REJECTED),
    _number(message.c.accepted_at, DAY),
).where(clinic.c.braked_at.is_(None))


def counts(conn: Connection, now: int) -> dict[int, Counts]:
    """By clinic, of those whose brake is off; all of them in one statement. A usual day is asked for apart."""
    found = {}
    for clinic_id, accepted, bounced, complained, failed, day in conn.execute(_COUNTS, {"now": now}):
        found[clinic_id] = Counts(accepted, bounced, complained, day + failed, failed, day)
    return found


def usual(conn: Connection, clinic_ids: Collection[int], now: int) -> dict[int, int | None]:
    """Mails of a usual day of these clinics, from the four weeks before the last day; those alone whose day is loud
    and has been all theirs: a letter that a person has let go must not stop a second time."""
    if not clinic_ids:
        return {}
    age = (sa.literal(now, sa.BigInteger) - message.c.accepted_at) // sa.literal_column(str(DAY))
    query = (
        sa.select(message.c.clinic_id, age.label("age"), sa.func.count())
        .join(clinic, clinic.c.id == message.c.clinic_id)
        .where(message.c.clinic_id.in_(list(clinic_ids)))
        .where(message.c.accepted_at > now - DAY - USUAL_OVER, message.c.accepted_at <= now - DAY)
        .where(sa.func.coalesce(clinic.c.brake_off_at, 0) <= now - DAY)
        .group_by(message.c.clinic_id, sa.literal_column("age"))
    )
    days: dict[int, dict[int, int]] = {}
    for clinic_id, day, mails in conn.execute(query):
        days.setdefault(clinic_id, {})[day] = mails
    return {clinic_id: usual_day(found) for clinic_id, found in days.items()}


def put_on(conn: Connection, clinic_id: int, brake: Brake, now: int) -> bool:
    """False when it is on already: the first reason stands."""
    off = (clinic.c.id == clinic_id, clinic.c.braked_at.is_(None))
    return bool(conn.execute(sa.update(clinic).where(*off).values(braked_at=now, brake=brake.kept())).rowcount)


def take_off(conn: Connection, clinic_id: int, now: int) -> bool:
    on = (clinic.c.id == clinic_id, clinic.c.braked_at.is_not(None))
    values = {"braked_at": None, "brake": sa.null(), "brake_off_at": now}
    return bool(conn.execute(sa.update(clinic).where(*on).values(**values)).rowcount)


def left_behind(conn: Connection) -> list[int]:
    """Clinics that are let go, with somebody whom a brake still holds."""
    held = (enrollment.c.clinic_id == clinic.c.id, enrollment.c.state == _PAUSED, enrollment.c.guard == _BRAKE)
    query = sa.select(clinic.c.id).where(clinic.c.braked_at.is_(None), sa.exists().where(*held))
    return list(conn.execute(query.order_by(clinic.c.id)).scalars())


@dataclass(frozen=True, slots=True)
class Waiting:
    """Mails of one step that the brake holds."""

    campaign: str
    version_id: int
    step: str
    mails: int
    oldest_due: int


@dataclass(frozen=True, slots=True)
class Held:
    """`people` wait for `mails`; `several` of them for more than one."""

    mails: int
    people: int
    several: int
    steps: list[Waiting]


def held(conn: Connection, clinic_id: int) -> Held:
    """Whom the brake holds, counted and never listed row by row."""
    ours = (enrollment.c.clinic_id == clinic_id, enrollment.c.state == _PAUSED, enrollment.c.guard == _BRAKE)
    each = sa.select(sa.func.count().label("n")).where(*ours).group_by(enrollment.c.lead_id).subquery()
    several = sa.func.coalesce(sa.func.sum(sa.case((each.c.n > 1, 1), else_=0)), 0)
    mails, people, more = conn.execute(
        sa.select(sa.func.coalesce(sa.func.sum(each.c.n), 0), sa.func.count(), several)
    ).one()
    query = (
        sa.select(
            campaign.c.name,
            enrollment.c.version_id,
            enrollment.c.step,
            sa.func.count(),
            sa.func.min(enrollment.c.due_at),
        )
        .join(campaign, campaign.c.id == enrollment.c.campaign_id)
        .where(*ours)
        .group_by(campaign.c.name, enrollment.c.version_id, enrollment.c.step)
        .order_by(sa.func.count().desc(), campaign.c.name, enrollment.c.step)
    )
    return Held(int(mails), people, int(more), [Waiting(*row) for row in conn.execute(query)])


_STANDING = sa.select(clinic.c.id, clinic.c.stopped_at.is_not(None)).where(
    sa.or_(clinic.c.stopped_at.is_not(None), clinic.c.braked_at.is_not(None))
)


def standing(conn: Connection) -> dict[int, bool]:
    """The clinics that are held back: whether all of their mail is (True), or their series alone."""
    return {clinic_id: bool(wholly) for clinic_id, wholly in conn.execute(_STANDING)}


def holds(found: dict[int, bool], clinic_id: int, service: bool) -> bool:
    """Whether a mail of this clinic must not leave, by what `standing` gave."""
    return clinic_id in found and (found[clinic_id] or not service)
