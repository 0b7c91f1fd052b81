"""Lists of people that somebody brought as a file, and what became of each row."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, UniqueConstraint

from service.storage.tables.base import Json, identity, instant, metadata, refer, where, words

lead_import = Table(
    "lead_import",
    metadata,
    identity(),
    refer("clinic_id", "clinic"),
    refer("user_id", "user_account", nullable=True),  # NULL: by the command line
    refer("source_id", "source", nullable=True),  # what the people of the list come from, from its beginning on
    words("name"),  # the file's
    words("tool", nullable=True),  # which one wrote it, as its headings tell
    Column("body", LargeBinary, nullable=False),  # the file as UTF-8; after the end only the rows that were refused
    Column("mapping", Json, nullable=False),  # column → what it says (domain.import_columns.Part)
    words("wording"),
    instant("agreed_at"),
    Column("for_all", Boolean, nullable=False),
    words("state"),  # domain.import_state
    Column("total", Integer, nullable=False),  # rows
    Column("reached", Integer, nullable=False),  # rows that the present pass is through with
    Column("counts", Json, nullable=False),  # fate → rows
    Column("undone", Integer, nullable=False),  # leads that were taken away again
    instant("at", False),
    instant("ended_at"),
    Index(None, "clinic_id", "at"),
    Index("ix_lead_import_open", "at", **where("state IN ('looking', 'running', 'undoing')")),
)

import_row = Table(
    "import_row",
    metadata,
    identity(),
    refer("import_id", "lead_import"),
    Column("line", Integer, nullable=False),
    words("fate"),  # domain.import_fate
    Column("done", Boolean, nullable=False),
    refer("lead_id", "lead", nullable=True),
    Column("made", Boolean, nullable=False),  # the lead is the import's own
    UniqueConstraint("import_id", "line"),
    Index("ix_import_row_left", "import_id", "line", **where("NOT done")),
    Index("ix_import_row_made", "import_id", "line", **where("made")),
    Index("ix_import_row_lead_id", "lead_id", **where("lead_id IS NOT NULL")),
)
