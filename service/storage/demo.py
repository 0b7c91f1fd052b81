"""What a demo in the making needs of the database: what was just handed over, and a clean start."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import campaign, message, metadata


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A mail that the provider has taken: `campaign` and `mail` are keys, `at` when it was taken."""

    message_id: int
    lead_id: int
    campaign: str
    mail: str
    ref: str
    provider: str
    at: int


_TAKEN = (
    sa.select(
        message.c.id,
        message.c.lead_id,
        campaign.c.key,
        message.c.mail,
        message.c.ref,
        message.c.provider,
        message.c.accepted_at,
    )
    .join(campaign, campaign.c.id == message.c.campaign_id)
    .where(message.c.clinic_id == sa.bindparam("clinic_id"), message.c.accepted_at == sa.bindparam("at"))
)


def handed_over(conn: Connection, clinic_id: int, at: int) -> list[HandedOver]:
    """The clinic's mails that were taken at exactly `at`."""
    return [HandedOver(*row) for row in conn.execute(_TAKEN, {"clinic_id": clinic_id, "at": at})]


def empty(conn: Connection) -> None:
    """Deletes every row of every table."""
    for table in reversed(metadata.sorted_tables):
        conn.execute(sa.delete(table))


def counts(conn: Connection) -> tuple[int, int, int]:
    """How many leads, accepted mails and visits there are."""
    tables = ("lead", "message", "appointment")
    leads, mails, visits = (metadata.tables[name] for name in tables)
    accepted = sa.select(sa.func.count()).select_from(mails).where(mails.c.accepted_at.is_not(None))
    every = [sa.select(sa.func.count()).select_from(table) for table in (leads, visits)]
    return conn.execute(every[0]).scalar_one(), conn.execute(accepted).scalar_one(), conn.execute(every[1]).scalar_one()
