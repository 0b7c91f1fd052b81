"""Campaigns and their immutable versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.either_way import listed
from service.storage.tables import campaign, campaign_version

LIVE, PAUSED = "live", "paused"
SERIES = "series"


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: int
    campaign_id: int
    number: int
    source: str
    mails: Mapping[str, Mapping[str, str]]
    digest: str
    published_at: int


@dataclass(frozen=True, slots=True)
class CampaignRow:
    id: int
    clinic_id: int
    key: str
    name: str
    family: str
    priority: int
    entry_on: str
    goal: str
    has_service: bool
    state: str
    version_id: int
    paused_at: int | None
    kind: str


_ROW = [campaign.c[name] for name in CampaignRow.__dataclass_fields__]
_BY_IDS = sa.select(*_ROW).where(campaign.c.id.in_(sa.bindparam("campaign_ids", expanding=True)))
_PAUSED = sa.select(campaign.c.id).where(listed(campaign.c.id, "campaign_ids"), campaign.c.state == PAUSED)
_reviewed = sa.func.coalesce(campaign.c.reviewed_at, campaign.c.created_at)
_UNREVIEWED = sa.select(campaign.c.id).where(
    listed(campaign.c.id, "reviewed_ids"), _reviewed <= sa.bindparam("reviewed_before")
)
_ENTERED_BY = (
    sa.select(*_ROW)
    .where(campaign.c.clinic_id == sa.bindparam("clinic_id"), campaign.c.entry_on == sa.bindparam("entry_on"))
    .order_by(campaign.c.priority.desc(), campaign.c.id)
)
_VERSION = [campaign_version.c[name] for name in VersionRow.__dataclass_fields__]


def versions(conn: Connection, version_ids: Iterable[int]) -> list[VersionRow]:
    rows = conn.execute(sa.select(*_VERSION).where(campaign_version.c.id.in_(list(version_ids))))
    return [VersionRow(*row) for row in rows]


def versions_of(conn: Connection, campaign_id: int) -> list[VersionRow]:
    """Newest first."""
    rows = conn.execute(
        sa.select(*_VERSION)
        .where(campaign_version.c.campaign_id == campaign_id)
        .order_by(campaign_version.c.number.desc())
    )
    return [VersionRow(*row) for row in rows]


def version_number(conn: Connection, version_id: int) -> int:
    """How many versions there were with this one. Raises NoResultFound for an id that is none."""
    number: int = conn.execute(
        sa.select(campaign_version.c.number).where(campaign_version.c.id == version_id)
    ).scalar_one()
    return number


def of_clinic(conn: Connection, clinic_id: int) -> list[CampaignRow]:
    rows = conn.execute(sa.select(*_ROW).where(campaign.c.clinic_id == clinic_id).order_by(campaign.c.name))
    return [CampaignRow(*row) for row in rows]


def by_key(conn: Connection, clinic_id: int, key: str) -> CampaignRow | None:
    row = conn.execute(sa.select(*_ROW).where(campaign.c.clinic_id == clinic_id, campaign.c.key == key)).first()
    return CampaignRow(*row) if row else None


def opened(conn: Connection, clinic_id: int, name: str) -> tuple[CampaignRow, int] | None:
    """The clinic's campaign of this key or id, with the number of its version."""
    named = campaign.c.key == name
    if name.isascii() and name.isdecimal() and int(name[:20]) < 2**63:
        named = sa.or_(named, campaign.c.id == int(name))
    query = (
        sa.select(*_ROW, campaign_version.c.number)
        .join(campaign_version, campaign_version.c.id == campaign.c.version_id)
        .where(campaign.c.clinic_id == clinic_id, named)
        .order_by(sa.case((campaign.c.key == name, 0), else_=1))
        .limit(1)
    )
    row = conn.execute(query).first()
    return (CampaignRow(*row[:-1]), row[-1]) if row else None


def by_ids(conn: Connection, campaign_ids: Iterable[int]) -> dict[int, CampaignRow]:
    rows = conn.execute(_BY_IDS, {"campaign_ids": list(campaign_ids)})
    return {row.id: CampaignRow(*row) for row in rows}


def paused(conn: Connection, campaign_ids: Iterable[int]) -> set[int]:
    """Those of them that are paused."""
    return set(conn.execute(_PAUSED, {"campaign_ids": list(campaign_ids)}).scalars())


def unreviewed(conn: Connection, campaign_ids: Iterable[int], before: int) -> set[int]:
    """Those of them that nobody has vouched for since `before`."""
    return set(conn.execute(_UNREVIEWED, {"reviewed_ids": list(campaign_ids), "reviewed_before": before}).scalars())


def reviews(conn: Connection, clinic_id: int, before: int) -> list[tuple[CampaignRow, int]]:
    """The clinic's series that were vouched for before `before`, and when: the longest ago first."""
    query = (
        sa.select(*_ROW, _reviewed)
        .where(campaign.c.clinic_id == clinic_id, campaign.c.kind == SERIES, _reviewed <= before)
        .order_by(_reviewed, campaign.c.name)
    )
    return [(CampaignRow(*row[:-1]), row[-1]) for row in conn.execute(query)]


def entered_by(conn: Connection, clinic_id: int, on: str) -> list[CampaignRow]:
    """The clinic's campaigns that this kind of occasion enters, live or paused, highest priority first."""
    rows = conn.execute(_ENTERED_BY, {"clinic_id": clinic_id, "entry_on": on})
    return [CampaignRow(*row) for row in rows]


def begun_at(conn: Connection, campaign_id: int) -> int:
    """Since when there is this campaign."""
    at: int = conn.execute(sa.select(campaign.c.created_at).where(campaign.c.id == campaign_id)).scalar_one()
    return at


def add(conn: Connection, clinic_id: int, key: str, values: Mapping[str, Any], now: int) -> int:
    campaign_id = ids.new()
    conn.execute(
        sa.insert(campaign).values(
            id=campaign_id, clinic_id=clinic_id, key=key, state=LIVE, version_id=None, created_at=now, **values
        )
    )
    return campaign_id


def add_version(
    conn: Connection,
    clinic_id: int,
    campaign_id: int,
    source: str,
    mails: Mapping[str, Any],
    digest: str,
    now: int,
    *,
    begun: bool = False,
) -> int:
    """Adds the next version and makes it the one that new enrollments enter. `begun`: it is number 0, before any."""
    version_id = ids.new()
    highest = sa.select(sa.func.coalesce(sa.func.max(campaign_version.c.number), 0)).where(
        campaign_version.c.campaign_id == campaign_id
    )
    conn.execute(
        sa.insert(campaign_version).values(
            id=version_id,
            clinic_id=clinic_id,
            campaign_id=campaign_id,
            number=0 if begun else conn.execute(highest).scalar_one() + 1,
            source=source,
            mails=dict(mails),
            digest=digest,
            published_at=now,
        )
    )
    conn.execute(sa.update(campaign).where(campaign.c.id == campaign_id).values(version_id=version_id, reviewed_at=now))
    return version_id


def describe(conn: Connection, campaign_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(campaign).where(campaign.c.id == campaign_id).values(**values))


def set_state(conn: Connection, clinic_id: int, campaign_id: int, state: str, paused_at: int | None) -> bool:
    """True when it changed."""
    changed = conn.execute(
        sa.update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.clinic_id == clinic_id, campaign.c.state != state)
        .values(state=state, paused_at=paused_at)
    )
    return changed.rowcount == 1
