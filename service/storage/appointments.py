"""Appointments, and the quarters of an hour they take: two people cannot have the same one."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment, AppointmentState
from service.domain.timing import QUARTER
from service.storage import ids
from service.storage.either_way import listed
from service.storage.tables import appointment, visit_quarter

_COLUMNS = [appointment.c[name] for name in Appointment.__dataclass_fields__]
_BY_ID = sa.select(*_COLUMNS).where(appointment.c.id == sa.bindparam("appointment_id"))
_NEXT = (
    sa.select(*_COLUMNS)
    .where(
        appointment.c.lead_id == sa.bindparam("of_lead"),
        appointment.c.state == AppointmentState.BOOKED.value,
        appointment.c.starts_at > sa.bindparam("now"),
    )
    .order_by(appointment.c.starts_at)
    .limit(1)
)
_OF_LEADS = sa.select(*_COLUMNS).where(listed(appointment.c.lead_id, "lead_ids")).order_by(appointment.c.starts_at)
_STATE = list(Appointment.__dataclass_fields__).index("state")


AppointmentRow = Appointment  # the row is the domain's value


class SlotTaken(Exception):
    """Somebody else has a quarter of an hour of this slot. Leave the transaction by this error: nothing is kept."""


def get(conn: Connection, appointment_id: int) -> Appointment:
    """Raises NoResultFound for an id that is none."""
    return _value(conn.execute(_BY_ID, {"appointment_id": appointment_id}).one())


def find(conn: Connection, appointment_id: int) -> Appointment | None:
    return _first(conn, sa.select(*_COLUMNS).where(appointment.c.id == appointment_id))


def locked(conn: Connection, appointment_id: int) -> Appointment | None:
    """As `find`, and nobody else changes it until the transaction ends."""
    query = sa.select(*_COLUMNS).where(appointment.c.id == appointment_id)
    return _first(conn, query.with_for_update() if conn.dialect.name == "postgresql" else query)


def next_of_lead(conn: Connection, lead_id: int, now: int) -> Appointment | None:
    """The lead's next booked visit that is still to come."""
    row = conn.execute(_NEXT, {"of_lead": lead_id, "now": now}).first()
    return None if row is None else _value(row)


def with_visit_ahead(conn: Connection, lead_ids: Collection[int], now: int) -> set[int]:
    """Those of the leads who have a booked visit that is still to come."""
    query = sa.select(appointment.c.lead_id).where(
        appointment.c.lead_id.in_(list(lead_ids)),
        appointment.c.state == AppointmentState.BOOKED.value,
        appointment.c.starts_at > now,
    )
    return set(conn.execute(query).scalars())


def latest(conn: Connection, lead_id: int) -> Appointment | None:
    """The lead's last made appointment, whatever became of it."""
    query = sa.select(*_COLUMNS).where(appointment.c.lead_id == lead_id)
    return _first(conn, query.order_by(appointment.c.booked_at.desc(), appointment.c.id.desc()).limit(1))


def of_lead(conn: Connection, lead_id: int) -> list[Appointment]:
    """All of a lead's appointments, by their start."""
    query = sa.select(*_COLUMNS).where(appointment.c.lead_id == lead_id).order_by(appointment.c.starts_at)
    return [_value(row) for row in conn.execute(query)]


def of_leads(conn: Connection, lead_ids: Collection[int]) -> list[Appointment]:
    """All appointments of these leads, by their start."""
    return [_value(row) for row in conn.execute(_OF_LEADS, {"lead_ids": list(lead_ids)})]


def between(conn: Connection, clinic_id: int, since: int, until: int) -> list[Appointment]:
    """A clinic's appointments that start from `since` up to `until`, of every state, in order."""
    query = sa.select(*_COLUMNS).where(
        appointment.c.clinic_id == clinic_id, appointment.c.starts_at >= since, appointment.c.starts_at < until
    )
    return [_value(row) for row in conn.execute(query.order_by(appointment.c.starts_at, appointment.c.id))]


def unmarked(conn: Connection, clinic_id: int, since: int, now: int) -> tuple[int, int | None]:
    """How many visits that began from `since` on are over without a note whether the person came; the first's start."""
    query = sa.select(sa.func.count(), sa.func.min(appointment.c.starts_at)).where(
        appointment.c.clinic_id == clinic_id,
        appointment.c.state == AppointmentState.BOOKED.value,
        appointment.c.starts_at >= since,
        appointment.c.starts_at < now,
        appointment.c.ends_at <= now,
    )
    count, first = conn.execute(query).one()
    return count, first


def add(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    practitioner_id: int,
    visit_type_id: int,
    starts_at: int,
    ends_at: int,
    now: int,
    message_id: int | None = None,
) -> Appointment:
    made = Appointment(
        id=ids.new(),
        clinic_id=clinic_id,
        lead_id=lead_id,
        practitioner_id=practitioner_id,
        visit_type_id=visit_type_id,
        starts_at=starts_at,
        ends_at=ends_at,
        state=AppointmentState.BOOKED,
        sequence=0,
        uid=secrets.token_hex(16),
        booked_at=now,
        message_id=message_id,
    )
    values = {name: getattr(made, name) for name in Appointment.__dataclass_fields__}
    conn.execute(sa.insert(appointment).values(values | {"state": made.state.value}))
    return made


def move(
    conn: Connection, appointment_id: int, *, practitioner_id: int, starts_at: int, ends_at: int, now: int
) -> Appointment:
    """The same visit at another time: one higher in its sequence."""
    conn.execute(
        sa.update(appointment)
        .where(appointment.c.id == appointment_id)
        .values(
            practitioner_id=practitioner_id,
            starts_at=starts_at,
            ends_at=ends_at,
            moved_at=now,
            sequence=appointment.c.sequence + 1,
        )
    )
    return get(conn, appointment_id)


def end(conn: Connection, appointment_id: int, state: AppointmentState, by: str, now: int) -> Appointment:
    """`by` is patient or clinic. A cancellation is a change that calendars must hear of: one higher in its sequence."""
    raised = 1 if state is AppointmentState.CANCELLED else 0
    conn.execute(
        sa.update(appointment)
        .where(appointment.c.id == appointment_id)
        .values(state=state.value, ended_at=now, ended_by=by, sequence=appointment.c.sequence + raised)
    )
    return get(conn, appointment_id)


def take(conn: Connection, practitioner_id: int, appointment_id: int, quarters: Iterable[int]) -> None:
    """Raises SlotTaken when one of the quarters is somebody's."""
    rows = [
        {"practitioner_id": practitioner_id, "quarter": quarter, "appointment_id": appointment_id}
        for quarter in sorted(quarters)
    ]
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    kept = insert(visit_quarter).values(rows).on_conflict_do_nothing().returning(visit_quarter.c.quarter)
    if len(conn.execute(kept).all()) != len(rows):
        raise SlotTaken


def free(conn: Connection, appointment_id: int) -> None:
    """Gives its quarters back."""
    conn.execute(sa.delete(visit_quarter).where(visit_quarter.c.appointment_id == appointment_id))


def taken(
    conn: Connection, practitioner_ids: Collection[int], since: int, until: int, but: int | None = None
) -> dict[int, set[int]]:
    """The taken quarters of each practitioner from `since` up to `until`; those of appointment `but` count as free."""
    query = sa.select(visit_quarter.c.practitioner_id, visit_quarter.c.quarter).where(
        visit_quarter.c.practitioner_id.in_(list(practitioner_ids)),
        visit_quarter.c.quarter >= since // QUARTER,
        visit_quarter.c.quarter < -(-until // QUARTER),
    )
    if but is not None:
        query = query.where(visit_quarter.c.appointment_id != but)
    held: dict[int, set[int]] = {}
    for practitioner_id, quarter in conn.execute(query):
        held.setdefault(practitioner_id, set()).add(quarter)
    return held


def _first(conn: Connection, query: sa.Select[Any]) -> Appointment | None:
    row = conn.execute(query).first()
    return None if row is None else _value(row)


def _value(row: sa.Row[Any]) -> Appointment:
    values = list(row)
    values[_STATE] = AppointmentState(values[_STATE])
    return Appointment(*values)
