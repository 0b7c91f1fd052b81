"""After a backup was put back, nothing that was due since leaves by itself: it may have gone already, in the days that
are lost. A person decides, or the provider tells: a mail's opaque name is the same as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from service.delivery.provider import Provider
from service.domain.acts import EndStep, JumpStep
from service.domain.campaign import Definition, MailStep, WaitStep
from service.domain.decision import Act, Place
from service.domain.engine import decide
from service.domain.enrollment import EnrollmentState, Facts
from service.domain.message import Asked, MessageState
from service.domain.places import place_or_end
from service.domain.refs import ref
from service.domain.timing import DAY, local_day
from service.domain.visits import arrive
from service.domain.ways import ahead
from service.storage import (
    audits,
    caps,
    clinics,
    enrollment_moves,
    events,
    ids,
    publications,
    restored,
    sessions,
    workers,
)
from service.storage.database import Database
from service.storage.enrollments import DueRow
from service.storage.restored import Lost
from service.usecases import facts as known
from service.usecases import moves
from service.usecases.again import again
from service.usecases.alike import at
from service.usecases.kit import Kit
from service.usecases.record_events import apply_waiting_events

BATCH, REFS = 500, 1_000
REMEMBERED = 3 * DAY  # as long as reports on unknown mails are kept waiting
UNCAPPED = 1_000


@dataclass(frozen=True, slots=True)
class Holding:
    """`people` are held; of `mails` it is in doubt whether they went."""

    lost: Lost
    people: int
    mails: int


@dataclass(frozen=True, slots=True)
class _Had:
    """A mail of a run that the provider had."""

    step: str
    visit: int
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class _Settled:
    """A run, the mails that it was sent in the days that are lost, the run as it stood `behind` the last of them, and
    where it goes from there."""

    row: DueRow
    definition: Definition
    had: Sequence[_Had]
    behind: DueRow
    place: Place | None


def hold_restored(db: Database, now: int) -> Holding:
    """Holds all that is due at `now`, before any worker has looked at it. Twice is once."""
    with db.write() as conn:
        span = Lost(min(restored.newest_moment(conn), now), now)
        restored.remember(conn, span)
        people, mails = restored.hold(conn, now), restored.doubt(conn)
        workers.forget(conn)
        sessions.end_everybodys(conn)  # who was signed out in the lost days stays so
        for clinic_id in clinics.everyone(conn):
            data = {"since": span.since, "people": people, "mails": mails}
            audits.record(conn, clinic_id, None, now, "backup put back", str(clinic_id), data)
    return Holding(span, people, mails)


def settle_restored(kit: Kit, provider: Provider) -> int:
    """Where the provider's reports, or the provider itself, name a mail of somebody who is held, it counts as sent and
    the series goes on behind it. Gives how many people were settled; the others wait for a person."""
    with kit.db.read() as conn:
        span = restored.lost(conn)
        if span is None:
            return 0
        waiting = restored.any_held(conn)
    if not waiting:
        if kit.clock() > span.until + REMEMBERED:
            with kit.db.write() as conn:
                restored.forget(conn)
        return 0
    after, settled = 0, 0
    while True:
        with kit.db.read() as conn:
            rows = restored.held(conn, after, BATCH)
        if not rows:
            break
        after = rows[-1].id
        settled += _settle(kit, provider, rows, span)
    if settled:
        apply_waiting_events(kit)
    return settled


def _settle(kit: Kit, provider: Provider, rows: Sequence[DueRow], span: Lost) -> int:
    now = kit.clock()
    with kit.db.read() as conn:
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        names = {row.id: _names(kit.ref_key, definitions[row.version_id], row) for row in rows}
        refs = [name for found in names.values() for name in found]
        told = restored.reported(conn, refs)
        facts = known.load(conn, rows, definitions, now).facts
    asked = [Asked(name, row.email or "", span.since, span.until, sure=False) for row in rows for name in names[row.id]]
    for start in range(0, len(asked), REFS):
        for name, has in provider.recall(asked[start : start + REFS], now).items():
            if has:
                told.setdefault(name, 0)
    found = [
        _settled(row, definitions[row.version_id], names[row.id], told, facts[row.id], span)
        for row in rows
        if not told.keys().isdisjoint(names[row.id])
    ]
    return again(partial(_write, kit, provider.name, found, span, now)) if found else 0


def _names(key: bytes, definition: Definition, row: DueRow) -> dict[str, tuple[str, int]]:
    """By ref: each mail, with its visit, that may have gone to the run since the backup, nearest first."""
    visits, found = row.visits or {}, {}
    for step in ahead(definition, row.step):
        count = visits.get(step, 0)
        if isinstance(definition.steps[step], MailStep) and count >= 0:
            visit = row.visit if step == row.step else count + 1
            found[ref(key, row.id, step, visit)] = (step, visit)
    return found


def _settled(
    row: DueRow,
    definition: Definition,
    names: Mapping[str, tuple[str, int]],
    told: Mapping[str, int],
    facts: Facts,
    span: Lost,
) -> _Settled:
    had = [
        _Had(step, visit, name, min(told[name] or _latest(row, step, span), span.until))
        for name, (step, visit) in names.items()
        if name in told
    ]
    last = next((each for each in reversed(had) if not _behind(definition, each, had)), had[-1])
    visits = dict(row.visits or {})
    if definition.loops:
        visits |= {each.step: max(each.visit, visits.get(each.step, 0)) for each in had}
    behind = row._replace(step=last.step, visit=last.visit, visits=visits or None)
    place = place_or_end(definition, definition.steps[last.step].then, last.at, facts)
    return _Settled(row, definition, had, *_onward(definition, behind, place, facts, span))


def _onward(
    definition: Definition, row: DueRow, place: Place | None, facts: Facts, span: Lost
) -> tuple[DueRow, Place | None]:
    """Past the waits and jumps that were over in the days that are lost: they do nothing that would be done twice."""
    while place is not None and place.due <= span.until:
        if not isinstance(definition.steps[place.step], WaitStep | JumpStep | EndStep):
            break
        visit, visits = arrive(row.visits or {}, row.step, place.step, definition.loops)
        there = row._replace(
            step=place.step, visit=visit, visits=visits or None, since=place.since, due_at=place.due, held_at=None
        )
        decision = decide(definition, at(there), facts, place.due)
        if not isinstance(decision, Act):
            break
        row, place = there, decision.then
    return row, place


def _latest(row: DueRow, step: str, span: Lost) -> int:
    """When it went at the latest, where nobody tells: what follows it then comes rather too late than too early."""
    return max(row.due_at, span.since) if step == row.step else span.until


def _behind(definition: Definition, one: _Had, had: Sequence[_Had]) -> bool:
    """Whether another of the mails came after this one."""
    later = {each.step for each in had if each is not one and each.at >= one.at}
    return not later.isdisjoint(ahead(definition, one.step)[1:])


def _write(kit: Kit, provider: str, found: Sequence[_Settled], span: Lost, now: int) -> int:
    with kit.db.write() as conn:
        same = publications.lock_as_read(conn, [each.row for each in found])
        true = [each for each in found if each.row.id in same]
        restored.reopen_reports(conn, [had.ref for each in true for had in each.had])
        sent = [(each, had) for each in true for had in each.had]
        rows = [_message(each, had, provider, now) for each, had in sent]
        numbered = [{**row, "id": number} for number, row in zip(ids.take(len(rows)), rows, strict=True)]
        new = restored.add_sent(conn, numbered)
        _count(conn, [(row, each.row.zone) for row, (each, _) in zip(numbered, sent, strict=True) if row["id"] in new])
        enrollment_moves.move(conn, [_moved(each, span, now) for each in true])
        over = [each for each in true if each.place is None]
        events.add_many(conn, [moves.completed(each.row, each.definition.key, now) for each in over])
    return len(true)


def _message(each: _Settled, had: _Had, provider: str, now: int) -> dict[str, Any]:
    step = each.definition.steps[had.step]
    if not isinstance(step, MailStep):
        raise TypeError(f"step '{had.step}' sends nothing")
    return {
        "clinic_id": each.row.clinic_id,
        "lead_id": each.row.lead_id,
        "enrollment_id": each.row.id,
        "campaign_id": each.row.campaign_id,
        "version_id": each.row.version_id,
        "step": had.step,
        "visit": had.visit,
        "mail": step.mail,
        "service": step.service,
        "ref": had.ref,
        "state": MessageState.ACCEPTED.value,
        "due_at": had.at,
        "created_at": had.at,
        "provider": provider,
        "why": {"due_at": had.at, "consent_at": each.row.consent_at, "waited_for": restored.GUARD},
        "accepted_at": had.at,
        "settled_at": now,
    }


def _count(conn: Connection, sent: Sequence[tuple[Mapping[str, Any], str]]) -> None:
    """They went on their day, and count for its cap and its week's: each with the lead's zone."""
    claims = [
        caps.Claim(row["lead_id"], local_day(row["accepted_at"], zone), UNCAPPED, row["id"])
        for row, zone in sent
        if not row["service"]
    ]
    caps.claim(conn, claims)


def _moved(each: _Settled, span: Lost, now: int) -> dict[str, Any]:
    """On behind the last of them; held once more where that too was due in the days that are lost."""
    there = moves.forward(each.behind, each.place, now, each.definition.loops)
    if each.place is not None and each.place.due <= span.until:
        there |= {"to_state": int(EnrollmentState.PAUSED), "to_guard": restored.GUARD}
    return there
