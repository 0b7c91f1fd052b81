"""Practitioners, their hours, and the visits."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, Table, UniqueConstraint

from service.storage.tables.base import Big, identity, instant, metadata, refer, where, words

practitioner = Table(
    "practitioner",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("name"),
    words("title"),
    Column("signs", Boolean, nullable=False, server_default=sa.false()),
    Column("active", Boolean, nullable=False, server_default=sa.true()),
)

visit_type = Table(
    "visit_type",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("key"),
    words("name"),
    Column("minutes", SmallInteger, nullable=False),
    Column("buffer_minutes", SmallInteger, nullable=False, server_default="0"),
    Column("first_visit", Boolean, nullable=False, server_default=sa.false()),
    UniqueConstraint("clinic_id", "key"),
)

working_hours = Table(
    "working_hours",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("practitioner_id", "practitioner"),
    Column("weekday", SmallInteger, nullable=False),
    Column("opens", SmallInteger, nullable=False),  # minutes after local midnight, clinic's zone
    Column("closes", SmallInteger, nullable=False),
    Index(None, "practitioner_id"),
)

absence = Table(  # practitioner_id NULL: the clinic is closed
    "absence",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("practitioner_id", "practitioner", nullable=True),
    instant("starts_at", False),
    instant("ends_at", False),
    words("words"),
    Index(None, "clinic_id", "ends_at"),
)

appointment = Table(
    "appointment",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("practitioner_id", "practitioner"),
    refer("visit_type_id", "visit_type"),
    instant("starts_at", False),
    instant("ends_at", False),
    words("state"),  # booked · cancelled · attended · no-show
    Column("sequence", SmallInteger, nullable=False, server_default="0"),
    words("uid"),
    instant("booked_at", False),
    instant("moved_at"),
    instant("ended_at"),
    words("ended_by", nullable=True),  # patient · clinic
    Column("message_id", Big, nullable=True),  # the mail whose link led here
    Index(None, "lead_id"),
    Index(None, "clinic_id", "starts_at"),
    Index(None, "clinic_id", "booked_at"),
    Index("ix_appointment_booked", "lead_id", **where("state = 'booked'")),
)

visit_quarter = Table(  # two people cannot have the same quarter of an hour
    "visit_quarter",
    metadata,
    Column("practitioner_id", Big, ForeignKey("practitioner.id"), primary_key=True, autoincrement=False),
    Column("quarter", sa.Integer, primary_key=True, autoincrement=False),  # epoch seconds / 900
    refer("appointment_id", "appointment"),
    Index(None, "appointment_id"),
)
