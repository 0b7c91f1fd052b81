"""Entering a campaign: an occasion finds its campaigns, and each takes the leads or says why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.conditions import folded
from service.domain.engine import enter
from service.domain.enrollment import Facts
from service.domain.entry import Entered, Entry
from service.domain.reentry import goal_holds, may_reenter, welcome
from service.storage import appointments, campaigns, clinics, enrollment_moves, events, leads, runs
from service.storage.campaigns import PAUSED, CampaignRow
from service.storage.enrollment_moves import NewRun
from service.usecases.entry_facts import entry_facts
from service.usecases.kit import Kit
from service.usecases.leave import end_runs

Refused = Literal["runs-already", "was-here", "goal-met", "not-for-them", "minor", "urgent"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened. `what` and `value`: the link, answer, tag, field and its value, or segment. `source` is the
    sign-up's source key. `entry_key` tells runs apart that go on side by side, such as one an appointment. `at`: the
    hour that the first wait counts from; None for now. `led`: a step of another campaign leads here."""

    on: Entered
    interest: str | None = None
    source: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    what: str = ""
    value: str = ""
    appointment_id: int | None = None
    entry_key: str = ""
    at: int | None = None
    led: bool = False


@dataclass(slots=True)
class Outcome:
    """By lead: the new enrollment, or why there is none."""

    made: dict[int, int] = field(default_factory=dict)
    refused: dict[int, Refused] = field(default_factory=dict)


def enter_by(
    conn: Connection,
    kit: Kit,
    clinic_id: int,
    lead_id: int,
    on: Entered,
    now: int,
    *,
    interest: str | None = None,
    appointment_id: int | None = None,
    entry_key: str = "",
) -> list[int]:
    """Enters the lead wherever the occasion leads; gives the new enrollments' ids. Twice is once."""
    occasion = Occasion(on, interest=interest, appointment_id=appointment_id, entry_key=entry_key)
    return enter_on(conn, kit, clinic_id, [lead_id], occasion, now)


def enter_on(
    conn: Connection, kit: Kit, clinic_id: int, lead_ids: Sequence[int], occasion: Occasion, now: int
) -> list[int]:
    """Enters the leads, all with the same occasion, wherever it leads; gives the new enrollments' ids."""
    rows = campaigns.entered_by(conn, clinic_id, occasion.on)
    if not rows:
        return []
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    definitions = {row.id: versions[row.version_id].definition for row in rows}
    made: list[int] = []
    for row in choose(rows, definitions, occasion):
        made += enter_many(conn, row, definitions[row.id], lead_ids, occasion, now).made.values()
    return made


def enter_many(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    lead_ids: Sequence[int],
    occasion: Occasion,
    now: int,
) -> Outcome:
    """Enters each of the leads into this campaign, unless something is in the way. Under 18 enters only what sends
    service mail: the gate keeps the rest of it back."""
    outcome = Outcome()
    found = leads.by_ids(conn, lead_ids)
    clinic = clinics.get(conn, row.clinic_id)
    known = entry_facts(conn, clinic, found.values(), definition, occasion.appointment_id, now)
    outcome.refused = _refused(conn, row, definition, known, occasion, now)
    takes = {lead_id: facts for lead_id, facts in known.items() if lead_id not in outcome.refused}
    if definition.family and takes:
        older = runs.families(conn, takes, definition.family, row.id)
        end_runs(conn, older, "superseded", "superseded", now)
    outcome.made = _add(conn, row, definition, takes, occasion, now)
    return outcome


def may_enter(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    lead_ids: Sequence[int],
    occasion: Occasion,
    now: int,
) -> list[int]:
    """Those of the leads in whose way nothing is; reads only."""
    found = leads.by_ids(conn, lead_ids)
    clinic = clinics.get(conn, row.clinic_id)
    known = entry_facts(conn, clinic, found.values(), definition, occasion.appointment_id, now)
    refused = _refused(conn, row, definition, known, occasion, now)
    return [lead_id for lead_id in known if lead_id not in refused]


def choose(rows: Sequence[CampaignRow], definitions: Mapping[int, Definition], occasion: Occasion) -> list[CampaignRow]:
    """Those whose entry fits. Of the sign-ups': those that name the interest, without any those for everyone else, and
    those that ask for none."""
    fitting = [row for row in rows if fits(definitions[row.id].entry, occasion)]
    named = [row for row in fitting if occasion.interest in definitions[row.id].entry.interests]
    rest = [row for row in fitting if definitions[row.id].entry.otherwise]
    open_to_all = [
        row for row in fitting if not definitions[row.id].entry.interests and not definitions[row.id].entry.otherwise
    ]
    return (named or rest) + open_to_all


def fits(entry: Entry, occasion: Occasion) -> bool:
    """Whether what happened is what the entry names, interests left out."""
    return (
        (not entry.sources or occasion.source in entry.sources)
        and all(occasion.utm.get(name) == value for name, value in entry.utm)
        and entry.what in ("", occasion.what)
        and (not entry.value or folded(entry.value) == folded(occasion.value))
    )


def _refused(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    known: Mapping[int, Facts],
    occasion: Occasion,
    now: int,
) -> dict[int, Refused]:
    booked = _booked(conn, definition, known, now)
    last = runs.newest(conn, row.id, occasion.entry_key, known)
    why: dict[int, Refused] = {}
    for lead_id, facts in known.items():
        run = last.get(lead_id)
        if facts.minor and not row.has_service:
            why[lead_id] = "minor"
        elif facts.urgent and not row.has_service:
            why[lead_id] = "urgent"
        elif lead_id in booked or goal_holds(definition, facts):
            why[lead_id] = "goal-met"
        elif not welcome(definition.entry, facts):
            why[lead_id] = "not-for-them"
        elif run is not None and not may_reenter(definition.entry.reentry, run, now, led=occasion.led):
            why[lead_id] = "was-here" if run.ended_at is not None else "runs-already"
    return why


def _booked(conn: Connection, definition: Definition, lead_ids: Collection[int], now: int) -> set[int]:
    """Those of them who have a visit ahead, where a visit is the goal."""
    return appointments.with_visit_ahead(conn, lead_ids, now) if definition.goal == "booked" else set()


def _add(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    takes: Mapping[int, Facts],
    occasion: Occasion,
    now: int,
) -> dict[int, int]:
    begins = now if occasion.at is None else occasion.at
    new = [NewRun(lead_id, enter(definition, facts, begins)) for lead_id, facts in takes.items()]
    made = enrollment_moves.add_many(
        conn,
        new,
        clinic_id=row.clinic_id,
        campaign_id=row.id,
        version_id=row.version_id,
        entry_key=occasion.entry_key,
        appointment_id=occasion.appointment_id,
        now=now,
        guard="campaign-paused" if row.state == PAUSED else None,
    )
    events.add_many(
        conn,
        [
            {
                "clinic_id": row.clinic_id,
                "lead_id": lead_id,
                "at": now,
                "kind": "entered",
                "enrollment_id": enrollment_id,
                "appointment_id": occasion.appointment_id,
                "data": {"campaign": row.key},
            }
            for lead_id, enrollment_id in made.items()
        ],
    )
    return made
