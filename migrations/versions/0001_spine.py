"""The spine: clinics, sign-ups, leads, campaigns, messages, visits."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column("accent", sa.Text(), server_default="#0f6b66", nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("from_email", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("cap_day", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("cap_week", sa.SmallInteger(), server_default="4", nullable=False),
        sa.Column("overdue_after", sa.Integer(), server_default="43200", nullable=False),
        sa.Column("min_notice", sa.Integer(), server_default="7200", nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), server_default="28", nullable=False),
        sa.Column("resend_in_doubt", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("stopped_at", Big, nullable=True),
        sa.Column("stopped_why", sa.Text(), nullable=True),
        sa.Column("created_at", Big, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clinic"),
        sa.UniqueConstraint("slug", name="uq_clinic_slug"),
    )
    op.create_table(
        "delivery_event",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("received_at", Big, nullable=False),
        sa.Column("applied_at", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_event"),
        sa.UniqueConstraint("provider", "external_id", name="uq_delivery_event_provider_external_id"),
    )
    op.create_index("ix_delivery_event_message_id", "delivery_event", ["message_id"], unique=False)
    op.create_index(
        "ix_delivery_event_waiting",
        "delivery_event",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("applied_at IS NULL"),
        postgresql_where=sa.text("applied_at IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("to_email", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("ref", name="uq_outbox_ref"),
    )
    op.create_index("ix_outbox_at", "outbox", ["at"], unique=False)
    op.create_index("ix_outbox_to_email_at", "outbox", ["to_email", "at"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", Big, nullable=False),
        sa.Column("beat_at", Big, nullable=False),
        sa.Column("tick_at", Big, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("entry_on", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), server_default="none", nullable=False),
        sa.Column("has_service", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version_id", Big, nullable=True),
        sa.Column("paused_at", Big, nullable=True),
        sa.Column("created_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_campaign_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("clinic_id", "key", name="uq_campaign_clinic_id_key"),
    )
    op.create_table(
        "practitioner",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("signs", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_practitioner_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_practitioner"),
    )
    op.create_table(
        "source",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=True),
        sa.Column("consent_wording", sa.Text(), nullable=False),
        sa.Column("consent_version", sa.Text(), nullable=False),
        sa.Column("double_opt_in", sa.Boolean(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("disabled_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_source_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("key", name="uq_source_key"),
    )
    op.create_table(
        "suppression",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=True),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("lifted_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_suppression_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_suppression"),
    )
    op.create_index(
        "ix_suppression_email_key",
        "suppression",
        ["email_key"],
        unique=False,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("session_no", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("last_login_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_user_account_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
    )
    op.create_table(
        "visit_type",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("buffer_minutes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("first_visit", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_visit_type_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_type"),
        sa.UniqueConstraint("clinic_id", "key", name="uq_visit_type_clinic_id_key"),
    )
    op.create_table(
        "absence",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("practitioner_id", Big, nullable=True),
        sa.Column("starts_at", Big, nullable=False),
        sa.Column("ends_at", Big, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_absence_clinic_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioner.id"], name="fk_absence_practitioner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    op.create_index("ix_absence_clinic_id_ends_at", "absence", ["clinic_id", "ends_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=True),
        sa.Column("user_id", Big, nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_audit_clinic_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_audit_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_clinic_id_at", "audit", ["clinic_id", "at"], unique=False)
    op.create_table(
        "campaign_version",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mails", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("published_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_version_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_campaign_version_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_version"),
        sa.UniqueConstraint("campaign_id", "number", name="uq_campaign_version_campaign_id_number"),
    )
    op.create_table(
        "lead",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("source_id", Big, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("zone_from", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column("interest", sa.Text(), nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("utm", sa.JSON(), nullable=False),
        sa.Column("consent", sa.Text(), server_default="none", nullable=False),
        sa.Column("consent_at", Big, nullable=True),
        sa.Column("confirmed_at", Big, nullable=True),
        sa.Column("paused_until", Big, nullable=True),
        sa.Column("pace", sa.Text(), server_default="normal", nullable=False),
        sa.Column("refused_topics", sa.JSON(), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("changed_at", Big, nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_lead_clinic_id"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_lead_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lead"),
        sa.UniqueConstraint("clinic_id", "email_key", name="uq_lead_clinic_id_email_key"),
    )
    op.create_index("ix_lead_clinic_id_created_at", "lead", ["clinic_id", "created_at"], unique=False)
    op.create_table(
        "working_hours",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("practitioner_id", Big, nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.SmallInteger(), nullable=False),
        sa.Column("closes", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_working_hours_clinic_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioner.id"], name="fk_working_hours_practitioner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_working_hours"),
    )
    op.create_index("ix_working_hours_practitioner_id", "working_hours", ["practitioner_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_answer_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_answer_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
    )
    op.create_index("ix_answer_lead_id", "answer", ["lead_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("practitioner_id", Big, nullable=False),
        sa.Column("visit_type_id", Big, nullable=False),
        sa.Column("starts_at", Big, nullable=False),
        sa.Column("ends_at", Big, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("booked_at", Big, nullable=False),
        sa.Column("moved_at", Big, nullable=True),
        sa.Column("ended_at", Big, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_appointment_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_appointment_lead_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioner.id"], name="fk_appointment_practitioner_id"),
        sa.ForeignKeyConstraint(["visit_type_id"], ["visit_type.id"], name="fk_appointment_visit_type_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
    )
    op.create_index("ix_appointment_clinic_id_starts_at", "appointment", ["clinic_id", "starts_at"], unique=False)
    op.create_index("ix_appointment_lead_id", "appointment", ["lead_id"], unique=False)
    op.create_table(
        "cap",
        sa.Column("lead_id", Big, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", Big, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_cap_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "day", "n", name="pk_cap"),
    )
    op.create_table(
        "consent",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("source_id", Big, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_consent_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_consent_lead_id"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_consent_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_lead_id_at", "consent", ["lead_id", "at"], unique=False)
    op.create_table(
        "enrollment",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("version_id", Big, nullable=False),
        sa.Column("entry_key", sa.Text(), server_default="", nullable=False),
        sa.Column("appointment_id", Big, nullable=True),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), server_default="1", nullable=False),
        sa.Column("since", Big, nullable=False),
        sa.Column("due_at", Big, nullable=False),
        sa.Column("held_at", Big, nullable=True),
        sa.Column("guard", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("entered_at", Big, nullable=False),
        sa.Column("ended_at", Big, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_enrollment_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_enrollment_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_enrollment_lead_id"),
        sa.ForeignKeyConstraint(["version_id"], ["campaign_version.id"], name="fk_enrollment_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrollment"),
    )
    op.create_index(
        "ix_enrollment_appointment_id",
        "enrollment",
        ["appointment_id"],
        unique=False,
        sqlite_where=sa.text("appointment_id IS NOT NULL"),
        postgresql_where=sa.text("appointment_id IS NOT NULL"),
    )
    op.create_index(
        "ix_enrollment_campaign_id_state_step", "enrollment", ["campaign_id", "state", "step"], unique=False
    )
    op.create_index("ix_enrollment_clinic_id_entered_at", "enrollment", ["clinic_id", "entered_at"], unique=False)
    op.create_index(
        "ix_enrollment_due",
        "enrollment",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index("ix_enrollment_lead_id", "enrollment", ["lead_id"], unique=False)
    op.create_index(
        "uq_enrollment_running",
        "enrollment",
        ["lead_id", "campaign_id", "entry_key"],
        unique=True,
        sqlite_where=sa.text("state IN (1, 2)"),
        postgresql_where=sa.text("state IN (1, 2)"),
    )
    op.create_table(
        "event",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("counts_at", Big, nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("enrollment_id", Big, nullable=True),
        sa.Column("appointment_id", Big, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_event_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_event_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_clinic_id_kind_at", "event", ["clinic_id", "kind", "at"], unique=False)
    op.create_index("ix_event_lead_id_at", "event", ["lead_id", "at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("source_id", Big, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("received_at", Big, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.Column("lead_id", Big, nullable=True),
        sa.Column("processed_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_inbox_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_inbox_lead_id"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_inbox_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("source_id", "external_id", name="uq_inbox_source_id_external_id"),
    )
    op.create_index("ix_inbox_clinic_id_received_at", "inbox", ["clinic_id", "received_at"], unique=False)
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "message",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("enrollment_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("version_id", Big, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("service", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Big, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("lease_until", Big, nullable=True),
        sa.Column("fence", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=True),
        sa.Column("useful_until", Big, nullable=True),
        sa.Column("accepted_at", Big, nullable=True),
        sa.Column("settled_at", Big, nullable=True),
        sa.Column("delivered_at", Big, nullable=True),
        sa.Column("deferred_at", Big, nullable=True),
        sa.Column("bounced_at", Big, nullable=True),
        sa.Column("complained_at", Big, nullable=True),
        sa.Column("opened_at", Big, nullable=True),
        sa.Column("clicked_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_message_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_message_clinic_id"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_message_enrollment_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_message_lead_id"),
        sa.ForeignKeyConstraint(["version_id"], ["campaign_version.id"], name="fk_message_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("enrollment_id", "step", "visit", name="uq_message_enrollment_id_step_visit"),
        sa.UniqueConstraint("ref", name="uq_message_ref"),
    )
    op.create_index("ix_message_campaign_id_step", "message", ["campaign_id", "step"], unique=False)
    op.create_index("ix_message_clinic_id_accepted_at", "message", ["clinic_id", "accepted_at"], unique=False)
    op.create_index(
        "ix_message_in_doubt",
        "message",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'in_doubt'"),
        postgresql_where=sa.text("state = 'in_doubt'"),
    )
    op.create_index(
        "ix_message_in_flight",
        "message",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'in_flight'"),
        postgresql_where=sa.text("state = 'in_flight'"),
    )
    op.create_index("ix_message_lead_id_created_at", "message", ["lead_id", "created_at"], unique=False)
    op.create_index(
        "ix_message_planned",
        "message",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_table(
        "refusal",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("enrollment_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("guard", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", Big, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_refusal_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_refusal_clinic_id"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_refusal_enrollment_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_refusal_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
    )
    op.create_index("ix_refusal_campaign_id_at", "refusal", ["campaign_id", "at"], unique=False)
    op.create_index("ix_refusal_lead_id_at", "refusal", ["lead_id", "at"], unique=False)
    op.create_table(
        "visit_quarter",
        sa.Column("practitioner_id", Big, autoincrement=False, nullable=False),
        sa.Column("quarter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("appointment_id", Big, nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_visit_quarter_appointment_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioner.id"], name="fk_visit_quarter_practitioner_id"),
        sa.PrimaryKeyConstraint("practitioner_id", "quarter", name="pk_visit_quarter"),
    )
    op.create_index("ix_visit_quarter_appointment_id", "visit_quarter", ["appointment_id"], unique=False)
    op.create_index(
        "uq_suppression_standing",
        "suppression",
        [sa.text("coalesce(clinic_id, 0)"), "email_key", "reason"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_suppression_standing", table_name="suppression")
    op.drop_index("ix_visit_quarter_appointment_id", table_name="visit_quarter")
    op.drop_table("visit_quarter")
    op.drop_index("ix_refusal_lead_id_at", table_name="refusal")
    op.drop_index("ix_refusal_campaign_id_at", table_name="refusal")
    op.drop_table("refusal")
    op.drop_index(
        "ix_message_planned",
        table_name="message",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index("ix_message_lead_id_created_at", table_name="message")
    op.drop_index(
        "ix_message_in_flight",
        table_name="message",
        sqlite_where=sa.text("state = 'in_flight'"),
        postgresql_where=sa.text("state = 'in_flight'"),
    )
    op.drop_index(
        "ix_message_in_doubt",
        table_name="message",
        sqlite_where=sa.text("state = 'in_doubt'"),
        postgresql_where=sa.text("state = 'in_doubt'"),
    )
    op.drop_index("ix_message_clinic_id_accepted_at", table_name="message")
    op.drop_index("ix_message_campaign_id_step", table_name="message")
    op.drop_table("message")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_inbox_clinic_id_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_event_lead_id_at", table_name="event")
    op.drop_index("ix_event_clinic_id_kind_at", table_name="event")
    op.drop_table("event")
    op.drop_index(
        "uq_enrollment_running",
        table_name="enrollment",
        sqlite_where=sa.text("state IN (1, 2)"),
        postgresql_where=sa.text("state IN (1, 2)"),
    )
    op.drop_index("ix_enrollment_lead_id", table_name="enrollment")
    op.drop_index(
        "ix_enrollment_due",
        table_name="enrollment",
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.drop_index("ix_enrollment_clinic_id_entered_at", table_name="enrollment")
    op.drop_index("ix_enrollment_campaign_id_state_step", table_name="enrollment")
    op.drop_index(
        "ix_enrollment_appointment_id",
        table_name="enrollment",
        sqlite_where=sa.text("appointment_id IS NOT NULL"),
        postgresql_where=sa.text("appointment_id IS NOT NULL"),
    )
    op.drop_table("enrollment")
    op.drop_index("ix_consent_lead_id_at", table_name="consent")
    op.drop_table("consent")
    op.drop_table("cap")
    op.drop_index("ix_appointment_lead_id", table_name="appointment")
    op.drop_index("ix_appointment_clinic_id_starts_at", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index("ix_answer_lead_id", table_name="answer")
    op.drop_table("answer")
    op.drop_index("ix_working_hours_practitioner_id", table_name="working_hours")
    op.drop_table("working_hours")
    op.drop_index("ix_lead_clinic_id_created_at", table_name="lead")
    op.drop_table("lead")
    op.drop_table("campaign_version")
    op.drop_index("ix_audit_clinic_id_at", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_absence_clinic_id_ends_at", table_name="absence")
    op.drop_table("absence")
    op.drop_table("visit_type")
    op.drop_table("user_account")
    op.drop_index(
        "ix_suppression_email_key",
        table_name="suppression",
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_table("suppression")
    op.drop_table("source")
    op.drop_table("practitioner")
    op.drop_table("campaign")
    op.drop_table("worker")
    op.drop_table("setting")
    op.drop_index("ix_outbox_to_email_at", table_name="outbox")
    op.drop_index("ix_outbox_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(
        "ix_delivery_event_waiting",
        table_name="delivery_event",
        sqlite_where=sa.text("applied_at IS NULL"),
        postgresql_where=sa.text("applied_at IS NULL"),
    )
    op.drop_index("ix_delivery_event_message_id", table_name="delivery_event")
    op.drop_table("delivery_event")
    op.drop_table("clinic")
