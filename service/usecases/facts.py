"""What is known of a batch of enrollments at one instant: one query a kind, never one a lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.acts import SplitStep
from service.domain.campaign import Definition
from service.domain.review import LASTS
from service.domain.timing import DAY, local_day
from service.storage import (
    appointments,
    campaigns,
    caps,
    choices,
    clinics,
    consents,
    practitioners,
    restored,
    suppressions,
)
from service.storage.clinics import ClinicRow
from service.storage.either_way import listed
from service.storage.enrollments import DueRow
from service.storage.tables import event
from service.storage.together import Together
from service.usecases.closures import away, closed_by
from service.usecases.houses import houses as houses_of
from service.usecases.knowledge import asked, load_knowledge
from service.usecases.loaded import Link, Loaded, Print
from service.usecases.open_slots import count_open

_COUNTS_AT = sa.func.coalesce(event.c.counts_at, event.c.at)
_LINKS = sa.select(event.c.lead_id, event.c.kind, event.c.link, event.c.at, _COUNTS_AT).where(
    listed(event.c.lead_id, "lead_ids"),
    event.c.kind.in_(["clicked", "answered"]),
    event.c.link.is_not(None),
    event.c.flag.is_(None),
    event.c.at >= sa.bindparam("since"),
)


def load(
    conn: Connection,
    rows: Sequence[DueRow],
    definitions: Mapping[int, Definition],
    now: int,
    *,
    ahead: bool = False,
    houses: Mapping[int, ClinicRow] | None = None,
    slots: Mapping[int, int] | None = None,
) -> Loaded:
    """`read`, and the facts of each row."""
    loaded = read(conn, rows, definitions, now, ahead=ahead, houses=houses, slots=slots)
    for row in rows:
        loaded.facts[row.id] = loaded.facts_of(row)
        if (counting := loaded.counts_at(row)) is not None:
            loaded.counting[row.id] = counting
    return loaded


def read(
    conn: Connection,
    rows: Sequence[DueRow],
    definitions: Mapping[int, Definition],
    now: int,
    *,
    ahead: bool = False,
    houses: Mapping[int, ClinicRow] | None = None,
    slots: Mapping[int, int] | None = None,
    to_send: bool = False,
) -> Loaded:
    """`definitions` by version id. `ahead`: for looking at later steps as well as at those where they stand. `houses`:
    the clinics, and `slots`: how many they can offer, where that is known already. `to_send`: with what the mails
    print, and which campaigns rest."""
    loaded = Loaded(definitions, now, clinics=clinics.everyone(conn) if houses is None else houses)
    _ask(conn, loaded, rows, to_send)
    asks = {version_id: asked(definitions[version_id]) for version_id in {row.version_id for row in rows}}
    loaded.asking = frozenset(version_id for version_id, kinds in asks.items() if kinds)
    if loaded.asking:
        clinic_of = {row.lead_id: row.clinic_id for row in rows}
        loaded.knowledge = load_knowledge(conn, clinic_of, frozenset().union(*asks.values()), now)
    asking = {row.clinic_id for row in rows if _offers_slots(definitions[row.version_id], None if ahead else row.step)}
    if slots is not None:
        loaded.slots = {clinic_id: slots.get(clinic_id, 0) for clinic_id in asking}
    elif asking:
        loaded.slots = count_open(conn, asking, now)
    return loaded


def _ask(conn: Connection, loaded: Loaded, rows: Sequence[DueRow], to_send: bool) -> None:
    """All that can be asked at once, in one statement."""
    now, lead_ids, clinic_ids = loaded.now, [row.lead_id for row in rows], list({row.clinic_id for row in rows})
    splits = [row.id for row in rows if isinstance(loaded.definitions[row.version_id].steps[row.step], SplitStep)]
    ask = Together(conn)
    absences = ask(lambda conn: away(conn, clinic_ids, now))
    stops = ask(lambda conn: suppressions.standing_anywhere(conn, [row.email_key for row in rows if row.email_key]))
    hits = ask(lambda conn: _links(conn, lead_ids, now))
    visits = ask(lambda conn: appointments.of_leads(conn, lead_ids))
    mailed = ask(lambda conn: caps.taken(conn, lead_ids, local_day(now, "UTC") - 8))
    span = ask(restored.lost)
    chosen = ask(lambda conn: choices.of_runs(conn, splits))
    citing = {row.campaign_id for row in rows if loaded.definitions[row.version_id].cited}
    unreviewed = ask(lambda conn: campaigns.unreviewed(conn, citing, now - LASTS)) if citing else set
    if to_send:
        wordings = ask(lambda conn: consents.given_wordings(conn, lead_ids))
        paused = ask(lambda conn: campaigns.paused(conn, {row.campaign_id for row in rows}))
        people = ask(lambda conn: practitioners.active(conn, clinic_ids))
        kinds = ask(lambda conn: practitioners.visit_types(conn, clinic_ids))
    ask.now()
    loaded.closed = closed_by([loaded.clinics[key] for key in clinic_ids], absences(), now)
    loaded.stops, loaded.hits, loaded.mailed, loaded.chosen = stops(), hits(), mailed(), chosen()
    for visit in visits():
        loaded.visits.setdefault(visit.lead_id, []).append(visit)
        loaded.appointments[visit.id] = visit
    loaded.unreviewed = frozenset(unreviewed())
    lost = span()
    loaded.restored_until = 0 if lost is None else lost.until
    if to_send:
        loaded.print = Print(wordings(), houses_of(people(), kinds(), clinic_ids))
        loaded.paused = frozenset(paused())


def _links(conn: Connection, lead_ids: Collection[int], now: int) -> dict[int, list[Link]]:
    """Unflagged clicks and answers, those that do not count yet included."""
    asked = {"lead_ids": list(lead_ids), "since": now - 400 * DAY}
    found: dict[int, list[Link]] = {}
    for lead_id, *hit in conn.execute(_LINKS, asked):
        found.setdefault(lead_id, []).append(Link(*hit))
    return found


def _offers_slots(definition: Definition, step: str | None) -> bool:
    """Whether the step does, or (None) any."""
    if step is None:
        return any(mail.needs_slots for mail in definition.mails())
    return getattr(definition.steps[step], "needs_slots", False)
