"""Messages, what the provider said of them, and the demo's own mailbox."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, UniqueConstraint

from service.storage.tables.base import Big, Json, identity, instant, metadata, refer, where, words

message = Table(
    "message",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("enrollment_id", "enrollment"),
    refer("campaign_id", "campaign"),
    refer("version_id", "campaign_version"),
    words("step"),
    Column("visit", sa.Integer, nullable=False),
    words("mail"),
    Column("service", Boolean, nullable=False),
    words("ref"),
    words("state"),  # domain.message.MessageState
    instant("due_at", False),
    instant("created_at", False),
    instant("lease_until"),
    Column("fence", sa.Integer, nullable=False, server_default="1"),
    Column("tries", SmallInteger, nullable=False, server_default="1"),
    words("provider"),
    words("provider_id", nullable=True),
    words("reason", nullable=True),
    Column("why", Json, nullable=False),  # the facts the send was decided on
    Column("values", Json, nullable=True),  # what was printed, until the outcome is settled
    instant("useful_until"),
    instant("accepted_at"),
    instant("settled_at"),
    instant("delivered_at"),
    instant("deferred_at"),
    instant("bounced_at"),
    instant("soft_bounced_at"),  # came back for a while only: so many in a row, and the address rests
    instant("complained_at"),
    instant("opened_at"),
    instant("clicked_at"),
    UniqueConstraint("enrollment_id", "step", "visit"),
    UniqueConstraint("ref"),
    Index(None, "lead_id", "created_at"),
    Index(None, "campaign_id", "step"),
    Index("ix_message_clinic_id_accepted_at", "clinic_id", "accepted_at", **where("accepted_at IS NOT NULL")),
    Index("ix_message_in_flight", "lease_until", **where("state = 'in_flight'")),
    Index("ix_message_in_doubt", "clinic_id", "created_at", **where("state = 'in_doubt'")),
    Index("ix_message_planned", "due_at", **where("state = 'planned'")),
    Index("ix_message_put_off", "clinic_id", "reason", "created_at", **where("state = 'planned'")),
    Index("ix_message_soft", "lead_id", **where("soft_bounced_at IS NOT NULL")),
    Index("ix_message_bounced", "clinic_id", "accepted_at", **where("bounced_at IS NOT NULL")),
    Index("ix_message_complained", "clinic_id", "accepted_at", **where("complained_at IS NOT NULL")),
    Index("ix_message_rejected", "clinic_id", "settled_at", **where("state = 'rejected'")),
)

cap = Table(  # two workers cannot break a cap: the n-th marketing mail of a lead's local day is one row
    "cap",
    metadata,
    Column("lead_id", Big, ForeignKey("lead.id"), primary_key=True, autoincrement=False),
    Column("day", sa.Integer, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("message_id", Big, nullable=False),
)

breaker = Table(  # one row for a provider that was once away: every worker asks it before it takes mail in hand
    "breaker",
    metadata,
    Column("provider", Text, primary_key=True),
    words("state"),  # closed · open
    words("cause"),  # domain.message.Cause
    instant("since", False),
    instant("until", False),
    Column("openings", sa.Integer, nullable=False),
    instant("probe_until"),
)

pace = Table(  # what has left of a rate: written only where one is set
    "pace",
    metadata,
    Column("scope", Text, primary_key=True),  # second:… · day:…
    instant("at", False),  # of a second: when all is free again, in microseconds; of a day: its ordinal
    Column("n", sa.Integer, nullable=False),  # mails of that day
    Column("step", sa.Integer, nullable=False),  # days with mail before it
)

delivery_event = Table(  # the raw inbox of provider events
    "delivery_event",
    metadata,
    identity(),
    words("provider"),
    words("external_id"),
    words("kind"),
    words("ref", nullable=True),
    instant("at", False),
    instant("received_at", False),
    instant("applied_at"),
    Column("message_id", Big, nullable=True),
    Column("data", Json, nullable=False),
    UniqueConstraint("provider", "external_id"),
    Index(None, "message_id"),
    Index("ix_delivery_event_waiting", "received_at", **where("applied_at IS NULL")),
)

incoming_mail = Table(  # the raw inbox of what people and machines write back
    "incoming_mail",
    metadata,
    identity(),
    refer("clinic_id", "clinic", nullable=True),  # not known before it was read
    words("channel"),  # sendgrid · mailbox
    words("external_id"),
    instant("received_at", False),
    words("content_type"),
    Column("body", LargeBinary, nullable=False),
    words("state"),  # waiting · processed · unreadable
    words("kind", nullable=True),  # domain.incoming.Kind
    words("reason", nullable=True),
    Column("message_id", Big, nullable=True),
    refer("lead_id", "lead", nullable=True),
    instant("processed_at"),
    instant("seen_at"),  # somebody has looked after it
    UniqueConstraint("channel", "external_id"),
    Index(None, "clinic_id", "received_at"),
    Index(None, "lead_id"),
    Index("ix_incoming_mail_waiting", "received_at", **where("state = 'waiting'")),
)

outbox = Table(  # the provider of the demo: a mailbox in the same database
    "outbox",
    metadata,
    identity(),
    Column("ref", Text, nullable=False, unique=True),
    words("to_email"),
    words("subject"),
    Column("headers", Json, nullable=False),
    words("html"),
    words("text"),
    words("calendar", nullable=True),
    instant("at", False),
    Index(None, "to_email", "at"),
    Index(None, "at"),
)
