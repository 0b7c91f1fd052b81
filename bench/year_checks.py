"""What a year must never show, asked of its rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.content.campaign_file import parse_campaign
from service.domain.campaign import Definition, MailStep
from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY, Window, local, local_day, quieted
from service.storage import campaigns, clinics, tables
from service.usecases.closures import load_closed

LONGEST_SERIES = 90 * DAY


def exits(conn: Connection) -> dict[str, int]:
    """How many left or completed, by reason."""
    run = tables.enrollment
    query = sa.select(run.c.reason, sa.func.count()).where(run.c.ended_at.is_not(None)).group_by(run.c.reason)
    return dict(sorted((reason or "?", count) for reason, count in conn.execute(query)))


def broken(conn: Connection, now: int) -> dict[str, int]:
    """By promise: how often it was broken."""
    return {
        "sent after an exit": _after_exit(conn),
        "sent without consent": _without_consent(conn),
        "sent after a stop": _after_stop(conn),
        "a step's visit twice": _twice(conn),
        "never ended": _never_ended(conn, now),
        **_by_mail(conn, now),
    }


def _count(conn: Connection, query: sa.Select[Any]) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()


def _after_exit(conn: Connection) -> int:
    mail, run = tables.message, tables.enrollment
    return _count(
        conn,
        sa.select(mail.c.id)
        .join(run, run.c.id == mail.c.enrollment_id)
        .where(run.c.state == int(EnrollmentState.EXITED), mail.c.created_at > run.c.ended_at),
    )


def _without_consent(conn: Connection) -> int:
    mail, given = tables.message, tables.consent
    agreed = sa.exists().where(
        given.c.lead_id == mail.c.lead_id, given.c.kind.in_(("given", "confirmed")), given.c.at <= mail.c.created_at
    )
    return _count(conn, sa.select(mail.c.id).where(~mail.c.service, ~agreed))


def _after_stop(conn: Connection) -> int:
    mail, lead, stop = tables.message, tables.lead, tables.suppression
    return _count(
        conn,
        sa.select(mail.c.id)
        .join(lead, lead.c.id == mail.c.lead_id)
        .join(stop, stop.c.email_key == lead.c.email_key)
        .where(~mail.c.service, mail.c.created_at > stop.c.at, stop.c.lifted_at.is_(None)),
    )


def _twice(conn: Connection) -> int:
    mail = tables.message
    key = (mail.c.enrollment_id, mail.c.step, mail.c.visit)
    return _count(conn, sa.select(*key).group_by(*key).having(sa.func.count() > 1))


def _never_ended(conn: Connection, now: int) -> int:
    run = tables.enrollment
    running = (int(EnrollmentState.ACTIVE), int(EnrollmentState.PAUSED))
    return _count(conn, sa.select(run.c.id).where(run.c.state.in_(running), run.c.entered_at < now - LONGEST_SERIES))


def _by_mail(conn: Connection, now: int) -> dict[str, int]:
    """Windows and caps, mail by mail, by the reader's own clock."""
    definitions = _definitions(conn)
    houses = clinics.everyone(conn)
    closed = {clinic_id: frozenset[int]() for clinic_id in houses}
    for year_end in (now - 365 * DAY, now):
        for clinic_id, found in load_closed(conn, list(houses.values()), year_end).items():
            closed[clinic_id] |= found.days
    outside, days = 0, Counter[tuple[int, int]]()
    mail, lead = tables.message, tables.lead
    query = sa.select(
        mail.c.clinic_id, mail.c.lead_id, mail.c.version_id, mail.c.step, mail.c.service, mail.c.created_at, lead.c.zone
    ).join(lead, lead.c.id == mail.c.lead_id)
    for clinic_id, lead_id, version_id, step_key, service, at, zone in conn.execute(query):
        definition, clinic = definitions[version_id], houses[clinic_id]
        window = definition.window if clinic.quiet is None else quieted(definition.window, clinic.quiet)
        whose = zone if window.zone == "lead" else clinic.zone
        if not _may_leave(definition, step_key, window, at, whose, closed[clinic_id]):
            outside += 1
        if not service:
            days[lead_id, local_day(at, zone)] += 1
    over_day = sum(count > 1 for count in days.values())
    return {"sent outside a window": outside, "over a day's cap": over_day, "over a week's cap": _over_week(days)}


def _definitions(conn: Connection) -> Mapping[int, Definition]:
    ids = conn.execute(sa.select(tables.campaign_version.c.id)).scalars()
    return {
        row.id: parse_campaign(
            row.source, {name: (each["mjml"], each["text"]) for name, each in row.mails.items()}, "stored"
        ).definition
        for row in campaigns.versions(conn, list(ids))
    }


def _may_leave(definition: Definition, key: str, window: Window, at: int, zone: str, closed: frozenset[int]) -> bool:
    step = definition.steps[key]
    if isinstance(step, MailStep) and step.at_once:
        return True
    here = local(at, zone)
    return window.holds(here) and (window.holidays or here.toordinal() not in closed)


def _over_week(days: Counter[tuple[int, int]]) -> int:
    """Weeks of seven days that end on a day with a mail and hold more than four."""
    by_lead: dict[int, list[int]] = {}
    for (lead_id, day), count in days.items():
        by_lead.setdefault(lead_id, []).extend([day] * count)
    over = 0
    for mailed in by_lead.values():
        for last in set(mailed):
            over += sum(last - 7 < day <= last for day in mailed) > 4
    return over
