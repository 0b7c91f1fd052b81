"""Campaigns and who is in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, Table, Text, UniqueConstraint

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
    words("kind", default="series"),  # series · letter
    words("state"),  # live · paused
    Column("version_id", Big, nullable=True),
    instant("paused_at"),
    instant("reviewed_at"),  # when somebody last vouched for what it claims: by publishing, or reading it again
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
    Column("visits", Json, nullable=True),  # {step: times entered}, where the series loops
    Column("revision", sa.Integer, nullable=False, server_default="1"),
    instant("entered_at", False),
    instant("ended_at"),
    words("reason", nullable=True),
    Index("ix_enrollment_due", "due_at", **where("state = 1")),
    Index("ix_enrollment_held", "clinic_id", "guard", "due_at", **where("state = 2")),
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


draft = Table(  # a campaign as it is being changed; publishing makes a version of it
    "draft",
    metadata,
    Column("campaign_id", Big, ForeignKey("campaign.id"), primary_key=True, autoincrement=False),
    refer("clinic_id", "clinic"),
    words("source"),
    Column("mails", Json, nullable=False),
    refer("changed_by", "user_account", nullable=True),
    instant("changed_at", False),
)

draft_text = (
    Table(  # what a draft was before an act, or before an undo: newest first is what the next undo or redo gives
        "draft_text",
        metadata,
        identity(),
        Column("campaign_id", Big, ForeignKey("campaign.id"), nullable=False),
        words("side"),  # before · after
        Column("depth", sa.Integer, nullable=False),  # counts up on each side
        words("source"),
        UniqueConstraint("campaign_id", "side", "depth"),
    )
)

publication = Table(  # a publishing whose people are still being moved, or were
    "publication",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("campaign_id", "campaign"),
    refer("version_id", "campaign_version"),
    words("mode"),  # finish · move · exit
    Column("reach_back", sa.Integer, nullable=True),  # seconds: who completed since then gets a step added at the end
    refer("user_id", "user_account", nullable=True),
    instant("at", False),
    instant("done_at"),
    Column("counts", Json, nullable=False),
    Index(None, "campaign_id", "at"),
    Index("ix_publication_open", "at", **where("done_at IS NULL")),
)

choice = Table(  # which way of a split somebody went
    "choice",
    metadata,
    Column("enrollment_id", Big, ForeignKey("enrollment.id"), primary_key=True, autoincrement=False),
    Column("step", Text, primary_key=True),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("campaign_id", "campaign"),
    words("label"),
    instant("at", False),
    Index(None, "campaign_id", "step", "label"),
)

segment = Table(
    "segment",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("key"),
    words("name"),
    words("source"),  # the condition as YAML
    instant("created_at", False),
    instant("changed_at", False),
    UniqueConstraint("clinic_id", "key"),
)

segment_member = Table(  # of the segments that a campaign is entered by: who was in at the last look
    "segment_member",
    metadata,
    Column("segment_id", Big, ForeignKey("segment.id"), primary_key=True, autoincrement=False),
    Column("lead_id", Big, ForeignKey("lead.id"), primary_key=True, autoincrement=False),
    refer("clinic_id", "clinic"),
    instant("since", False),
)

letter = Table(  # one mail to many at an hour: a campaign of one mail, with whom and when
    "letter",
    metadata,
    Column("campaign_id", Big, ForeignKey("campaign.id"), primary_key=True, autoincrement=False),
    refer("clinic_id", "clinic"),
    words("source"),  # who: a condition as YAML
    Column("holdout", SmallInteger, nullable=False, server_default="0"),  # of 10,000
    instant("at"),
    words("state"),  # draft · planned · going · stopped · done
    Column("cursor", Big, nullable=False, server_default="0"),  # the last lead looked at
    Column("looked", sa.Integer, nullable=False, server_default="0"),
    Column("entered", sa.Integer, nullable=False, server_default="0"),
    instant("ended_at"),
    Index("ix_letter_going", "at", **where("state IN ('planned', 'going')")),
)

hook = Table(  # an address of the clinic's own that a step may call
    "hook",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("name"),
    words("url"),
    words("secret"),
    instant("created_at", False),
    instant("disabled_at"),
    UniqueConstraint("clinic_id", "name"),
)

hook_call = Table(
    "hook_call",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("hook_id", "hook"),
    refer("lead_id", "lead"),
    refer("enrollment_id", "enrollment"),
    words("step"),
    Column("visit", sa.Integer, nullable=False),
    instant("at", False),
    words("state"),  # planned · in_flight · done · failed
    instant("due_at", False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    words("reason", nullable=True),
    instant("done_at"),
    UniqueConstraint("enrollment_id", "step", "visit", "hook_id"),
    Index("ix_hook_call_due", "due_at", **where("state IN ('planned', 'in_flight')")),
    Index(None, "lead_id", "at"),
)
