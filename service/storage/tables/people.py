"""Sign-ups and leads: what people told us, what they allowed, and what they did."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint

from service.storage.either_way import bytewise
from service.storage.tables.base import Big, Json, identity, instant, metadata, refer, where, words

# The deeds that rules may give points for; the rest of a timeline is never looked at for a score.
SCORED = "'signed-up', 'confirmed', 'clicked', 'answered', 'visited', 'replied', 'booked', 'attended', 'no-show'"

source = Table(
    "source",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    Column("key", Text, nullable=False, unique=True),
    words("vendor"),
    words("secret", nullable=True),
    words("name"),
    words("interest", nullable=True),
    words("consent_wording"),
    words("consent_version"),
    words("consent_wording_es", default=""),
    words("consent_version_es", default=""),
    words("sites", default=""),  # that may show it, and send it from a page of theirs; origins
    Column("double_opt_in", Boolean, nullable=False),
    Column("mapping", Json, nullable=False),
    instant("created_at", False),
    instant("disabled_at"),
)

inbox = Table(
    "inbox",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("source_id", "source"),
    words("external_id"),
    instant("received_at", False),
    words("content_type"),
    Column("body", LargeBinary, nullable=False),
    words("state"),  # waiting · processed · unreadable · duplicate · refused · test
    words("reason", nullable=True),
    Column("meta", Json, nullable=False),  # ip, user agent, page, referrer: what the post itself does not say
    refer("lead_id", "lead", nullable=True),
    instant("processed_at"),
    UniqueConstraint("source_id", "external_id"),
    Index(None, "clinic_id", "received_at"),
    Index(None, "clinic_id", "state", "received_at"),
    Index("ix_inbox_waiting", "received_at", **where("state = 'waiting'")),
)

lead = Table(
    "lead",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("source_id", "source", nullable=True),
    words("email", nullable=True),
    words("email_key", nullable=True),  # normalised: one lead an address and clinic
    words("first_name", nullable=True),
    words("last_name", nullable=True),
    words("also_named", default=""),  # others who signed up with this address, a name a line
    words("phone", nullable=True),
    words("zone"),
    words("zone_from"),  # form · phone · clinic
    words("locale", default="en"),
    words("interest", nullable=True),
    words("page", nullable=True),
    Column("utm", Json, nullable=False),
    words("consent", default="none"),  # none · pending · given · withdrawn: the ledger's last word
    instant("consent_at"),
    instant("confirmed_at"),
    instant("called_at"),  # the first call of somebody here
    instant("paused_until"),
    words("pace", default="normal"),  # normal · weekly
    Column("score_rank", sa.Float, nullable=True),  # domain.scoring: NULL is no points
    Column("minor", Boolean, nullable=False, server_default=sa.false()),  # under 18 by the form's own answer
    Column("urgent", Boolean, nullable=False, server_default=sa.false()),  # wrote words of an emergency
    Column("refused_topics", Json, nullable=False),
    instant("created_at", False),
    instant("changed_at", False),
    Column("revision", sa.Integer, nullable=False, server_default="1"),
    UniqueConstraint("clinic_id", "email_key"),
    Index(None, "clinic_id", "created_at"),
    Index(None, "clinic_id", "consent", "created_at"),
    Index("ix_lead_segment", "clinic_id", "interest", "score_rank", "confirmed_at"),
    Index("ix_lead_score", "clinic_id", "score_rank", **where("score_rank IS NOT NULL")),
    # one lead a phone for those who gave nothing else
    Index("uq_lead_phone_only", "clinic_id", "phone", unique=True, **where("email_key IS NULL")),
    Index(None, "clinic_id", "phone", **where("phone IS NOT NULL")),
)
# what is found while somebody types
Index("ix_lead_first_name", lead.c.clinic_id, bytewise(sa.func.lower(lead.c.first_name)))
Index("ix_lead_last_name", lead.c.clinic_id, bytewise(sa.func.lower(lead.c.last_name)))
Index("ix_lead_address", lead.c.clinic_id, bytewise(lead.c.email_key))

answer = Table(  # restricted: what people wrote. Never a merge field, never at the provider.
    "answer",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    words("question"),
    words("text"),
    instant("at", False),
    Index(None, "lead_id"),
)

consent = Table(  # append-only ledger
    "consent",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("source_id", "source", nullable=True),
    words("kind"),  # asked · given · confirmed · withdrawn
    words("wording"),
    words("version"),
    words("how"),
    words("page", nullable=True),
    words("ip", nullable=True),
    instant("at", False),
    Column("number", sa.Integer, nullable=True),  # of its receipt; none yet for the first minute
    Index(None, "lead_id", "at"),
    Index("ix_consent_waiting", "clinic_id", "id", **where("number IS NULL")),
)

# Kept when a consent or a lead is no more, hence without foreign keys to them.
receipt = Table(
    "receipt",
    metadata,
    Column("clinic_id", Big, ForeignKey("clinic.id"), primary_key=True, autoincrement=False),
    Column("number", sa.Integer, primary_key=True, autoincrement=False),
    Column("consent_id", Big, nullable=False, unique=True),
    Column("lead_id", Big, nullable=False),  # as it was then
    words("salt", nullable=True),  # none: erased
    words("commitment"),
    words("link"),
)

receipt_chain = Table(  # where each clinic's chain ends
    "receipt_chain",
    metadata,
    Column("clinic_id", Big, ForeignKey("clinic.id"), primary_key=True, autoincrement=False),
    Column("length", sa.Integer, nullable=False),
    words("link"),
)

suppression = Table(  # clinic_id NULL: the whole installation
    "suppression",
    metadata,
    identity(),
    refer("clinic_id", "clinic", nullable=True),
    words("email_key"),
    words("reason"),  # unsubscribed · hard-bounce · invalid · complaint · by-hand
    instant("at", False),
    Column("message_id", Big, nullable=True),
    instant("lifted_at"),
    instant("lift_at"),  # when the provider's own list is asked next to let go of the address
    Index(
        "uq_suppression_standing",
        sa.text("coalesce(clinic_id, 0)"),
        "email_key",
        "reason",
        unique=True,
        **where("lifted_at IS NULL"),
    ),
    Index("ix_suppression_email_key", "email_key", **where("lifted_at IS NULL")),
    Index("ix_suppression_lift_at", "lift_at", **where("lift_at IS NOT NULL")),
)

event = Table(  # a lead's timeline: what people and the engine did
    "event",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    instant("at", False),
    words("kind"),
    words("link", nullable=True),  # of a click or an answer
    instant("counts_at"),  # a click counts from here on, unless flagged by then
    words("flag", nullable=True),  # scanner · proxy
    instant("scored_at"),
    Column("message_id", Big, nullable=True),
    Column("enrollment_id", Big, nullable=True),
    Column("appointment_id", Big, nullable=True),
    Column("data", Json, nullable=False),
    Index(None, "lead_id", "at"),
    Index("ix_event_deed", "clinic_id", "kind", "at", "lead_id", "link", "counts_at", "flag"),
    Index("ix_event_unscored", "at", **where(f"scored_at IS NULL AND kind IN ({SCORED})")),
)

task = Table(  # what a person of the clinic is asked to do about a lead. The words are restricted like an answer's.
    "task",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    refer("enrollment_id", "enrollment", nullable=True),
    words("kind"),  # urgent · call · answer · minor · note
    words("text", default=""),
    words("once", nullable=True),  # the occasion that made it: the same occasion makes it once
    instant("at", False),
    instant("done_at"),
    refer("done_by", "user_account", nullable=True),
    UniqueConstraint("lead_id", "once"),
    Index("ix_task_open", "clinic_id", "at", **where("done_at IS NULL")),
    Index(None, "lead_id", "at"),
)


lead_tag = Table(
    "lead_tag",
    metadata,
    Column("lead_id", Big, ForeignKey("lead.id"), primary_key=True, autoincrement=False),
    Column("tag", Text, primary_key=True),
    refer("clinic_id", "clinic"),
    instant("at", False),
    Index("ix_lead_tag_tag", "clinic_id", "tag", "lead_id"),
)

lead_field = Table(  # fields of the clinic's own making; never a merge field
    "lead_field",
    metadata,
    Column("lead_id", Big, ForeignKey("lead.id"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    refer("clinic_id", "clinic"),
    words("value"),
    words("folded"),  # domain.conditions.folded(value)
    Column("number", sa.Float, nullable=True),  # domain.conditions.number(value)
    instant("at", False),
    Index("ix_lead_field_value", "clinic_id", "name", "folded", "lead_id", "number"),
)

score_rule = Table(
    "score_rule",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    words("deed"),  # domain.conditions.Deed
    words("link", nullable=True),
    Column("points", sa.Float, nullable=False),
    instant("created_at", False),
    Index(None, "clinic_id"),
)

score_entry = Table(  # what a score is made of
    "score_entry",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("lead_id", "lead"),
    instant("at", False),
    Column("points", sa.Float, nullable=False),
    words("why"),
    Column("event_id", Big, nullable=True),
    Column("rule_id", Big, nullable=True),
    UniqueConstraint("event_id", "rule_id"),
    Index(None, "lead_id", "at"),
)
