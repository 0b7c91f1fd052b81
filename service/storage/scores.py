"""Scores: the rules, the entries that a score is made of, and each lead's rank, which is made of its entries alone. So
whatever is done twice, late or out of order ends in the same rank."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.domain.scoring import Rule, rank_of_all
from service.storage import ids
from service.storage.locks import lock_ids
from service.storage.tables import event, lead, score_entry, score_rule
from service.storage.tables.people import SCORED

_COUNTS_AT = sa.func.coalesce(event.c.counts_at, event.c.at)
_SCORED: sa.ColumnElement[bool] = sa.literal_column(
    f"event.kind IN ({SCORED})", sa.Boolean
)  # as the index says it, word for word
_DEED = [event.c[name] for name in ("id", "clinic_id", "lead_id", "at", "kind", "link", "flag")]
_RANK = (
    sa.update(lead).where(lead.c.id == sa.bindparam("of_lead")).values(score_rank=sa.bindparam("rank", type_=sa.Float))
)


@dataclass(frozen=True, slots=True)
class RuleRow:
    id: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Deed:
    """A row of the timeline that rules may give points for."""

    id: int
    clinic_id: int
    lead_id: int
    at: int
    kind: str
    link: str | None
    flag: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Points given at an instant. `event_id` and `rule_id`: None for points that a step or a person gave."""

    clinic_id: int
    lead_id: int
    at: int
    points: float
    why: str
    event_id: int | None = None
    rule_id: int | None = None


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def rules_of(conn: Connection, clinic_ids: Collection[int]) -> dict[int, list[RuleRow]]:
    """By clinic, every one of them."""
    found: dict[int, list[RuleRow]] = {clinic_id: [] for clinic_id in clinic_ids}
    rule = score_rule.c
    query = sa.select(rule.clinic_id, rule.id, rule.deed, rule.points, rule.link).order_by(rule.created_at, rule.id)
    for clinic_id, rule_id, deed, points, link in conn.execute(query.where(rule.clinic_id.in_(list(clinic_ids)))):
        found[clinic_id].append(RuleRow(rule_id, Rule(deed, points, link)))
    return found


def replace_rules(conn: Connection, clinic_id: int, rules: Sequence[Rule], now: int) -> None:
    conn.execute(sa.delete(score_rule).where(score_rule.c.clinic_id == clinic_id))
    rows = [
        {
            "id": number,
            "clinic_id": clinic_id,
            "deed": rule.deed,
            "link": rule.link,
            "points": rule.points,
            "created_at": now,
        }
        for number, rule in zip(ids.take(len(rules)), rules, strict=True)
    ]
    if rows:
        conn.execute(sa.insert(score_rule), rows)


# ── what is to be scored ────────────────────────────────────────────────────────────────────────────────────────────
def waiting(conn: Connection, now: int) -> bool:
    """Whether anything counts by now that was not looked at."""
    return conn.execute(sa.select(event.c.id).where(*_unscored(now)).limit(1)).first() is not None


def claim(conn: Connection, now: int, size: int) -> list[Deed]:
    """The oldest deeds that count by now and were not looked at, flagged ones among them; another worker does not get
    the same."""
    query = sa.select(*_DEED).where(*_unscored(now)).order_by(event.c.at, event.c.id).limit(size)
    query = query.with_for_update(skip_locked=True)
    return [Deed(*row) for row in conn.execute(query)]


def note_scored(conn: Connection, event_ids: Collection[int], now: int) -> None:
    conn.execute(sa.update(event).where(event.c.id.in_(list(event_ids))).values(scored_at=now))


def scored_of(conn: Connection, lead_ids: Collection[int]) -> list[Deed]:
    """The deeds of these leads that were looked at and count, oldest first."""
    query = sa.select(*_DEED).where(
        event.c.lead_id.in_(list(lead_ids)), event.c.scored_at.is_not(None), event.c.flag.is_(None), _SCORED
    )
    return [Deed(*row) for row in conn.execute(query.order_by(event.c.at, event.c.id))]


def _unscored(now: int) -> list[sa.ColumnElement[bool]]:
    return [event.c.scored_at.is_(None), _SCORED, event.c.at <= now, now >= _COUNTS_AT]


# ── entries and ranks ───────────────────────────────────────────────────────────────────────────────────────────────
def lock(conn: Connection, lead_ids: Collection[int]) -> None:
    """Nobody else changes these leads' scores until the transaction ends. Take it before reading rules or entries."""
    lock_ids(conn, lead, lead_ids)


def add_entries(conn: Connection, entries: Sequence[Entry]) -> None:
    """An event and a rule make one entry, however often it is added."""
    if not entries:
        return
    insert = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(score_entry)
    names = Entry.__dataclass_fields__
    rows = [
        {"id": number, **{name: getattr(entry, name) for name in names}}
        for number, entry in zip(ids.take(len(entries)), entries, strict=True)
    ]
    conn.execute(insert.on_conflict_do_nothing(), rows)


def drop_ruled(conn: Connection, lead_ids: Collection[int]) -> None:
    """Takes back what rules have given these leads; an entry whose event was forgotten since cannot be made anew, and
    stays."""
    theirs = sa.select(event.c.id).where(event.c.lead_id.in_(list(lead_ids)))
    conn.execute(
        sa.delete(score_entry).where(
            score_entry.c.lead_id.in_(list(lead_ids)),
            score_entry.c.rule_id.is_not(None),
            score_entry.c.event_id.in_(theirs),
        )
    )


def rank_anew(conn: Connection, half_lives: Mapping[int, int]) -> None:
    """Sets the ranks of leads (half-life in days by lead) to what their entries make."""
    gifts: dict[int, list[tuple[int, float]]] = {lead_id: [] for lead_id in half_lives}
    query = sa.select(score_entry.c.lead_id, score_entry.c.at, score_entry.c.points)
    query = query.where(score_entry.c.lead_id.in_(list(half_lives)))
    for lead_id, at, points in conn.execute(query.order_by(score_entry.c.at, score_entry.c.id)):
        gifts[lead_id].append((at, points))
    ranks = sa.select(lead.c.id, lead.c.score_rank).where(lead.c.id.in_(list(half_lives)))
    before = {row.id: row.score_rank for row in conn.execute(ranks)}
    fresh = {lead_id: rank_of_all(each, half_lives[lead_id]) for lead_id, each in gifts.items()}
    rows = [{"of_lead": lead_id, "rank": rank} for lead_id, rank in sorted(fresh.items()) if rank != before[lead_id]]
    if rows:
        conn.execute(_RANK, rows)


def give(conn: Connection, entries: Sequence[Entry], half_lives: Mapping[int, int]) -> None:
    """Points by a step or a person. `half_lives`: days by clinic."""
    lead_ids = sorted({entry.lead_id for entry in entries})
    lock(conn, lead_ids)
    add_entries(conn, entries)
    rank_anew(conn, {entry.lead_id: half_lives[entry.clinic_id] for entry in entries})


def shift_ranks(conn: Connection, clinic_id: int, by: float) -> None:
    """Moves every rank of the clinic by so much."""
    conn.execute(
        sa.update(lead)
        .where(lead.c.clinic_id == clinic_id, lead.c.score_rank.is_not(None))
        .values(score_rank=lead.c.score_rank + by)
    )


def entries_of(conn: Connection, lead_id: int, most: int) -> list[Entry]:
    """The newest first."""
    columns = [score_entry.c[name] for name in Entry.__dataclass_fields__]
    query = sa.select(*columns).where(score_entry.c.lead_id == lead_id)
    return [
        Entry(*row)
        for row in conn.execute(query.order_by(score_entry.c.at.desc(), score_entry.c.id.desc()).limit(most))
    ]


def rank_of_lead(conn: Connection, clinic_id: int, lead_id: int) -> float | None:
    """Raises NoResultFound for a lead that the clinic has not."""
    query = sa.select(lead.c.score_rank).where(lead.c.id == lead_id, lead.c.clinic_id == clinic_id)
    rank: float | None = conn.execute(query).scalar_one()
    return rank


def leads_after(conn: Connection, clinic_id: int, last: int, size: int) -> list[int]:
    """The clinic's next leads by rising id."""
    query = sa.select(lead.c.id).where(lead.c.clinic_id == clinic_id, lead.c.id > last).order_by(lead.c.id).limit(size)
    return list(conn.execute(query).scalars())
