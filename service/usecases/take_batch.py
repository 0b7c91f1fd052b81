"""The half of a tick that writes: one short transaction takes a batch in hand, and drops whoever changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from service.domain.decision import Act, Exit, Place, Send, Wait
from service.domain.enrollment import Facts
from service.domain.message import MessageState
from service.domain.timing import local_day
from service.storage import (
    brakes,
    caps,
    choices,
    enrollment_moves,
    enrollments,
    events,
    leads,
    messages,
    refusals,
    suppressions,
)
from service.storage.enrollments import DueRow
from service.storage.suppressions import SuppressionRow
from service.storage.together import Together
from service.usecases import moves
from service.usecases.dispatch import LEASE
from service.usecases.keep_pace import Claim, Want, limited
from service.usecases.kit import Kit
from service.usecases.loaded import UNDELIVERABLE
from service.usecases.perform import Deed, perform
from service.usecases.plan_batch import Planned

_STATE = MessageState.IN_FLIGHT.value
RECORDED = frozenset(
    "paused overdue content-expired content-broken capped no-capacity pace brake outside-window visit-unmarked".split()  # noqa: SIM905
)


class Rows(NamedTuple):
    """What one enrollment writes: its move, its message if it sends, and what only few have besides."""

    move: tuple[Any, ...]
    message: tuple[Any, ...] | None = None
    refused: dict[str, Any] | None = None
    completed: dict[str, Any] | None = None
    choice: dict[str, Any] | None = None
    deeds: tuple[Deed, ...] = ()


def commit(kit: Kit, provider: str, planned: Sequence[Planned], now: int) -> list[Planned]:
    """The short write transaction. Gives those that went through; the others are decided on again."""
    # Made before the lock is taken: almost all of them stay as they are.
    made = [rows_of(item, now, provider) for item in planned]
    bound = {item.row.lead_id for item in planned if getattr(item.verdict.decision, "effects", ())}
    with kit.db.write() as conn:
        # What their steps do locks leads; everybody else takes a lead before its runs, so this does as well.
        leads.lock_many(conn, bound)
        gone = _gone(conn, kit, provider, planned, now)
        kept = list(planned)
        if gone:
            kept = [item for item in planned if item.row.id not in gone]
            made = [rows for rows, item in zip(made, planned, strict=True) if item.row.id not in gone]
        messages.insert_in_flight(conn, [rows.message for rows in made if rows.message is not None])
        enrollment_moves.move_rows(conn, [rows.move for rows in made])
        refusals.add_many(conn, [rows.refused for rows in made if rows.refused is not None])
        events.add_many(conn, [rows.completed for rows in made if rows.completed is not None])
        choices.add_many(conn, [rows.choice for rows in made if rows.choice is not None])
        perform(conn, kit, [deed for rows in made for deed in rows.deeds], now)
    return kept


def _gone(conn: Connection, kit: Kit, provider: str, planned: Sequence[Planned], now: int) -> set[int]:
    """The runs of which it is no longer true: whose revision, consent or suppression is not as it was read, whose cap
    or rates have no room, or whose clinic does not send."""
    sends = [item for item in planned if item.composed is not None]
    addresses = [item.row.email_key for item in sends if item.row.email_key]
    ask = Together(conn)
    as_read = ask(lambda conn: enrollments.unchanged(conn, [item.row for item in planned]))
    stopped_now = ask(lambda conn: suppressions.standing_anywhere(conn, addresses))
    held_now = ask(brakes.standing)
    ask.now()
    same, standing, held_back = as_read(), stopped_now(), held_now()
    gone = {item.row.id for item in planned if item.row.id not in same} if len(same) < len(planned) else set[int]()
    sends = [item for item in sends if item.row.id not in gone]
    if not sends:
        return gone
    if standing or held_back:
        gone |= {item.row.id for item in sends if _stopped(item, standing, held_back)}
        sends = [item for item in sends if item.row.id not in gone]
    pace = Claim(conn, kit, provider, _wants(kit, sends), now)
    if pace.refused:
        gone |= {item.row.id for item in sends if item.message_id in pace.refused}
    claims = [
        caps.Claim(item.row.lead_id, local_day(now, item.row.zone), room_today(item.verdict.facts), item.message_id)
        for item in sends
        if not item.verdict.step.service and item.message_id not in pace.refused
    ]
    won = caps.claim_as_read(conn, claims, {item.row.lead_id: item.taken for item in sends if item.taken})
    if len(won) < len(claims):
        lost = {claim.message_id for claim in claims} - won
        gone |= {item.row.id for item in sends if item.message_id in lost}
    if pace.any:
        pace.spend(item.message_id for item in sends if item.row.id not in gone)
    return gone


def _stopped(item: Planned, standing: Mapping[str, Sequence[SuppressionRow]], held_back: dict[int, bool]) -> bool:
    clinic_id, service = item.row.clinic_id, item.verdict.step.service
    return brakes.holds(held_back, clinic_id, service) or stops(
        standing.get(item.row.email_key or "", ()), clinic_id, service
    )


def _wants(kit: Kit, sends: Sequence[Planned]) -> list[Want]:
    if not limited(kit, {item.row.clinic_id: item.verdict.clinic for item in sends}.values()):
        return []
    return [Want(item.message_id, item.verdict.clinic, item.verdict.step.service) for item in sends]


def room_today(facts: Facts) -> int:
    """The most marketing mails that the lead's day may see: what the week has left counts as well."""
    return min(facts.cap_day, facts.sent_today + facts.cap_week - facts.sent_week)


def stops(found: Sequence[SuppressionRow], clinic_id: int, service: bool) -> bool:
    """Whether one of the suppressions stands against a mail of this clinic."""
    return any(
        (stop.clinic_id is None or stop.clinic_id == clinic_id) and (stop.reason in UNDELIVERABLE or not service)
        for stop in found
    )


def rows_of(item: Planned, now: int, provider: str) -> Rows:
    """What is written when nothing has changed meanwhile."""
    row, verdict = item.row, item.verdict
    match verdict.decision:
        case Send(_step, _mail, then):
            return Rows(_move(item, now), _message(item, now, provider), completed=_completed(item, then, now))
        case Wait(until, guard):
            told = guard in RECORDED and guard != row.guard
            refused = moves.refused(row, verdict.facts, "waited", guard, guard, until, now) if told else None
            return Rows(_move(item, now), refused=refused)
        case Act(kind, then, guard, label, effects):
            refused = None
            if kind == "skipped" and guard is not None:
                refused = moves.refused(row, verdict.facts, "skipped", guard, guard, None, now)
            return Rows(
                _move(item, now),
                refused=refused,
                completed=_completed(item, then, now),
                choice=_choice(row, label, now) if kind == "split" else None,
                deeds=tuple(Deed(row, effect) for effect in effects),
            )
        case Exit(guard, reason):
            return Rows(_move(item, now), refused=moves.refused(row, verdict.facts, "exited", guard, reason, None, now))


def _move(item: Planned, now: int) -> tuple[Any, ...]:
    """Of those with one verdict it differs by the run's id alone, and by its `since` where it stays."""
    row, made = item.row, item.verdict.made
    found = made.get("move")
    if found is None:
        found = made["move"] = moves.decided(row, item.verdict.decision, item.verdict.definition.loops, now)
    head, since, tail = found
    return (*head, row.since if since is None else since, *tail, row.id)


def _message(item: Planned, now: int, provider: str) -> tuple[Any, ...]:
    """In the order of messages.NEW."""
    row, verdict, composed = item.row, item.verdict, item.composed
    if composed is None:
        raise TypeError("nothing was composed")
    rest = verdict.made.get("why")
    if rest is None:
        rest = verdict.made["why"] = moves.why_rest(row, verdict.facts)
    return (
        *(item.message_id, row.clinic_id, row.lead_id, row.id, row.campaign_id, row.version_id, row.step, row.visit),
        *(verdict.mail, verdict.step.service, composed.letter.ref, _STATE, row.due_at, now, now + LEASE, 1, 1),
        *(provider, composed.useful_until, moves.why_text(row, rest), composed.kept),
    )


def _completed(item: Planned, then: Place | None, now: int) -> dict[str, Any] | None:
    return None if then is not None else moves.completed(item.row, item.verdict.definition.key, now)


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
