"""The installation, and the clinic with the people who work for it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, Table, Text, UniqueConstraint

from service.storage.tables.base import Big, Json, identity, instant, metadata, refer, where, words

setting = Table("setting", metadata, Column("key", Text, primary_key=True), words("value"))

# What takes long to count in a large clinic, as it was counted last. `subject` says what, without naming anybody.
kept_number = Table(
    "kept_number",
    metadata,
    Column("clinic_id", Big, ForeignKey("clinic.id"), primary_key=True, autoincrement=False),
    Column("subject", Text, primary_key=True),
    instant("taken_at", False),
    instant("asked_at", False),
    Column("answer", Json, nullable=False),
)

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
    Column("call_within", sa.Integer, nullable=False, server_default="3600"),  # the aim: from sign-up to first call
    Column("min_notice", sa.Integer, nullable=False, server_default="7200"),
    Column("horizon_days", SmallInteger, nullable=False, server_default="28"),
    Column("resend_in_doubt", Boolean, nullable=False, server_default=sa.true()),
    words("country", default="US"),  # whose public holidays it keeps
    words("region", default=""),
    Column("keeps_holidays", Boolean, nullable=False, server_default=sa.true()),
    words("red_flags_en", nullable=True),  # its own words of an emergency, a phrase a line; none: the shipped ones
    words("red_flags_es", nullable=True),
    words("works_on", default=""),  # names of public holidays that it does not keep, one a line
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
    Column("asks_codes", Boolean, nullable=False, server_default=sa.false()),  # of everybody, at sign-in
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
    instant("ended_at"),  # works here no more: signs in nowhere until it is taken back
    # by kind of news, when it is told by mail; what is missing is as the role has it
    Column("news", Json, nullable=True),
    Column("list_columns", Json, nullable=True),  # domain.lead_columns; NULL: the usual ones
)

# What a member of the clinic opens from a mail, once, to choose a password. Its token is sealed from the id and stands
# nowhere. The mail that brings it is told of here as well.
staff_link = Table(
    "staff_link",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("user_id", "user_account"),
    refer("by_user", "user_account", nullable=True),
    words("kind"),  # invite · reset · rescue · news
    instant("at", False),
    instant("expires_at", False),
    instant("used_at"),
    instant("leased_until"),
    Column("tries", sa.Integer, nullable=False, server_default="0"),
    instant("mailed_at"),
    words("outcome", nullable=True),  # sent · refused · in-doubt · by-hand
    Index(None, "user_id"),
    Index("ix_staff_link_waiting", "at", **where("mailed_at IS NULL")),
)

# What one of the clinic's people is told by mail. What it is stands on the page behind the mail's link.
staff_news = Table(
    "staff_news",
    metadata,
    identity(),
    refer("user_id", "user_account"),
    words("kind"),  # lead · answer · reply · visit · no-show · brake
    Column("event_id", Big, nullable=False),  # of the timeline; for a brake the instant in which it was put on
    instant("at", False),
    instant("due_at", False),
    refer("letter_id", "staff_link", nullable=True),  # the mail that told it
    UniqueConstraint("user_id", "kind", "event_id"),
    Index(None, "letter_id"),
    Index("ix_staff_news_waiting", "due_at", "user_id", **where("letter_id IS NULL")),
)

# Where somebody is signed in. The browser holds the key; here stands its digest. A row whose `session_no` is not the
# account's any more is over.
desk_session = Table(
    "desk_session",
    metadata,
    identity(),
    refer("user_id", "user_account"),
    Column("key_digest", Text, nullable=False, unique=True),
    Column("session_no", sa.Integer, nullable=False),
    words("role"),  # at the last change of the key
    words("device"),
    instant("started_at", False),
    instant("seen_at", False),
    instant("proved_at", False),  # gave a password or a code
    Index(None, "user_id"),
)

# The codes of an account's phone. Until `on_at` it is being set up, and asked for nowhere.
second_step = Table(
    "second_step",
    metadata,
    Column("user_id", Big, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    words("sealed"),  # the secret, encrypted
    instant("on_at"),
    Column("last_step", Big, nullable=False, server_default="0"),  # the half minute of the code that was used last
)

recovery_code = Table(
    "recovery_code",
    metadata,
    identity(),
    refer("user_id", "user_account"),
    words("code_hash"),
    Index(None, "user_id"),
)
