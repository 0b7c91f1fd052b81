"""Leads as a list: filtered, newest first, by keyset pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.domain.lead import full_name
from service.storage import people
from service.storage.tables import enrollment, event, lead, lead_tag, source

PAGE = 50
COUNTED, COUNTED_AMONG = 10_000, 500  # among filtered ones each has to be looked at


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. `words` must all begin a name or the address, or stand in the phone number; `reached` and `days`
    are the funnel's, `days` before now; `deed` is one of people.DEEDS or, with a campaign, of people.CAMPAIGN_DEEDS.
    `who`: a segment's clause. `ranks`: from this score rank up to, but without, that one."""

    words: tuple[str, ...] = ()
    stage: str | None = None
    source_id: int | None = None
    campaign_id: int | None = None
    deed: str | None = None
    step: str | None = None
    reached: str | None = None
    since: int | None = None
    tag: str | None = None
    who: ColumnElement[bool] | None = None
    ranks: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True)
class LeadLine:
    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    zone: str
    created_at: int
    source: str | None
    stage: str
    last_at: int | None
    next_at: int | None
    also_named: str
    score_rank: float | None
    locale: str
    consent: str

    @property
    def name(self) -> str:
        """With those of others at the same address; else the address, or the number of who gave nothing more."""
        names = [full_name(self.first_name, self.last_name), *self.also_named.splitlines()]
        return ", also ".join(filter(None, names)) or self.email or self.phone or "Nobody named"


After = tuple[int, int]  # created_at and id of the page's last line
AfterScore = tuple[float | None, int]  # score rank and id of the page's last line


def page(conn: Connection, clinic_id: int, wanted: Wanted, now: int, after: After | None = None) -> list[LeadLine]:
    """At most PAGE + 1 lines: one more than is shown tells that there is a next page."""
    query = _ids(clinic_id, wanted, now)
    if after is not None:
        query = query.where(sa.tuple_(lead.c.created_at, lead.c.id) < sa.tuple_(*map(sa.literal, after)))
    return _lines(conn, query, PAGE + 1, lead.c.created_at.desc(), lead.c.id.desc())


def page_by_score(
    conn: Connection, clinic_id: int, wanted: Wanted, now: int, after: AfterScore | None = None
) -> list[LeadLine]:
    """As `page`, most points first; who has none come last, the newest of them first."""
    scored, unscored = lead.c.score_rank.is_not(None), lead.c.score_rank.is_(None)
    found: list[LeadLine] = []
    if after is None or after[0] is not None:
        query = _ids(clinic_id, wanted, now).where(scored)
        if after is not None:
            query = query.where(sa.tuple_(lead.c.score_rank, lead.c.id) < sa.tuple_(*map(sa.literal, after)))
        found = _lines(conn, query, PAGE + 1, lead.c.score_rank.desc(), lead.c.id.desc())
    if len(found) <= PAGE:
        query = _ids(clinic_id, wanted, now).where(unscored)
        if after is not None and after[0] is None:
            query = query.where(lead.c.id < after[1])
        found += _lines(conn, query, PAGE + 1 - len(found), lead.c.id.desc())
    return found


def ids_of(conn: Connection, clinic_id: int, wanted: Wanted, now: int, limit: int) -> list[int]:
    """The newest first."""
    query = sa.select(lead.c.id).where(*conditions(clinic_id, wanted, now))
    return list(conn.execute(query.order_by(lead.c.created_at.desc(), lead.c.id.desc()).limit(limit)).scalars())


def count(conn: Connection, clinic_id: int, wanted: Wanted, now: int) -> int:
    """How many there are; counting ends at `most` + 1."""
    # In a page's order: a database that walks as the page does finds the first ones as soon.
    newest = lead.c.created_at.desc(), lead.c.id.desc()
    found = _ids(clinic_id, wanted, now).order_by(*newest).limit(most(wanted) + 1).subquery()
    return conn.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


def most(wanted: Wanted) -> int:
    """Up to how many are counted."""
    filtered = wanted.who is not None or replace(wanted, who=None) != Wanted()
    return COUNTED_AMONG if filtered else COUNTED


def standing(conn: Connection, lead_id: int) -> tuple[str, float | None]:
    """The stage, and the score's rank."""
    row = conn.execute(sa.select(people.stage(), lead.c.score_rank).where(lead.c.id == lead_id)).one()
    return row[0], row[1]


def _ids(clinic_id: int, wanted: Wanted, now: int) -> sa.Select[Any]:
    return sa.select(lead.c.id).where(*conditions(clinic_id, wanted, now))


def _lines(conn: Connection, ids: sa.Select[Any], most: int, *order: ColumnElement[Any]) -> list[LeadLine]:
    """The first are chosen before anything is worked out of them: what a line tells comes from six tables."""
    first = ids.order_by(*order).limit(most).subquery("first")
    query = (
        sa.select(
            lead.c.id,
            lead.c.first_name,
            lead.c.last_name,
            lead.c.email,
            lead.c.phone,
            lead.c.zone,
            lead.c.created_at,
            source.c.name,
            people.stage(),
            _last_at(),
            _next_at(),
            lead.c.also_named,
            lead.c.score_rank,
            lead.c.locale,
            lead.c.consent,
        )
        .join(first, first.c.id == lead.c.id)
        .outerjoin(source, source.c.id == lead.c.source_id)
        .order_by(*order)
    )
    return [LeadLine(*row) for row in conn.execute(query)]


def conditions(clinic_id: int, wanted: Wanted, now: int) -> list[ColumnElement[bool]]:
    """Who is listed."""
    # Those with a visit ahead are few, and found by their visits: SQLite would go through all of the clinic.
    of_clinic = sa.literal_column("+lead.clinic_id", sa.BigInteger) if wanted.stage == "booked" else lead.c.clinic_id
    found: list[ColumnElement[bool]] = [of_clinic == clinic_id, *map(people.named, wanted.words)]
    if wanted.stage:
        found.append(people.at_stage(wanted.stage))
    if wanted.source_id:
        found.append(lead.c.source_id == wanted.source_id)
    if wanted.campaign_id:
        found.append(people.did_in(wanted.campaign_id, wanted.deed or "entered", wanted.step))
    elif wanted.deed:
        found.append(people.did(wanted.deed, now))
    if wanted.reached:
        found.append(people.reached(wanted.reached))
    if wanted.since is not None:
        found.append(lead.c.created_at >= wanted.since)
    if wanted.tag:
        tagged = sa.exists().where(
            lead_tag.c.clinic_id == clinic_id, lead_tag.c.tag == wanted.tag, lead_tag.c.lead_id == lead.c.id
        )
        found.append(tagged)
    if wanted.who is not None:
        found.append(wanted.who)
    return found + _between(*wanted.ranks)


def _between(least: float | None, below: float | None) -> list[ColumnElement[bool]]:
    """A lead without points stands below every rank."""
    found: list[ColumnElement[bool]] = []
    if least is not None:
        found.append(lead.c.score_rank >= least)
    if below is not None:
        found.append(sa.or_(lead.c.score_rank.is_(None), lead.c.score_rank < below))
    return found


def _last_at() -> sa.ScalarSelect[int]:
    return sa.select(sa.func.max(event.c.at)).where(event.c.lead_id == lead.c.id).correlate(lead).scalar_subquery()


def _next_at() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.min(enrollment.c.due_at))
        .where(enrollment.c.lead_id == lead.c.id, enrollment.c.state == sa.literal_column("1"))
        .correlate(lead)
        .scalar_subquery()
    )
