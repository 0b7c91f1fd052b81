"""The half of a tick that holds no lock: who is due, what becomes of each, and their mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.campaign import Definition
from service.domain.decision import Decision, Send
from service.domain.enrollment import Facts
from service.storage import clinics, enrollments, ids
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases.alike import Verdict, Verdicts
from service.usecases.compose import Composed, Composer, Uncomposable
from service.usecases.keep_pace import Paces, paces
from service.usecases.kit import Kit


@dataclass(slots=True, eq=False)
class Planned:
    """One enrollment with what becomes of it; `composed` for a mail that goes out. `taken`: what its lead has claimed
    of the caps."""

    row: DueRow
    verdict: Verdict
    composed: Composed | None = None
    message_id: int = 0
    taken: Sequence[tuple[int, int]] = ()

    @property
    def decision(self) -> Decision:
        return self.verdict.decision

    @property
    def definition(self) -> Definition:
        return self.verdict.definition

    @property
    def facts(self) -> Facts:
        return self.verdict.facts

    @property
    def clinic(self) -> ClinicRow:
        return self.verdict.clinic


def plan(kit: Kit, now: int, limit: int, shard: int | None = None) -> list[Planned]:
    """Reads, decides and renders; writes nothing."""
    with kit.db.read() as conn:
        houses = clinics.everyone(conn)
        pace = paces(conn, houses.values(), now)
        stopped = [row.id for row in houses.values() if row.stopped_at is not None]
        rows = enrollments.due(conn, now, limit, stopped + pace.waiting, shard)
        if not rows:
            return []
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        loaded = known.read(conn, rows, definitions, now, houses=houses, to_send=True)
        verdicts = Verdicts(loaded, loaded.paused)
        taken = loaded.mailed
        planned = [Planned(row, verdicts.of(row), taken=taken.get(row.lead_id, ())) for row in rows]
        # Message ids rise in this order, and of two claims on one cap the lower id wins.
        if len({definition.priority for definition in definitions.values()}) > 1:
            planned.sort(key=lambda item: -item.verdict.definition.priority)
        _keep_to_the_day(planned, pace, verdicts)
        sends = [item for item in planned if type(item.verdict.decision) is Send]
        _compose(kit, Composer(kit, conn, loaded, versions, now), verdicts, sends)
    return planned


def _keep_to_the_day(planned: Sequence[Planned], pace: Paces, verdicts: Verdicts) -> None:
    """Decides anew, with that in mind, for those whose clinic has no more mails left today."""
    if not pace.by_day:
        return
    for item in planned:
        found = item.verdict
        if isinstance(found.decision, Send) and (full := pace.full(item.row.clinic_id)) and not found.step.service:
            item.verdict = verdicts.full(item.row, found, full)


def _compose(kit: Kit, composer: Composer, verdicts: Verdicts, sends: Sequence[Planned]) -> None:
    message_ids = ids.take(len(sends))
    composer.prepare([(item.row, item.verdict.mail) for item in sends])
    compose = composer.compose
    for item, message_id, token in zip(sends, message_ids, kit.links.mint_many("message", message_ids), strict=True):
        row, verdict = item.row, item.verdict
        try:
            item.composed = compose(row, verdict.facts, verdict.mail, step=row.step, visit=row.visit, token=token)
            item.message_id = message_id
        except Uncomposable:
            # One template that cannot be rendered holds its own mails back, not the batch.
            item.verdict = verdicts.broken(verdict)
