"""Campaigns and who is in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, UniqueConstraint

from service.storage.tables.base import Big, Json, identity, instant, metadata, refer, where, words

campaign = Table(
    "campaign",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("key"),
    words("name"),
    words("family"),
    Column("priority", SmallInteger, nullable=False),
    words("entry_on"),
    words("goal", default="none"),
    Column("has_service", Boolean, nullable=False, server_default=sa.false()),  # an unsubscribe leaves it to the gate
    words("state"),  # live · paused
    Column("version_id", Big, nullable=True),
    instant("paused_at"),
    instant("created_at", False),
    UniqueConstraint("clinic_id", "key"),
)

campaign_version = Table(  # immutable
    "campaign_version",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("campaign_id", "campaign"),
    Column("number", sa.Integer, nullable=False),
    words("source"),  # the YAML file, to the letter
    Column("mails", Json, nullable=False),  # {mail: {mjml, text}}: the files, to the letter
    words("digest"),
    instant("published_at", False),
    UniqueConstraint("campaign_id", "number"),
)

enrollment = Table(
    "enrollment",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("campaign_id", "campaign"),
    refer("version_id", "campaign_version"),
    words("entry_key", default=""),
    Column("appointment_id", Big, nullable=True),
    Column("state", SmallInteger, nullable=False),  # domain.enrollment.EnrollmentState
    words("step"),
    Column("visit", sa.Integer, nullable=False, server_default="1"),
    instant("since", False),
    instant("due_at", False),
    instant("held_at"),
    words("guard", nullable=True),  # why it waits, when a guard holds it
    Column("revision", sa.Integer, nullable=False, server_default="1"),
    instant("entered_at", False),
    instant("ended_at"),
    words("reason", nullable=True),
    Index("ix_enrollment_due", "due_at", **where("state = 1")),
    Index("uq_enrollment_running", "lead_id", "campaign_id", "entry_key", unique=True, **where("state IN (1, 2)")),
    Index(None, "lead_id"),
    Index(None, "campaign_id", "state", "step"),
    Index(None, "appointment_id", **where("appointment_id IS NOT NULL")),
    Index(None, "clinic_id", "entered_at"),
)

refusal = Table(  # each non-send and each exit, with the facts it was decided on
    "refusal",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("enrollment_id", "enrollment"),
    refer("campaign_id", "campaign"),
    instant("at", False),
    words("step"),
    words("kind"),  # waited · skipped · exited
    words("guard"),
    words("reason"),
    instant("until"),
    Column("facts", Json, nullable=False),
    Index(None, "lead_id", "at"),
    Index(None, "campaign_id", "at"),
)
