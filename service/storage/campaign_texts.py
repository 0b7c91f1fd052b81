"""What a campaign says now: its draft where it is being changed, else its newest version."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.campaigns import CampaignRow
from service.storage.tables import campaign_version, draft


def newest(conn: Connection, row: CampaignRow) -> tuple[str, dict[str, tuple[str, str]]]:
    """The file's text, and each mail's (MJML file, text file)."""
    changed = conn.execute(sa.select(draft.c.source, draft.c.mails).where(draft.c.campaign_id == row.id)).first()
    published = sa.select(campaign_version.c.source, campaign_version.c.mails).where(
        campaign_version.c.id == row.version_id
    )
    source, mails = changed or conn.execute(published).one()
    return source, {name: (mail["mjml"], mail["text"]) for name, mail in mails.items()}
