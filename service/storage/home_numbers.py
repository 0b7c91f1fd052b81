"""What Home and the frame count: each number once, with the conditions of `people`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import incoming_mails, people
from service.storage.settings import MAILBOX_FAULT
from service.storage.tables import appointment, clinic, enrollment, event, inbox, lead, message, setting

_ACTIVE: sa.ColumnElement[Any] = sa.literal_column("1")
_PAUSED: sa.ColumnElement[Any] = sa.literal_column("2")
_OF_SO_MANY = 5  # times as many as are shown are looked at
_HANDLED = ("note", "staff-done")  # somebody here has been in touch


@dataclass(frozen=True, slots=True)
class FrameNumbers:
    """`due_today`: mails and waits that fall due before the clinic's day ends."""

    sent_today: int
    due_today: int
    unreadable: int


def frame(conn: Connection, clinic_id: int, day_began: int, day_ends: int) -> FrameNumbers:
    sent = sa.select(sa.func.count()).where(
        message.c.clinic_id == clinic_id, message.c.accepted_at >= day_began, message.c.accepted_at < day_ends
    )
    # The hours of everyone are in one index: with the clinic's alone SQLite would look at all who ever entered.
    of_clinic = sa.literal_column("+enrollment.clinic_id", sa.BigInteger) == clinic_id
    due = sa.select(sa.func.count()).where(enrollment.c.state == _ACTIVE, enrollment.c.due_at < day_ends, of_clinic)
    unread = sa.select(sa.func.count()).where(inbox.c.clinic_id == clinic_id, inbox.c.state == "unreadable")
    return FrameNumbers(*conn.execute(sa.select(*(part.scalar_subquery() for part in (sent, due, unread)))).one())


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many of those who signed up in a span came how far, in the order of people.REACHED."""

    counts: tuple[int, ...]

    @property
    def signed_up(self) -> int:
        return self.counts[0]

    def of(self, name: str) -> int:
        return self.counts[people.REACHED.index(name)]


def funnels(conn: Connection, clinic_id: int, spans: Sequence[tuple[int, int]]) -> list[Funnel]:
    """One funnel for each span (since, until), in one statement."""
    found = []
    for number, (since, until) in enumerate(spans):
        reached = [
            sa.func.coalesce(sa.func.sum(sa.case((people.reached(name), 1), else_=0)), 0) for name in people.REACHED
        ]
        found.append(
            sa.select(sa.literal(number), *reached)
            .select_from(lead)
            .where(lead.c.clinic_id == clinic_id, lead.c.created_at >= since, lead.c.created_at < until)
        )
    rows = {row[0]: Funnel(tuple(int(value) for value in row[1:])) for row in conn.execute(sa.union_all(*found))}
    return [rows[number] for number in range(len(spans))]


def visits_ahead(conn: Connection, clinic_id: int, since: int, until: int, now: int) -> int:
    """People who signed up in the span and have a visit that is still to come."""
    query = (
        sa.select(sa.func.count(sa.distinct(appointment.c.lead_id)))
        .join(lead, lead.c.id == appointment.c.lead_id)
        .where(
            lead.c.clinic_id == clinic_id,
            lead.c.created_at >= since,
            lead.c.created_at < until,
            appointment.c.state == "booked",
            appointment.c.starts_at > now,
        )
    )
    return conn.execute(query).scalar_one()


def sent_by_day(conn: Connection, clinic_id: int, starts: Sequence[int]) -> list[int]:
    """Mails accepted in each span between two of `starts`; one fewer than there are."""
    # A range of an index each: to sort the mails of all days into their days takes ten times as long.
    days = [
        sa.select(sa.func.count())
        .where(message.c.clinic_id == clinic_id, message.c.accepted_at >= begins, message.c.accepted_at < ends)
        .scalar_subquery()
        for begins, ends in pairwise(starts)
    ]
    return list(conn.execute(sa.select(*days)).one())


@dataclass(frozen=True, slots=True)
class Held:
    """Runs that wait for a person's decision, by what holds them."""

    guard: str
    people: int
    oldest_due: int


def held(conn: Connection, clinic_id: int) -> list[Held]:
    query = (
        sa.select(enrollment.c.guard, sa.func.count(), sa.func.min(enrollment.c.due_at))
        .where(
            enrollment.c.clinic_id == clinic_id,
            enrollment.c.state == _PAUSED,
            enrollment.c.guard.in_(["restored", "overdue", "content-broken", "content-expired"]),
        )
        .group_by(enrollment.c.guard)
        .order_by(enrollment.c.guard)
    )
    found = {guard: Held(guard, people, oldest) for guard, people, oldest in conn.execute(query)}
    late, since = conn.execute(
        sa.select(sa.func.count(), sa.func.min(message.c.created_at)).where(
            message.c.state == sa.literal_column("'planned'"),
            message.c.reason == "overdue",
            message.c.clinic_id == clinic_id,
        )
    ).one()
    if late:
        runs = found.get("overdue", Held("overdue", 0, since))
        found["overdue"] = Held("overdue", runs.people + late, min(runs.oldest_due, since))
    return [found[guard] for guard in sorted(found)]


@dataclass(frozen=True, slots=True)
class Troubles:
    """`refused`: posts that were refused lately and that nobody has looked at; `mails`: those that nobody could place;
    `mailbox_fault`: why replies cannot be read, as JSON."""

    in_doubt: int
    unreadable: int
    refused: int
    unreadable_reason: str | None
    stopped_why: str | None
    mails: int
    mailbox_fault: str | None


def troubles(conn: Connection, clinic_id: int, lately: int) -> Troubles:
    doubts = sa.select(sa.func.count()).where(
        message.c.state == sa.literal_column("'in_doubt'"), message.c.clinic_id == clinic_id
    )
    unread = sa.select(sa.func.count()).where(inbox.c.clinic_id == clinic_id, inbox.c.state == "unreadable")
    refused = sa.select(sa.func.count()).where(
        inbox.c.clinic_id == clinic_id,
        inbox.c.state == "refused",
        inbox.c.received_at >= lately,
        inbox.c.processed_at.is_(None),
    )
    reason = (
        sa.select(inbox.c.reason)
        .where(inbox.c.clinic_id == clinic_id, inbox.c.state == "unreadable")
        .order_by(inbox.c.received_at.desc())
        .limit(1)
    )
    why = sa.select(clinic.c.stopped_why).where(clinic.c.id == clinic_id)
    fault = sa.select(setting.c.value).where(setting.c.key == MAILBOX_FAULT)
    parts = (doubts, unread, refused, reason, why, incoming_mails.counting(clinic_id), fault)
    return Troubles(*conn.execute(sa.select(*(part.scalar_subquery() for part in parts))).one())


@dataclass(frozen=True, slots=True)
class Uncalled:
    """Who signed up lately and waits for a first call: how many, how many of them for longer than the clinic's aim, and
    since when the first of them."""

    people: int
    late: int
    oldest: int | None


def uncalled(conn: Connection, clinic_id: int, aim: int, now: int) -> Uncalled:
    late = sa.func.sum(sa.case((lead.c.created_at < now - aim, 1), else_=0))
    query = sa.select(sa.func.count(), sa.func.coalesce(late, 0), sa.func.min(lead.c.created_at))
    row = conn.execute(query.where(lead.c.clinic_id == clinic_id, people.awaits_call(now))).one()
    return Uncalled(row[0], int(row[1]), row[2])


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone to call, and why: counted clicks on Book, the last of them, an answer, a visit that came to nothing."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    zone: str
    clicks: int
    last_click: int | None
    answer: str | None
    answered_at: int | None
    lost_visit_at: int | None
    handled_at: int | None
    signed_up_at: int
    called_at: int | None

    @property
    def name(self) -> str:
        return (
            " ".join(part for part in (self.first_name, self.last_name) if part)
            or self.email
            or self.phone
            or "Nobody named"
        )

    @property
    def last_at(self) -> int:
        return max(self.last_click or 0, self.answered_at or 0, self.lost_visit_at or 0)


def callers(conn: Connection, clinic_id: int, since: int, limit: int = 12) -> list[Caller]:
    """People without a visit ahead who showed since `since` that they would come, and whom nobody called since."""
    rows = conn.execute(_callers(conn, clinic_id, since, limit * _OF_SO_MANY)).all()
    found = [Caller(*row[1:]) for row in rows if row[0]]
    if len(found) < limit and len(rows) == limit * _OF_SO_MANY:  # nearly all of the first ones came by themselves
        found = [Caller(*row[1:]) for row in conn.execute(_callers(conn, clinic_id, since, None)) if row[0]]
    return found[:limit]


def _callers(conn: Connection, clinic_id: int, since: int, limit: int | None) -> sa.Select[Any]:
    """The first who showed it, and of each whether she is to be called: few leads are looked up for it."""
    shown = _shown(clinic_id, since)
    last = _greatest(conn, shown.c.last_click, shown.c.answered_at, shown.c.lost_at)
    first = (
        sa.select(shown, last.label("last"))
        .where(sa.func.coalesce(shown.c.handled_at, 0) < last)
        .order_by(shown.c.clicks.desc(), last.desc(), shown.c.lead_id)
        .limit(limit)
        .subquery("first")
    )
    booked = sa.exists().where(appointment.c.lead_id == lead.c.id, appointment.c.state.in_(["booked", "attended"]))
    return (
        sa.select(
            sa.case((sa.or_(booked, people.halted()), 0), else_=1),
            lead.c.id,
            lead.c.first_name,
            lead.c.last_name,
            lead.c.email,
            lead.c.phone,
            lead.c.zone,
            first.c.clicks,
            first.c.last_click,
            _latest_answer(),
            first.c.answered_at,
            first.c.lost_at,
            first.c.handled_at,
            lead.c.created_at,
            lead.c.called_at,
        )
        .join(first, first.c.lead_id == lead.c.id)
        .order_by(first.c.clicks.desc(), first.c.last.desc(), lead.c.id)
    )


def _shown(clinic_id: int, since: int) -> sa.Subquery:
    """By lead: how often it opened the booking page, and when it did what, since then."""
    click = sa.and_(event.c.kind == "clicked", event.c.link == "book")
    lost = event.c.kind.in_(["cancelled", "no-show"])
    signs = sa.case((sa.or_(click, lost, event.c.kind == "answered"), 1), else_=0)
    return (
        sa.select(
            event.c.lead_id,
            sa.func.sum(sa.case((click, 1), else_=0)).label("clicks"),
            sa.func.max(sa.case((click, event.c.at))).label("last_click"),
            sa.func.max(sa.case((event.c.kind == "answered", event.c.at))).label("answered_at"),
            sa.func.max(sa.case((lost, event.c.at))).label("lost_at"),
            sa.func.max(sa.case((event.c.kind.in_(_HANDLED), event.c.at))).label("handled_at"),
        )
        .where(
            event.c.clinic_id == clinic_id,
            event.c.kind.in_(["clicked", "answered", "cancelled", "no-show", *_HANDLED]),
            event.c.at >= since,
            event.c.flag.is_(None),
        )
        .group_by(event.c.lead_id)
        .having(sa.func.max(signs) == 1)
        .subquery()
    )


def _latest_answer() -> sa.ScalarSelect[str | None]:
    return (
        sa.select(event.c.link)
        .where(event.c.lead_id == lead.c.id, event.c.kind == "answered")
        .order_by(event.c.at.desc())
        .limit(1)
        .correlate(lead)
        .scalar_subquery()
    )


def _greatest(conn: Connection, *columns: sa.ColumnElement[int | None]) -> sa.ColumnElement[int]:
    known = [sa.func.coalesce(column, 0) for column in columns]
    return sa.func.max(*known) if conn.dialect.name == "sqlite" else sa.func.greatest(*known)
