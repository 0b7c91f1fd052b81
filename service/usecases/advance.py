"""The tick: decide for everyone who is due, record the intent, hand over, record the outcome.

Deciding and rendering hold no lock. The write transaction drops whoever changed meanwhile, to be decided on again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection

from service.delivery.provider import Provider
from service.domain.campaign import Definition, MailStep
from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, EnrollmentState, Facts
from service.domain.message import MessageState
from service.domain.timing import local_day
from service.storage import (
    brakes,
    campaigns,
    caps,
    choices,
    clinics,
    enrollment_moves,
    enrollments,
    events,
    ids,
    leads,
    messages,
    refusals,
    suppressions,
)
from service.storage.enrollments import DueRow
from service.storage.suppressions import SuppressionRow
from service.usecases import facts as known
from service.usecases import moves
from service.usecases.again import again
from service.usecases.compose import Composed, Composer, Uncomposable
from service.usecases.dispatch import LEASE, Outgoing, Probe, Tally, silent
from service.usecases.flights import Flights
from service.usecases.kit import Kit
from service.usecases.perform import Deed, perform

BATCH = 500
RECORDED = frozenset(
    "paused overdue content-expired content-broken capped no-capacity brake outside-window visit-unmarked".split()  # noqa: SIM905
)
# Who came into a campaign's hands while it was being paused.
_REST = Wait(None, "campaign-paused")


@dataclass(slots=True)
class Planned:
    """One enrollment's decision with what it rests on; `composed` for a mail that goes out."""

    row: DueRow
    definition: Definition
    facts: Facts
    decision: Decision
    composed: Composed | None = None
    message_id: int = 0


@dataclass(slots=True)
class _Writes:
    moves: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    completed: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)


def always() -> bool:
    """Whether to go on, for whoever is never asked to stop."""
    return True


def advance(
    kit: Kit,
    provider: Provider,
    *,
    limit: int = BATCH,
    probe: Probe = silent,
    go_on: Callable[[], bool] = always,
    shard: int | None = None,
) -> Tally:
    """One pass over all that is due, or over what is due of the leads of one shard, while `go_on` says so before each
    batch. Safe to run twice, from several workers, and to be killed anywhere."""
    total = Tally()
    with Flights(kit, provider, probe) as flights:
        while go_on() and (room := flights.room(limit)):
            tally = advance_batch(kit, provider, room, probe, flights, shard)
            total.add(tally)
            if tally.moved == 0:
                break
    total.add(flights.tally)
    return total


def advance_batch(
    kit: Kit,
    provider: Provider,
    limit: int,
    probe: Probe = silent,
    flights: Flights | None = None,
    shard: int | None = None,
) -> Tally:
    """One batch. With `flights` the tally of what went out is theirs."""
    now = kit.clock()
    planned = plan(kit, now, limit, shard)
    tally = Tally(seen=len(planned))
    if not planned:
        return tally
    probe("before-intent")
    kept = again(lambda: commit(kit, provider.name, planned, now))
    probe("after-intent")
    tally.moved = len(kept)
    tally.exited = sum(isinstance(item.decision, Exit) for item in kept)
    outgoing = [_outgoing(item) for item in kept if item.composed is not None]
    if flights is not None:
        flights.send(outgoing, now)
        return tally
    with Flights(kit, provider, probe) as alone:
        alone.send(outgoing, now)
    tally.add(alone.tally)
    return tally


def plan(kit: Kit, now: int, limit: int, shard: int | None = None) -> list[Planned]:
    """Reads, decides and renders; writes nothing."""
    with kit.db.read() as conn:
        houses = clinics.everyone(conn)
        stopped = [row.id for row in houses.values() if row.stopped_at is not None]
        rows = enrollments.due(conn, now, limit, stopped, shard)
        if not rows:
            return []
        if len(rows) == limit:
            # A lead's other runs may stand in a later batch, and one of them may go first.
            rows += enrollments.also_due(conn, rows, now)
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        loaded = known.load(conn, rows, definitions, now, houses=houses)
        resting = campaigns.paused(conn, {row.campaign_id for row in rows})
        planned = []
        for row in rows:
            facts, definition = loaded.facts[row.id], definitions[row.version_id]
            decision = _REST if row.campaign_id in resting else decide(definition, at(row), facts, now)
            decision = _until_a_click_counts(decision, loaded.counting.get(row.id))
            planned.append(Planned(row, definition, facts, decision))
        # Message ids rise in this order, and of two claims on one cap the lower id wins.
        planned.sort(key=lambda item: -item.definition.priority)
        sends = [item for item in planned if isinstance(item.decision, Send)]
        composer = Composer(kit, conn, loaded, versions, now)
        _compose(kit, composer, sends)
    return planned


def at(row: DueRow) -> Enrollment:
    """The row as the engine knows it."""
    return Enrollment(
        id=row.id,
        lead_id=row.lead_id,
        step=row.step,
        visit=row.visit,
        entered_at=row.entered_at,
        since=row.since,
        due_at=row.due_at,
        held_at=row.held_at,
        visits=row.visits or {},
    )


def _until_a_click_counts(decision: Decision, counts_at: int | None) -> Decision:
    """A branch that would wait longer looks again as soon as a click that it has not seen yet counts."""
    match decision:
        case Wait(int(until), "not-yet") if counts_at is not None and counts_at < until:
            return replace(decision, until=counts_at)
    return decision


def _compose(kit: Kit, composer: Composer, sends: Sequence[Planned]) -> None:
    message_ids = ids.take(len(sends))
    composer.prepare([(item.row, item.decision.mail) for item in sends if isinstance(item.decision, Send)])
    tokens = kit.links.mint_many("message", message_ids)
    for item, message_id, token in zip(sends, message_ids, tokens, strict=True):
        if not isinstance(item.decision, Send):
            continue
        try:
            item.composed = composer.compose(
                item.row, item.facts, item.decision.mail, step=item.decision.step.key, visit=item.row.visit, token=token
            )
            item.message_id = message_id
        except Uncomposable:
            # One template that cannot be rendered holds its own mails back, not the batch.
            item.decision = Wait(None, "content-broken")


def commit(kit: Kit, provider: str, planned: Sequence[Planned], now: int) -> list[Planned]:
    """The short write transaction. Gives those that went through; the others are decided on again."""
    with kit.db.write() as conn:
        # What their steps do locks leads; everybody else takes a lead before its runs, so this does as well.
        leads.lock_many(conn, {item.row.lead_id for item in planned if getattr(item.decision, "effects", ())})
        kept = _still_true(conn, planned, now)
        writes = _Writes()
        for item in kept:
            _write(item, now, provider, writes)
        messages.insert_in_flight(conn, writes.messages)
        enrollment_moves.move(conn, writes.moves)
        refusals.add_many(conn, writes.refused)
        events.add_many(conn, writes.completed)
        choices.add_many(conn, writes.choices)
        perform(conn, kit, writes.deeds, now)
    return kept


def _still_true(conn: Connection, planned: Sequence[Planned], now: int) -> list[Planned]:
    """Those whose revision, consent and suppression are as they were read, whose cap is free and whose clinic sends."""
    same = enrollments.unchanged(conn, [item.row for item in planned])
    sends = [item for item in planned if item.composed is not None and item.row.id in same]
    standing = suppressions.standing_anywhere(conn, {item.row.email_key for item in sends if item.row.email_key})
    held_back = brakes.standing(conn) if sends else {}
    stopped = {
        item.row.id
        for item in sends
        if brakes.holds(held_back, item.row.clinic_id, _step(item).service)
        or stops(standing.get(item.row.email_key or "", ()), item.row.clinic_id, _step(item).service)
    }
    claims = {
        item.row.id: caps.Claim(
            item.row.lead_id, local_day(now, item.row.zone), room_today(item.facts), item.message_id
        )
        for item in sends
        if item.row.id not in stopped and not _step(item).service
    }
    won = caps.claim(conn, list(claims.values()))
    lost = {row_id for row_id, claim in claims.items() if claim.message_id not in won}
    return [item for item in planned if item.row.id in same and item.row.id not in stopped | lost]


def room_today(facts: Facts) -> int:
    """The most marketing mails that the lead's day may see: what the week has left counts as well."""
    return min(facts.cap_day, facts.sent_today + facts.cap_week - facts.sent_week)


def stops(found: Sequence[SuppressionRow], clinic_id: int, service: bool) -> bool:
    """Whether one of the suppressions stands against a mail of this clinic."""
    return any(
        (stop.clinic_id is None or stop.clinic_id == clinic_id) and (stop.reason in known.UNDELIVERABLE or not service)
        for stop in found
    )


def _step(item: Planned) -> MailStep:
    step = item.definition.steps[item.row.step]
    if not isinstance(step, MailStep):
        raise TypeError(f"step '{step.key}' sends nothing")
    return step


def _write(item: Planned, now: int, provider: str, writes: _Writes) -> None:
    match item.decision:
        case Send(step, _mail, then):
            writes.messages.append(_message(item, step, now, provider))
            _forward(item, then, now, writes)
        case Wait(until, guard, holds):
            writes.moves.append(moves.wait(item.row, until, guard, holds, now))
            if guard in RECORDED and guard != item.row.guard:
                writes.refused.append(moves.refused(item.row, item.facts, "waited", guard, guard, until, now))
        case Act(kind, then, guard, label, effects):
            if kind == "split":
                writes.choices.append(_choice(item.row, label, now))
            writes.deeds += [Deed(item.row, effect) for effect in effects]
            if kind == "skipped" and guard is not None:
                writes.refused.append(moves.refused(item.row, item.facts, "skipped", guard, guard, None, now))
            _forward(item, then, now, writes)
        case Exit(guard, reason):
            writes.moves.append(moves.move(item.row, EnrollmentState.EXITED, ended=now, reason=reason))
            writes.refused.append(moves.refused(item.row, item.facts, "exited", guard, reason, None, now))


def _forward(item: Planned, then: Place | None, now: int, writes: _Writes) -> None:
    writes.moves.append(moves.forward(item.row, then, now, item.definition.loops))
    if then is not None:
        return
    writes.completed.append(
        {
            "clinic_id": item.row.clinic_id,
            "lead_id": item.row.lead_id,
            "at": now,
            "kind": "completed",
            "enrollment_id": item.row.id,
            "data": {"campaign": item.definition.key},
        }
    )


def _choice(row: DueRow, label: str, now: int) -> dict[str, Any]:
    return {
        "enrollment_id": row.id,
        "step": row.step,
        "clinic_id": row.clinic_id,
        "lead_id": row.lead_id,
        "campaign_id": row.campaign_id,
        "label": label,
        "at": now,
    }


def _message(item: Planned, step: MailStep, now: int, provider: str) -> dict[str, Any]:
    row, composed = item.row, item.composed
    if composed is None or not isinstance(item.decision, Send):
        raise TypeError("a message without its mail")
    return {
        "id": item.message_id,
        "clinic_id": row.clinic_id,
        "lead_id": row.lead_id,
        "enrollment_id": row.id,
        "campaign_id": row.campaign_id,
        "version_id": row.version_id,
        "step": step.key,
        "visit": row.visit,
        "mail": item.decision.mail,
        "service": step.service,
        "ref": composed.letter.ref,
        "state": MessageState.IN_FLIGHT.value,
        "due_at": row.due_at,
        "created_at": now,
        "lease_until": now + LEASE,
        "fence": 1,
        "tries": 1,
        "provider": provider,
        "why": moves.why(item.row, item.facts),
        "values": composed.kept,
        "useful_until": composed.useful_until,
    }


def _outgoing(item: Planned) -> Outgoing:
    if item.composed is None:
        raise TypeError("nothing to hand over")
    return Outgoing(
        message_id=item.message_id,
        fence=1,
        email_key=item.row.email_key or "",
        envelope=item.composed.envelope,
        shape=item.composed.shape,
        letter=item.composed.letter,
        clinic_id=item.row.clinic_id,
    )
