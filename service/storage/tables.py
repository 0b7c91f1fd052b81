"""Every table. Instants are UTC epoch seconds; ids are 63-bit, made by the client; whatever grows carries `clinic_id`.

`migrations/versions` builds the same schema; a test holds the two equal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, UniqueConstraint

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON()


def _id() -> Column[int]:
    return Column("id", Big, primary_key=True, autoincrement=False)


def _ref(name: str, target: str, nullable: bool = False) -> Column[int]:
    return Column(name, Big, ForeignKey(f"{target}.id"), nullable=nullable)


def _at(name: str, nullable: bool = True) -> Column[int]:
    return Column(name, Big, nullable=nullable)


def _text(name: str, nullable: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=nullable, server_default=default)


def _where(predicate: str) -> dict[str, Any]:
    """A partial index's predicate, as a literal for both databases."""
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


# ── the installation ────────────────────────────────────────────────────────────────────────────────────────────────
setting = Table("setting", metadata, Column("key", Text, primary_key=True), _text("value"))

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    _at("started_at", False),
    _at("beat_at", False),
    _at("tick_at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _ref("clinic_id", "clinic", nullable=True),
    _ref("user_id", "user_account", nullable=True),
    _at("at", False),
    _text("action"),
    _text("object"),
    Column("data", Json, nullable=False),
    Index(None, "clinic_id", "at"),
)

# ── the clinic and its people ───────────────────────────────────────────────────────────────────────────────────────
clinic = Table(
    "clinic",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    _text("name"),
    _text("address"),
    _text("city"),
    _text("phone"),
    _text("website"),
    _text("zone"),
    _text("locale", default="en"),
    _text("accent", default="#0f6b66"),
    _text("from_name"),
    _text("from_email"),
    _text("reply_to"),
    Column("cap_day", SmallInteger, nullable=False, server_default="1"),
    Column("cap_week", SmallInteger, nullable=False, server_default="4"),
    Column("overdue_after", sa.Integer, nullable=False, server_default="43200"),
    Column("min_notice", sa.Integer, nullable=False, server_default="7200"),
    Column("horizon_days", SmallInteger, nullable=False, server_default="28"),
    Column("resend_in_doubt", Boolean, nullable=False, server_default=sa.true()),
    _at("stopped_at"),
    _text("stopped_why", nullable=True),
    _at("created_at", False),
)

user_account = Table(
    "user_account",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    Column("email", Text, nullable=False, unique=True),
    _text("name"),
    _text("password_hash"),
    _text("role"),
    Column("session_no", sa.Integer, nullable=False, server_default="1"),
    _at("created_at", False),
    _at("last_login_at"),
)

# ── sign-ups and leads ──────────────────────────────────────────────────────────────────────────────────────────────
source = Table(
    "source",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    Column("key", Text, nullable=False, unique=True),
    _text("vendor"),
    _text("secret", nullable=True),
    _text("name"),
    _text("interest", nullable=True),
    _text("consent_wording"),
    _text("consent_version"),
    Column("double_opt_in", Boolean, nullable=False),
    Column("mapping", Json, nullable=False),
    _at("created_at", False),
    _at("disabled_at"),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("source_id", "source"),
    _text("external_id"),
    _at("received_at", False),
    _text("content_type"),
    Column("body", LargeBinary, nullable=False),
    _text("state"),  # waiting · processed · unreadable · duplicate · refused · test
    _text("reason", nullable=True),
    Column("meta", Json, nullable=False),  # ip, user agent, page, referrer: what the post itself does not say
    _ref("lead_id", "lead", nullable=True),
    _at("processed_at"),
    UniqueConstraint("source_id", "external_id"),
    Index(None, "clinic_id", "received_at"),
    Index("ix_inbox_waiting", "received_at", **_where("state = 'waiting'")),
)

lead = Table(
    "lead",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("source_id", "source", nullable=True),
    _text("email", nullable=True),
    _text("email_key", nullable=True),  # normalised: one lead an address and clinic
    _text("first_name", nullable=True),
    _text("last_name", nullable=True),
    _text("phone", nullable=True),
    _text("zone"),
    _text("zone_from"),  # form · phone · clinic
    _text("locale", default="en"),
    _text("interest", nullable=True),
    _text("page", nullable=True),
    Column("utm", Json, nullable=False),
    _text("consent", default="none"),  # none · pending · given · withdrawn: the ledger's last word
    _at("consent_at"),
    _at("confirmed_at"),
    _at("paused_until"),
    _text("pace", default="normal"),  # normal · weekly
    Column("refused_topics", Json, nullable=False),
    _at("created_at", False),
    _at("changed_at", False),
    Column("revision", sa.Integer, nullable=False, server_default="1"),
    UniqueConstraint("clinic_id", "email_key"),
    Index(None, "clinic_id", "created_at"),
)

answer = Table(  # restricted: what people wrote. Never a merge field, never at the provider.
    "answer",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _text("question"),
    _text("text"),
    _at("at", False),
    Index(None, "lead_id"),
)

consent = Table(  # append-only ledger
    "consent",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _ref("source_id", "source", nullable=True),
    _text("kind"),  # asked · given · confirmed · withdrawn
    _text("wording"),
    _text("version"),
    _text("how"),
    _text("page", nullable=True),
    _text("ip", nullable=True),
    _at("at", False),
    Index(None, "lead_id", "at"),
)

suppression = Table(  # clinic_id NULL: the whole installation
    "suppression",
    metadata,
    _id(),
    _ref("clinic_id", "clinic", nullable=True),
    _text("email_key"),
    _text("reason"),  # unsubscribed · hard-bounce · invalid · complaint · by-hand
    _at("at", False),
    Column("message_id", Big, nullable=True),
    _at("lifted_at"),
    Index(
        "uq_suppression_standing",
        sa.text("coalesce(clinic_id, 0)"),
        "email_key",
        "reason",
        unique=True,
        **_where("lifted_at IS NULL"),
    ),
    Index("ix_suppression_email_key", "email_key", **_where("lifted_at IS NULL")),
)

event = Table(  # a lead's timeline: what people and the engine did
    "event",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _at("at", False),
    _text("kind"),
    _text("link", nullable=True),  # of a click or an answer
    _at("counts_at"),  # a click counts from here on, unless flagged by then
    _text("flag", nullable=True),  # scanner · proxy
    Column("message_id", Big, nullable=True),
    Column("enrollment_id", Big, nullable=True),
    Column("appointment_id", Big, nullable=True),
    Column("data", Json, nullable=False),
    Index(None, "lead_id", "at"),
    Index(None, "clinic_id", "kind", "at"),
)

# ── campaigns ───────────────────────────────────────────────────────────────────────────────────────────────────────
campaign = Table(
    "campaign",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _text("key"),
    _text("name"),
    _text("family"),
    Column("priority", SmallInteger, nullable=False),
    _text("entry_on"),
    _text("goal", default="none"),
    Column("has_service", Boolean, nullable=False, server_default=sa.false()),  # an unsubscribe leaves it to the gate
    _text("state"),  # live · paused
    Column("version_id", Big, nullable=True),
    _at("paused_at"),
    _at("created_at", False),
    UniqueConstraint("clinic_id", "key"),
)

campaign_version = Table(  # immutable
    "campaign_version",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("campaign_id", "campaign"),
    Column("number", sa.Integer, nullable=False),
    _text("source"),  # the YAML file, to the letter
    Column("mails", Json, nullable=False),  # {mail: {mjml, text}}: the files, to the letter
    _text("digest"),
    _at("published_at", False),
    UniqueConstraint("campaign_id", "number"),
)

enrollment = Table(
    "enrollment",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _ref("campaign_id", "campaign"),
    _ref("version_id", "campaign_version"),
    _text("entry_key", default=""),
    Column("appointment_id", Big, nullable=True),
    Column("state", SmallInteger, nullable=False),  # domain.enrollment.EnrollmentState
    _text("step"),
    Column("visit", sa.Integer, nullable=False, server_default="1"),
    _at("since", False),
    _at("due_at", False),
    _at("held_at"),
    _text("guard", nullable=True),  # why it waits, when a guard holds it
    Column("revision", sa.Integer, nullable=False, server_default="1"),
    _at("entered_at", False),
    _at("ended_at"),
    _text("reason", nullable=True),
    Index("ix_enrollment_due", "due_at", **_where("state = 1")),
    Index("uq_enrollment_running", "lead_id", "campaign_id", "entry_key", unique=True, **_where("state IN (1, 2)")),
    Index(None, "lead_id"),
    Index(None, "campaign_id", "state", "step"),
    Index(None, "appointment_id", **_where("appointment_id IS NOT NULL")),
    Index(None, "clinic_id", "entered_at"),
)

refusal = Table(  # each non-send and each exit, with the facts it was decided on
    "refusal",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _ref("enrollment_id", "enrollment"),
    _ref("campaign_id", "campaign"),
    _at("at", False),
    _text("step"),
    _text("kind"),  # waited · skipped · exited
    _text("guard"),
    _text("reason"),
    _at("until"),
    Column("facts", Json, nullable=False),
    Index(None, "lead_id", "at"),
    Index(None, "campaign_id", "at"),
)

# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────
message = Table(
    "message",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _ref("enrollment_id", "enrollment"),
    _ref("campaign_id", "campaign"),
    _ref("version_id", "campaign_version"),
    _text("step"),
    Column("visit", sa.Integer, nullable=False),
    _text("mail"),
    Column("service", Boolean, nullable=False),
    _text("ref"),
    _text("state"),  # domain.message.MessageState
    _at("due_at", False),
    _at("created_at", False),
    _at("lease_until"),
    Column("fence", sa.Integer, nullable=False, server_default="1"),
    Column("tries", SmallInteger, nullable=False, server_default="1"),
    _text("provider"),
    _text("provider_id", nullable=True),
    _text("reason", nullable=True),
    Column("why", Json, nullable=False),  # the facts the send was decided on
    Column("values", Json, nullable=True),  # what was printed, until the outcome is settled
    _at("useful_until"),
    _at("accepted_at"),
    _at("settled_at"),
    _at("delivered_at"),
    _at("deferred_at"),
    _at("bounced_at"),
    _at("complained_at"),
    _at("opened_at"),
    _at("clicked_at"),
    UniqueConstraint("enrollment_id", "step", "visit"),
    UniqueConstraint("ref"),
    Index(None, "lead_id", "created_at"),
    Index(None, "campaign_id", "step"),
    Index(None, "clinic_id", "accepted_at"),
    Index("ix_message_in_flight", "lease_until", **_where("state = 'in_flight'")),
    Index("ix_message_in_doubt", "created_at", **_where("state = 'in_doubt'")),
    Index("ix_message_planned", "due_at", **_where("state = 'planned'")),
)

cap = Table(  # two workers cannot break a cap: the n-th marketing mail of a lead's local day is one row
    "cap",
    metadata,
    Column("lead_id", Big, ForeignKey("lead.id"), primary_key=True, autoincrement=False),
    Column("day", sa.Integer, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("message_id", Big, nullable=False),
)

delivery_event = Table(  # the raw inbox of provider events
    "delivery_event",
    metadata,
    _id(),
    _text("provider"),
    _text("external_id"),
    _text("kind"),
    _text("ref", nullable=True),
    _at("at", False),
    _at("received_at", False),
    _at("applied_at"),
    Column("message_id", Big, nullable=True),
    Column("data", Json, nullable=False),
    UniqueConstraint("provider", "external_id"),
    Index(None, "message_id"),
    Index("ix_delivery_event_waiting", "received_at", **_where("applied_at IS NULL")),
)

outbox = Table(  # the provider of the demo: a mailbox in the same database
    "outbox",
    metadata,
    _id(),
    Column("ref", Text, nullable=False, unique=True),
    _text("to_email"),
    _text("subject"),
    Column("headers", Json, nullable=False),
    _text("html"),
    _text("text"),
    _text("calendar", nullable=True),
    _at("at", False),
    Index(None, "to_email", "at"),
    Index(None, "at"),
)

# ── visits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
practitioner = Table(
    "practitioner",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _text("name"),
    _text("title"),
    Column("signs", Boolean, nullable=False, server_default=sa.false()),
    Column("active", Boolean, nullable=False, server_default=sa.true()),
)

visit_type = Table(
    "visit_type",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _text("key"),
    _text("name"),
    Column("minutes", SmallInteger, nullable=False),
    Column("buffer_minutes", SmallInteger, nullable=False, server_default="0"),
    Column("first_visit", Boolean, nullable=False, server_default=sa.false()),
    UniqueConstraint("clinic_id", "key"),
)

working_hours = Table(
    "working_hours",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("practitioner_id", "practitioner"),
    Column("weekday", SmallInteger, nullable=False),
    Column("opens", SmallInteger, nullable=False),  # minutes after local midnight, clinic's zone
    Column("closes", SmallInteger, nullable=False),
    Index(None, "practitioner_id"),
)

absence = Table(  # practitioner_id NULL: the clinic is closed
    "absence",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("practitioner_id", "practitioner", nullable=True),
    _at("starts_at", False),
    _at("ends_at", False),
    _text("words"),
    Index(None, "clinic_id", "ends_at"),
)

appointment = Table(
    "appointment",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("lead_id", "lead"),
    _ref("practitioner_id", "practitioner"),
    _ref("visit_type_id", "visit_type"),
    _at("starts_at", False),
    _at("ends_at", False),
    _text("state"),  # booked · cancelled · attended · no-show
    Column("sequence", SmallInteger, nullable=False, server_default="0"),
    _text("uid"),
    _at("booked_at", False),
    _at("moved_at"),
    _at("ended_at"),
    _text("ended_by", nullable=True),  # patient · clinic
    Column("message_id", Big, nullable=True),  # the mail whose link led here
    Index(None, "lead_id"),
    Index(None, "clinic_id", "starts_at"),
)

visit_quarter = Table(  # two people cannot have the same quarter of an hour
    "visit_quarter",
    metadata,
    Column("practitioner_id", Big, ForeignKey("practitioner.id"), primary_key=True, autoincrement=False),
    Column("quarter", sa.Integer, primary_key=True, autoincrement=False),  # epoch seconds / 900
    _ref("appointment_id", "appointment"),
    Index(None, "appointment_id"),
)
