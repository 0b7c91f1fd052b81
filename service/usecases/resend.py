"""Messages that come back: asked to wait by the provider, or known not to have gone out. They pass the gate again."""

from __future__ import annotations

from dataclasses import replace

from service.delivery.provider import Provider
from service.domain.campaign import Definition, MailStep
from service.domain.decision import Decision, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import DAY
from service.storage import enrollments, messages
from service.storage.enrollments import DueRow
from service.storage.messages import MessageRow
from service.usecases import facts as known
from service.usecases.advance import LEASE
from service.usecases.compose import Composed, Composer, Uncomposable
from service.usecases.dispatch import Outgoing, Probe, Tally, dispatch, silent
from service.usecases.kit import Kit

BATCH = 500


def resend_planned(kit: Kit, provider: Provider, probe: Probe = silent) -> Tally:
    """Hands over the planned messages whose hour has come. Each keeps its ref, its version and its values."""
    now = kit.clock()
    chosen = _choose(kit, now)
    if not chosen:
        return Tally()
    with kit.db.write() as conn:
        messages.drop(conn, {row.id: why for row, why in chosen if isinstance(why, str)}, now)
        messages.postpone(conn, {row.id: at for row, at in chosen if isinstance(at, int)})
        again = [row for row, composed in chosen if isinstance(composed, Composed)]
        taken = {row.id: row for row in messages.take_again(conn, again, now + LEASE)}
    outgoing = [
        Outgoing(
            message_id=row.id,
            fence=row.fence + 1,
            email_key=composed.letter.to,
            envelope=composed.envelope,
            shape=composed.shape,
            letter=composed.letter,
        )
        for row, composed in chosen
        if isinstance(composed, Composed) and row.id in taken
    ]
    tally = dispatch(kit, provider, outgoing, probe) if outgoing else Tally()
    tally.seen = len(chosen)
    return tally


def _choose(kit: Kit, now: int) -> list[tuple[MessageRow, Composed | str | int]]:
    """For each message what becomes of it: composed to go, a reason to drop it, or a later instant."""
    with kit.db.read() as conn:
        rows = messages.planned(conn, now, BATCH)
        if not rows:
            return []
        runs = {run.id: run for run in enrollments.with_leads(conn, {row.enrollment_id for row in rows})}
        pairs = [(row, _as_sent(runs[row.enrollment_id], row)) for row in rows]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        loaded = known.load(conn, [run for _, run in pairs], definitions, now)
        composer = Composer(kit, conn, loaded, versions, now)
        composer.prepare([(run, row.mail) for row, run in pairs])
        chosen: list[tuple[MessageRow, Composed | str | int]] = []
        for row, run in pairs:
            facts = loaded.facts[run.id]
            match _gate(definitions, row, run, facts, now):
                case Send():
                    chosen.append((row, _compose(kit, composer, row, run, facts)))
                case Wait(until):
                    chosen.append((row, until if until is not None else now + DAY))
                case refused:
                    chosen.append((row, getattr(refused, "reason", None) or getattr(refused, "guard", "") or "skipped"))
        return chosen


def _as_sent(run: DueRow, row: MessageRow) -> DueRow:
    """The enrollment as it stood at the step of this message."""
    return replace(run, version_id=row.version_id, step=row.step, visit=row.visit, due_at=row.due_at)


def _gate(definitions: dict[int, Definition], row: MessageRow, run: DueRow, facts: Facts, now: int) -> Decision:
    """The engine's own gate. Its cap is claimed already, and it is not overdue: it was handed over in time."""
    definition = definitions[row.version_id]
    step = definition.steps[row.step]
    if not isinstance(step, MailStep):
        raise TypeError(f"step '{row.step}' sends nothing")
    facts.sent_today = facts.sent_week = 0
    if row.useful_until is not None and now >= row.useful_until:
        facts.undeliverable = "too-late"
    enrollment = Enrollment(run.id, run.lead_id, row.step, row.visit, run.entered_at, now, now)
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
