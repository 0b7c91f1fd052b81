"""Messages that come back: asked to wait by the provider, or known not to have gone out. They pass the gate again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from service.delivery.provider import Provider
from service.domain.campaign import Definition, MailStep
from service.domain.decision import Decision, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.gate import BRAKE_RECHECK
from service.domain.timing import DAY, local_day
from service.storage import campaigns, caps, enrollments, messages, runs, suppressions
from service.storage.enrollments import DueRow
from service.storage.messages import MessageRow
from service.usecases import facts as known
from service.usecases.advance import stops
from service.usecases.compose import Composed, Composer, Uncomposable
from service.usecases.dispatch import LEASE, Outgoing, Probe, Tally, dispatch, silent
from service.usecases.kit import Kit

BATCH = 500


@dataclass(slots=True)
class Again:
    """A planned message with what becomes of it: composed to go, a reason to drop it, or a later instant. `cap_day` is
    the local day whose cap it holds."""

    message: MessageRow
    run: DueRow
    what: Composed | str | int
    cap_day: int | None
    mailed_today: int


def resend_planned(kit: Kit, provider: Provider, probe: Probe = silent) -> Tally:
    """Hands over the planned messages whose hour has come. Each keeps its ref, its version and its values."""
    now = kit.clock()
    chosen = _choose(kit, now)
    if not chosen:
        return Tally()
    probe("before-intent")
    outgoing = _take(kit, chosen, now)
    probe("after-intent")
    tally = dispatch(kit, provider, outgoing, probe) if outgoing else Tally()
    tally.seen = len(chosen)
    return tally


def _take(kit: Kit, chosen: Sequence[Again], now: int) -> list[Outgoing]:
    """The short write transaction. Whoever changed since the reading stays planned, to be looked at again."""
    with kit.db.write() as conn:
        messages.drop(conn, {item.message.id: item.what for item in chosen if isinstance(item.what, str)}, now)
        messages.postpone(conn, {item.message.id: item.what for item in chosen if isinstance(item.what, int)})
        going = _still_true(conn, [item for item in chosen if isinstance(item.what, Composed)], now)
        taken = {row.id for row in messages.take_again(conn, [item.message for item in going], now + LEASE)}
    return [
        Outgoing(
            message_id=item.message.id,
            fence=item.message.fence + 1,
            email_key=item.run.email_key or "",
            envelope=item.what.envelope,
            shape=item.what.shape,
            letter=item.what.letter,
        )
        for item in going
        if isinstance(item.what, Composed) and item.message.id in taken
    ]


def _still_true(conn: Connection, going: Sequence[Again], now: int) -> list[Again]:
    same = enrollments.still_as_read(conn, [item.run for item in going])
    standing = suppressions.standing_anywhere(conn, {item.run.email_key for item in going if item.run.email_key})
    free = [
        item
        for item in going
        if item.run.id in same
        and not stops(standing.get(item.run.email_key or "", ()), item.run.clinic_id, item.message.service)
    ]
    return [item for item in free if _has_its_day(conn, item, now)]


def _has_its_day(conn: Connection, item: Again, now: int) -> bool:
    """A cap counts on the day of the hand-over: what comes back on another day claims that one."""
    today = local_day(now, item.run.zone)
    if item.message.service or item.cap_day == today:
        return True
    claim = caps.Claim(item.run.lead_id, today, item.mailed_today + 1, item.message.id)
    if not caps.claim(conn, [claim]):
        return False
    if item.cap_day is not None:
        caps.release(conn, item.run.lead_id, item.cap_day, item.message.id)
    return True


def _choose(kit: Kit, now: int) -> list[Again]:
    with kit.db.read() as conn:
        rows = messages.planned(conn, now, BATCH)
        if not rows:
            return []
        run_ids = {row.enrollment_id for row in rows}
        by_id = {run.id: run for run in enrollments.with_leads(conn, run_ids)}
        left = runs.left(conn, run_ids)
        resting = campaigns.paused(conn, {row.campaign_id for row in rows})
        pairs = [(row, _as_sent(by_id[row.enrollment_id], row)) for row in rows]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        days = caps.of_messages(conn, [row.id for row in rows], {row.lead_id for row in rows})
        chosen: list[Again] = []
        for part in _one_a_run(pairs):
            loaded = known.load(conn, [run for _, run in part], definitions, now)
            composer = Composer(kit, conn, loaded, versions, now)
            composer.prepare([(run, row.mail) for row, run in part])
            for row, run in part:
                facts, day = loaded.facts[run.id], days.get(row.id)
                _give_back(facts, day, local_day(now, run.zone))
                if row.campaign_id in resting:
                    what: Composed | str | int = now + BRAKE_RECHECK
                else:
                    what = left.get(run.id) or _decide(kit, composer, definitions, row, run, facts, now)
                chosen.append(Again(row, run, what, day, facts.sent_today))
        return chosen


def _one_a_run(pairs: Sequence[tuple[MessageRow, DueRow]]) -> list[list[tuple[MessageRow, DueRow]]]:
    """Facts are kept by enrollment: two messages of one are looked at one after the other."""
    parts: list[dict[int, tuple[MessageRow, DueRow]]] = []
    for row, run in pairs:
        part = next((each for each in parts if run.id not in each), None)
        if part is None:
            part = {}
            parts.append(part)
        part[run.id] = (row, run)
    return [list(part.values()) for part in parts]


def _as_sent(run: DueRow, row: MessageRow) -> DueRow:
    """The enrollment as it stood at the step of this message."""
    return replace(run, version_id=row.version_id, step=row.step, visit=row.visit, due_at=row.due_at)


def _give_back(facts: Facts, day: int | None, today: int) -> None:
    """The message's own claim does not stand in its way."""
    if day is None:
        return
    facts.sent_today -= day == today
    facts.sent_week -= today - 7 < day <= today


def _decide(
    kit: Kit,
    composer: Composer,
    definitions: Mapping[int, Definition],
    row: MessageRow,
    run: DueRow,
    facts: Facts,
    now: int,
) -> Composed | str | int:
    match _gate(definitions[row.version_id], row, run, facts, now):
        case Send():
            return _compose(kit, composer, row, run, facts)
        case Wait(until):
            return until if until is not None else now + DAY
        case refused:
            return getattr(refused, "reason", None) or getattr(refused, "guard", None) or "skipped"


def _gate(definition: Definition, row: MessageRow, run: DueRow, facts: Facts, now: int) -> Decision:
    """The engine's own gate. It is not overdue, for it was handed over in time; a cap or missing slots hold it for
    seven days from then."""
    step = definition.steps[row.step]
    if not isinstance(step, MailStep):
        raise TypeError(f"step '{row.step}' sends nothing")
    if row.useful_until is not None and now >= row.useful_until:
        facts.undeliverable = "too-late"
    enrollment = Enrollment(run.id, run.lead_id, row.step, row.visit, run.entered_at, now, now, held_at=row.created_at)
    return decide(definition, enrollment, facts, now)


def _compose(kit: Kit, composer: Composer, row: MessageRow, run: DueRow, facts: Facts) -> Composed | str:
    try:
        return composer.compose(
            run,
            facts,
            row.mail,
            step=row.step,
            visit=row.visit,
            token=kit.links.mint("message", row.id),
            kept=dict(row.values) if row.values else None,
            resend=True,
        )
    except Uncomposable:
        return "content-broken"
