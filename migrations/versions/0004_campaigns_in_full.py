"""Campaigns in full: fields, tags, scores, segments, splits, letters, drafts, publications and outbound webhooks."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNSCORED = (
    "scored_at IS NULL AND kind IN ("
    "'signed-up', 'confirmed', 'clicked', 'answered', 'visited', 'replied', 'booked', 'attended', 'no-show')"
)


def upgrade() -> None:
    op.create_table(
        "hook",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("disabled_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_hook_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hook"),
        sa.UniqueConstraint("clinic_id", "name", name="uq_hook_clinic_id_name"),
    )
    op.create_table(
        "score_rule",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_score_rule_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_score_rule"),
    )
    op.create_index("ix_score_rule_clinic_id", "score_rule", ["clinic_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("changed_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_segment_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
        sa.UniqueConstraint("clinic_id", "key", name="uq_segment_clinic_id_key"),
    )
    op.create_table(
        "draft",
        sa.Column("campaign_id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mails", sa.JSON(), nullable=False),
        sa.Column("changed_by", Big, nullable=True),
        sa.Column("changed_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_draft_campaign_id"),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name="fk_draft_changed_by"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_draft_clinic_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_draft"),
    )
    op.create_table(
        "letter",
        sa.Column("campaign_id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("holdout", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("at", Big, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cursor", Big, server_default="0", nullable=False),
        sa.Column("looked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("entered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_letter_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_letter_clinic_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_letter"),
    )
    op.create_index(
        "ix_letter_going",
        "letter",
        ["at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'going')"),
        postgresql_where=sa.text("state IN ('planned', 'going')"),
    )
    op.create_table(
        "lead_field",
        sa.Column("lead_id", Big, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_lead_field_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_lead_field_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "name", name="pk_lead_field"),
    )
    op.create_index("ix_lead_field_clinic_id_name_folded", "lead_field", ["clinic_id", "name", "folded"], unique=False)
    op.create_table(
        "lead_tag",
        sa.Column("lead_id", Big, autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_lead_tag_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_lead_tag_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "tag", name="pk_lead_tag"),
    )
    op.create_index("ix_lead_tag_clinic_id_tag", "lead_tag", ["clinic_id", "tag"], unique=False)
    op.create_table(
        "publication",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("version_id", Big, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reach_back", sa.Integer(), nullable=True),
        sa.Column("user_id", Big, nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("done_at", Big, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_publication_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_publication_clinic_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_publication_user_id"),
        sa.ForeignKeyConstraint(["version_id"], ["campaign_version.id"], name="fk_publication_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
    )
    op.create_index("ix_publication_campaign_id_at", "publication", ["campaign_id", "at"], unique=False)
    op.create_index(
        "ix_publication_open",
        "publication",
        ["at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "score_entry",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("event_id", Big, nullable=True),
        sa.Column("rule_id", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_score_entry_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_score_entry_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_score_entry"),
        sa.UniqueConstraint("event_id", "rule_id", name="uq_score_entry_event_id_rule_id"),
    )
    op.create_index("ix_score_entry_lead_id_at", "score_entry", ["lead_id", "at"], unique=False)
    op.create_table(
        "segment_member",
        sa.Column("segment_id", Big, autoincrement=False, nullable=False),
        sa.Column("lead_id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("since", Big, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_segment_member_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_segment_member_lead_id"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_segment_member_segment_id"),
        sa.PrimaryKeyConstraint("segment_id", "lead_id", name="pk_segment_member"),
    )
    op.create_table(
        "choice",
        sa.Column("enrollment_id", Big, autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("campaign_id", Big, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_choice_campaign_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_choice_clinic_id"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_choice_enrollment_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_choice_lead_id"),
        sa.PrimaryKeyConstraint("enrollment_id", "step", name="pk_choice"),
    )
    op.create_index("ix_choice_campaign_id_step_label", "choice", ["campaign_id", "step", "label"], unique=False)
    op.create_table(
        "hook_call",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("hook_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("enrollment_id", Big, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Big, nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("done_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_hook_call_clinic_id"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_hook_call_enrollment_id"),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name="fk_hook_call_hook_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_hook_call_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_call"),
        sa.UniqueConstraint(
            "enrollment_id", "step", "visit", "hook_id", name="uq_hook_call_enrollment_id_step_visit_hook_id"
        ),
    )
    op.create_index(
        "ix_hook_call_due",
        "hook_call",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'in_flight')"),
        postgresql_where=sa.text("state IN ('planned', 'in_flight')"),
    )
    op.create_index("ix_hook_call_lead_id_at", "hook_call", ["lead_id", "at"], unique=False)
    op.add_column("campaign", sa.Column("kind", sa.Text(), server_default="series", nullable=False))
    op.add_column("clinic", sa.Column("country", sa.Text(), server_default="US", nullable=False))
    op.add_column("clinic", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.add_column("clinic", sa.Column("keeps_holidays", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("clinic", sa.Column("quiet_from", sa.SmallInteger(), nullable=True))
    op.add_column("clinic", sa.Column("quiet_to", sa.SmallInteger(), nullable=True))
    op.add_column("clinic", sa.Column("score_half_life", sa.SmallInteger(), server_default="30", nullable=False))
    op.add_column("enrollment", sa.Column("visits", sa.JSON(), nullable=True))
    op.add_column("event", sa.Column("scored_at", Big, nullable=True))
    op.create_index(
        "ix_event_unscored",
        "event",
        ["at"],
        unique=False,
        sqlite_where=sa.text(UNSCORED),
        postgresql_where=sa.text(UNSCORED),
    )
    op.add_column("lead", sa.Column("score_rank", sa.Float(), nullable=True))
    op.create_index("ix_lead_clinic_id_interest", "lead", ["clinic_id", "interest"], unique=False)
    op.create_index(
        "ix_lead_score",
        "lead",
        ["clinic_id", "score_rank"],
        unique=False,
        sqlite_where=sa.text("score_rank IS NOT NULL"),
        postgresql_where=sa.text("score_rank IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_lead_score",
        table_name="lead",
        sqlite_where=sa.text("score_rank IS NOT NULL"),
        postgresql_where=sa.text("score_rank IS NOT NULL"),
    )
    op.drop_index("ix_lead_clinic_id_interest", table_name="lead")
    op.drop_column("lead", "score_rank")
    op.drop_index(
        "ix_event_unscored",
        table_name="event",
        sqlite_where=sa.text(UNSCORED),
        postgresql_where=sa.text(UNSCORED),
    )
    op.drop_column("event", "scored_at")
    op.drop_column("enrollment", "visits")
    op.drop_column("clinic", "score_half_life")
    op.drop_column("clinic", "quiet_to")
    op.drop_column("clinic", "quiet_from")
    op.drop_column("clinic", "keeps_holidays")
    op.drop_column("clinic", "region")
    op.drop_column("clinic", "country")
    op.drop_column("campaign", "kind")
    op.drop_index("ix_hook_call_lead_id_at", table_name="hook_call")
    op.drop_index(
        "ix_hook_call_due",
        table_name="hook_call",
        sqlite_where=sa.text("state IN ('planned', 'in_flight')"),
        postgresql_where=sa.text("state IN ('planned', 'in_flight')"),
    )
    op.drop_table("hook_call")
    op.drop_index("ix_choice_campaign_id_step_label", table_name="choice")
    op.drop_table("choice")
    op.drop_table("segment_member")
    op.drop_index("ix_score_entry_lead_id_at", table_name="score_entry")
    op.drop_table("score_entry")
    op.drop_index(
        "ix_publication_open",
        table_name="publication",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_index("ix_publication_campaign_id_at", table_name="publication")
    op.drop_table("publication")
    op.drop_index("ix_lead_tag_clinic_id_tag", table_name="lead_tag")
    op.drop_table("lead_tag")
    op.drop_index("ix_lead_field_clinic_id_name_folded", table_name="lead_field")
    op.drop_table("lead_field")
    op.drop_index(
        "ix_letter_going",
        table_name="letter",
        sqlite_where=sa.text("state IN ('planned', 'going')"),
        postgresql_where=sa.text("state IN ('planned', 'going')"),
    )
    op.drop_table("letter")
    op.drop_table("draft")
    op.drop_table("segment")
    op.drop_index("ix_score_rule_clinic_id", table_name="score_rule")
    op.drop_table("score_rule")
    op.drop_table("hook")
