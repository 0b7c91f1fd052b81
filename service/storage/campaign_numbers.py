"""A campaign in numbers of people. Each person is counted once, where they stand now or where they stood at last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.storage import counted
from service.storage.tables import choice, enrollment, lead, message, refusal

STATES = ("entered", "here", "booked", "left", "ended", "sent", "clicked", "way")
FACES, PAGE = 3, 50
BEFORE = "-"  # before the first mail
_LOOKED_AT = 2_000  # so many of all who are due next, for a campaign's own
Is = ColumnElement[bool]


@dataclass(slots=True)
class CampaignNumbers:
    """`entered` is the sum of the others. `booked`: reached the goal, whichever it is. `since`: when the first one
    entered."""

    entered: int = 0
    here: int = 0
    booked: int = 0
    left: int = 0
    ended: int = 0
    since: int | None = None


@dataclass(slots=True)
class StepNumbers:
    """`waits`: who stands at the step before it is taken. `booked` and `left`: whose last mail was this one when they
    reached the goal, or left otherwise. `waiting`: some who do, by lead id,
    and `faces` their names."""

    sent: int = 0
    clicked: int = 0
    booked: int = 0
    left: int = 0
    waits: int = 0
    waiting: list[int] = field(default_factory=list)
    faces: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Road:
    """A way out of a fork, by what shows that somebody took it: a trace at one of `at`, and at none of `but`."""

    at: frozenset[str]
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """Who is asked for: one of STATES; `step` is where they stand, for `booked` and `left` their last mail's step (or
    BEFORE), for `sent` and `clicked` the mail's; `road` for a way out of a question, `label` for a way out of a split;
    `reached`: only those of them who reached the goal."""

    state: str
    step: str | None = None
    road: Road | None = None
    label: str | None = None
    reached: bool = False


@dataclass(frozen=True, slots=True)
class RunLine:
    """A person in a campaign. `after` is the step of the last mail that they were sent in this run."""

    id: int
    lead_id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    zone: str
    version_id: int
    state: int
    step: str
    due_at: int
    guard: str | None
    reason: str | None
    entered_at: int
    ended_at: int | None
    after: str | None

    @property
    def name(self) -> str:
        return _name(self.first_name, self.last_name, self.email)


@dataclass(frozen=True, slots=True)
class NextDue:
    """An enrollment, with its person's name."""

    id: int
    lead_id: int
    name: str


After = tuple[int, int]  # entered_at and id of the page's last line


def of_clinic(conn: Connection, clinic_id: int) -> dict[int, CampaignNumbers]:
    """By campaign."""
    run = counted.standing(enrollment.c.clinic_id == clinic_id)
    query = sa.select(run.c.campaign_id, *_numbers(run)).group_by(run.c.campaign_id)
    return {row[0]: CampaignNumbers(*row[1:]) for row in conn.execute(query)}


def of_campaign(conn: Connection, clinic_id: int, campaign_id: int) -> CampaignNumbers:
    mine = _in(enrollment, clinic_id, campaign_id)
    since = sa.select(sa.func.min(enrollment.c.entered_at)).where(*mine).scalar_subquery()
    row: Any = conn.execute(sa.select(*_numbers(counted.standing(*mine)), since)).one()
    return CampaignNumbers(*row)


def sent_since(conn: Connection, clinic_id: int, since: int) -> dict[int, int]:
    """Mails handed over from `since` on, by campaign."""
    query = (
        sa.select(message.c.campaign_id, sa.func.count())
        .where(message.c.clinic_id == clinic_id, message.c.accepted_at >= since)
        .group_by(message.c.campaign_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def steps(conn: Connection, clinic_id: int, campaign_id: int) -> dict[str, StepNumbers]:
    """By the step's key, of all versions together; BEFORE holds who booked or left without any mail."""
    found: dict[str, StepNumbers] = {}

    def at(step: str) -> StepNumbers:
        return found.setdefault(step, StepNumbers())

    mailed, gone = _mailed(clinic_id, campaign_id), _gone(clinic_id, campaign_id)
    for step, one, other, went in conn.execute(sa.union_all(mailed, gone)):
        if went:
            at(step).booked, at(step).left = one, other
        else:
            at(step).sent, at(step).clicked = one, other
    for step, waits, lead_id, first, last in conn.execute(_waiting(clinic_id, campaign_id)):
        at(step).waits = waits
        at(step).waiting.append(lead_id)
        at(step).faces.append(" ".join(part for part in (first, last) if part))
    return found


def roads(conn: Connection, clinic_id: int, campaign_id: int, asked: Sequence[Road]) -> list[int]:
    """How many people took each."""
    if not asked:
        return []
    trace = _traces(clinic_id, campaign_id)
    flags = [_took(trace, road).label(f"road_{at}") for at, road in enumerate(asked)]
    run = sa.select(trace.c.lead_id, *flags).group_by(trace.c.enrollment_id, trace.c.lead_id).subquery()
    counts = [sa.func.count(sa.distinct(sa.case((run.c[flag.name], run.c.lead_id)))) for flag in flags]
    return list(conn.execute(sa.select(*counts)).one())


def people(conn: Connection, clinic_id: int, campaign_id: int, part: Part, after: After | None = None) -> list[RunLine]:
    """At most PAGE + 1 lines, who entered last first: one more than is shown tells that there is a next page."""
    run = enrollment
    query = (
        sa.select(
            run.c.id,
            run.c.lead_id,
            lead.c.first_name,
            lead.c.last_name,
            lead.c.email,
            lead.c.zone,
            *(run.c[name] for name in list(RunLine.__dataclass_fields__)[6:14]),
            counted.last_mail(run),
        )
        .join(lead, lead.c.id == run.c.lead_id)
        .where(*_in(run, clinic_id, campaign_id), counted.stands(), _asked(run, clinic_id, campaign_id, part))
    )
    if after is not None:
        query = query.where(sa.tuple_(run.c.entered_at, run.c.id) < sa.tuple_(*map(sa.literal, after)))
    rows: Any = conn.execute(query.order_by(run.c.entered_at.desc(), run.c.id.desc()).limit(PAGE + 1))
    return [RunLine(*row) for row in rows]


def count(conn: Connection, clinic_id: int, campaign_id: int, part: Part) -> int:
    run = counted.standing(*_in(enrollment, clinic_id, campaign_id))
    query = sa.select(sa.func.count()).select_from(run).where(_asked(run, clinic_id, campaign_id, part))
    return conn.execute(query).scalar_one()


def next_due(conn: Connection, clinic_id: int, campaign_id: int, limit: int, many: bool = False) -> list[NextDue]:
    """The enrollments that are decided on next, soonest first. `many`: very many are in it, and likely among those of
    all campaigns who are due next."""
    if many and len(found := _next_due(conn, _soon(clinic_id, campaign_id), limit)) == limit:
        return found
    active = enrollment.c.state == sa.literal_column("1")
    return _next_due(conn, sa.and_(*_in(enrollment, clinic_id, campaign_id), active), limit)


def _soon(clinic_id: int, campaign_id: int) -> counted.Is:
    due = (
        sa.select(enrollment.c.id, enrollment.c.clinic_id, enrollment.c.campaign_id)
        .where(enrollment.c.state == sa.literal_column("1"))
        .order_by(enrollment.c.due_at, enrollment.c.id)
        .limit(_LOOKED_AT)
        .subquery("due")
    )
    return enrollment.c.id.in_(
        sa.select(due.c.id).where(due.c.clinic_id == clinic_id, due.c.campaign_id == campaign_id)
    )


def _next_due(conn: Connection, who: counted.Is, limit: int) -> list[NextDue]:
    query = (
        sa.select(enrollment.c.id, enrollment.c.lead_id, lead.c.first_name, lead.c.last_name, lead.c.email)
        .join(lead, lead.c.id == enrollment.c.lead_id)
        .where(who)
        .order_by(enrollment.c.due_at, enrollment.c.id)
        .limit(limit)
    )
    return [NextDue(*row[:2], _name(*row[2:])) for row in conn.execute(query)]


def _name(first: str | None, last: str | None, email: str | None) -> str:
    return " ".join(part for part in (first, last) if part) or email or "Nobody named"


def _in(table: sa.Table, clinic_id: int, campaign_id: int) -> tuple[Is, Is]:
    return table.c.clinic_id == clinic_id, table.c.campaign_id == campaign_id


def _numbers(run: sa.FromClause) -> list[ColumnElement[int]]:
    return [sa.func.count(sa.case((counted.at(run, state), 1))) for state in counted.STANDINGS]


def _asked(run: sa.FromClause, clinic_id: int, campaign_id: int, part: Part) -> Is:
    if part.state in ("sent", "clicked"):
        return run.c.lead_id.in_(_readers(clinic_id, campaign_id, part))
    if part.label is not None:
        return run.c.lead_id.in_(_chosen(clinic_id, campaign_id, part))
    if part.state == "way":
        return run.c.lead_id.in_(_walkers(clinic_id, campaign_id, part.road)) if part.road else sa.false()
    standing = counted.at(run, part.state)
    if part.step is None:
        return standing
    if part.state in ("booked", "left"):
        return sa.and_(standing, sa.func.coalesce(counted.last_mail(run), BEFORE) == part.step)
    return sa.and_(standing, run.c.step == part.step)


def _readers(clinic_id: int, campaign_id: int, part: Part) -> sa.Select[Any]:
    done = message.c.accepted_at if part.state == "sent" else message.c.clicked_at
    query = sa.select(message.c.lead_id).where(*_in(message, clinic_id, campaign_id), done.is_not(None))
    return query.where(message.c.step == part.step) if part.step is not None else query


def _chosen(clinic_id: int, campaign_id: int, part: Part) -> sa.Select[Any]:
    query = sa.select(choice.c.lead_id).where(
        *_in(choice, clinic_id, campaign_id), choice.c.step == part.step, choice.c.label == part.label
    )
    if not part.reached:
        return query
    met = sa.and_(enrollment.c.state == 4, enrollment.c.reason == counted.GOAL)
    return query.join(enrollment, enrollment.c.id == choice.c.enrollment_id).where(met)


def _walkers(clinic_id: int, campaign_id: int, road: Road) -> sa.Select[Any]:
    trace = _traces(clinic_id, campaign_id)
    return sa.select(trace.c.lead_id).group_by(trace.c.enrollment_id, trace.c.lead_id).having(_took(trace, road))


def _traces(clinic_id: int, campaign_id: int) -> sa.Subquery:
    """Where each run has certainly been: where it stands, what it was sent, what was left out there."""
    stood = sa.select(enrollment.c.id.label("enrollment_id"), enrollment.c.lead_id, enrollment.c.step)
    mailed = sa.select(message.c.enrollment_id, message.c.lead_id, message.c.step)
    skipped = sa.select(refusal.c.enrollment_id, refusal.c.lead_id, refusal.c.step)
    return sa.union_all(
        stood.where(*_in(enrollment, clinic_id, campaign_id)),
        mailed.where(*_in(message, clinic_id, campaign_id)),
        skipped.where(*_in(refusal, clinic_id, campaign_id), refusal.c.kind == "skipped"),
    ).subquery("trace")


def _took(trace: sa.FromClause, road: Road) -> Is:
    def seen(keys: Collection[str]) -> ColumnElement[int]:
        return sa.func.count(sa.case((trace.c.step.in_(sorted(keys)), 1)))

    return sa.and_(seen(road.at) > 0, seen(road.but) == 0) if road.but else seen(road.at) > 0


def _mailed(clinic_id: int, campaign_id: int) -> sa.Select[Any]:
    who = message.c.lead_id
    return (
        sa.select(
            message.c.step,
            sa.func.count(sa.distinct(sa.case((message.c.accepted_at.is_not(None), who)))),
            sa.func.count(sa.distinct(sa.case((message.c.clicked_at.is_not(None), who)))),
            sa.literal(0),
        )
        .where(*_in(message, clinic_id, campaign_id))
        .group_by(message.c.step)
    )


def _gone(clinic_id: int, campaign_id: int) -> sa.Select[Any]:
    run = counted.standing(*_in(enrollment, clinic_id, campaign_id))
    gone = (
        sa.select(
            sa.func.coalesce(counted.last_mail(run), BEFORE).label("step"), counted.at(run, "booked").label("goal")
        )
        .where(run.c.state == 4)
        .subquery()
    )
    return sa.select(
        gone.c.step,
        sa.func.count(sa.case((gone.c.goal, 1))),
        sa.func.count(sa.case((~gone.c.goal, 1))),
        sa.literal(1),
    ).group_by(gone.c.step)


def _waiting(clinic_id: int, campaign_id: int) -> sa.Select[Any]:
    """How many wait at each step, beside each of the first few of them."""
    run = counted.standing(*_in(enrollment, clinic_id, campaign_id))
    place = sa.func.row_number().over(partition_by=run.c.step, order_by=[run.c.due_at, run.c.id])
    waits = sa.func.count().over(partition_by=run.c.step)
    here = sa.select(run.c.step, run.c.lead_id, place.label("nth"), waits.label("waits"))
    ranked = here.where(counted.at(run, "here")).subquery()
    return (
        sa.select(ranked.c.step, ranked.c.waits, ranked.c.lead_id, lead.c.first_name, lead.c.last_name)
        .join(lead, lead.c.id == ranked.c.lead_id)
        .where(ranked.c.nth <= FACES)
        .order_by(ranked.c.step, ranked.c.nth)
    )
