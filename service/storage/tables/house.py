"""The installation, and the clinic with the people who work for it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, Text

from service.storage.tables.base import Json, identity, instant, metadata, refer, words

setting = Table("setting", metadata, Column("key", Text, primary_key=True), words("value"))

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    instant("started_at", False),
    instant("beat_at", False),
    instant("tick_at"),
    words("version", default=""),
    instant("stopped_at"),
)

audit = Table(
    "audit",
    metadata,
    identity(),
    refer("clinic_id", "clinic", nullable=True),
    refer("user_id", "user_account", nullable=True),
    instant("at", False),
    words("action"),
    words("object"),
    Column("data", Json, nullable=False),
    Index(None, "clinic_id", "at"),
)

# ── the clinic and its people ───────────────────────────────────────────────────────────────────────────────────────
clinic = Table(
    "clinic",
    metadata,
    identity(),
    Column("slug", Text, nullable=False, unique=True),
    words("name"),
    words("address"),
    words("city"),
    words("phone"),
    words("website"),
    words("zone"),
    words("locale", default="en"),
    words("accent", default="#0f6b66"),
    words("from_name"),
    words("from_email"),
    words("reply_to"),
    Column("cap_day", SmallInteger, nullable=False, server_default="1"),
    Column("cap_week", SmallInteger, nullable=False, server_default="4"),
    Column("overdue_after", sa.Integer, nullable=False, server_default="43200"),
    Column("min_notice", sa.Integer, nullable=False, server_default="7200"),
    Column("horizon_days", SmallInteger, nullable=False, server_default="28"),
    Column("resend_in_doubt", Boolean, nullable=False, server_default=sa.true()),
    words("country", default="US"),  # whose public holidays it keeps
    words("region", default=""),
    Column("keeps_holidays", Boolean, nullable=False, server_default=sa.true()),
    Column("quiet_from", SmallInteger, nullable=True),  # minutes after local midnight; both or neither
    Column("quiet_to", SmallInteger, nullable=True),
    Column("soft_bounces", SmallInteger, nullable=False, server_default="5"),  # in a row, then the address rests
    Column("score_half_life", SmallInteger, nullable=False, server_default="30"),  # days
    Column("rate_second", sa.Integer, nullable=True),  # the most mails a second; none: as fast as it goes
    Column("rate_day", sa.Integer, nullable=True),  # the most mails of its series a day
    words("warm_up", default=""),  # the same for the first days with mail, such as "50 100 200"
    instant("stopped_at"),
    words("stopped_why", nullable=True),
    instant("braked_at"),  # its series stand still; service mail goes on
    Column("brake", Json, nullable=True),  # domain.brake.Brake, while it is on
    instant("brake_off_at"),  # what was before it counts towards no brake any more
    instant("created_at", False),
)

user_account = Table(
    "user_account",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    Column("email", Text, nullable=False, unique=True),
    words("name"),
    words("password_hash"),
    words("role"),
    Column("session_no", sa.Integer, nullable=False, server_default="1"),
    instant("created_at", False),
    instant("last_login_at"),
    instant("signed_out_at"),  # sign-ins from before it are over, on every device
)
