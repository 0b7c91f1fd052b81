"""What leads did is looked at once it counts: the points it brings are kept as entries, who waits at a branch is looked
at, and who is led into a campaign by it enters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.engine import Connection

from service.domain.words import ANSWERS, EVENTS, LINKS
from service.storage import clinics, scores
from service.storage import settings as stored
from service.storage.scores import Deed, Entry, RuleRow
from service.usecases.enter_by_deeds import enter_by_deeds
from service.usecases.kit import Kit
from service.usecases.leave import wake

BATCH = 500
MOST_BATCHES = 40  # in one go: the rest waits for the next
RESCORE = "rescore:"  # with the clinic's id: its scores are being made anew, up to this lead
_Some = Callable[[Kit], int]


def score_leads(kit: Kit) -> int:
    """All that counts by now and was not looked at, then scores to be made anew; gives how many deeds and leads were
    looked at. Killed anywhere, the next round goes on."""
    return _in_batches(kit, _score_some) + _in_batches(kit, _rescore_some)


def rescore_from_now(conn: Connection, clinic_id: int) -> None:
    """Has every score of the clinic made anew, from the first lead on."""
    stored.put(conn, f"{RESCORE}{clinic_id}", "0")


def _in_batches(kit: Kit, some: _Some) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        looked = some(kit)
        total += looked
        if not looked:
            break
    return total


def _score_some(kit: Kit) -> int:
    now = kit.clock()
    with kit.db.read() as conn:
        if not scores.waiting(conn, now):
            return 0
    with kit.db.write() as conn:
        deeds = scores.claim(conn, now, BATCH)
        if deeds:
            counted = [deed for deed in deeds if deed.flag is None]
            _give(conn, counted, sorted({deed.lead_id for deed in counted}))
            wake(conn, kit, {deed.lead_id for deed in counted}, now)
            enter_by_deeds(conn, kit, counted, now)
            scores.note_scored(conn, [deed.id for deed in deeds], now)
    return len(deeds)


def _give(conn: Connection, deeds: Sequence[Deed], lead_ids: Sequence[int]) -> None:
    scores.lock(conn, lead_ids)
    clinic_ids = {deed.clinic_id for deed in deeds}
    entries = list(_entries(deeds, scores.rules_of(conn, clinic_ids)))
    scores.add_entries(conn, entries)
    houses = clinics.everyone(conn) if entries else {}
    scores.rank_anew(conn, {entry.lead_id: houses[entry.clinic_id].score_half_life for entry in entries})


def _entries(deeds: Iterable[Deed], rules: dict[int, list[RuleRow]]) -> Iterable[Entry]:
    for deed in deeds:
        for row in rules[deed.clinic_id]:
            if row.rule.fits(deed.kind, deed.link):
                why = _words(deed)
                yield Entry(deed.clinic_id, deed.lead_id, deed.at, row.rule.points, why, deed.id, row.id)


def _words(deed: Deed) -> str:
    if deed.kind == "clicked" and deed.link in LINKS:
        return LINKS[deed.link]
    plain = EVENTS.get(deed.kind, deed.kind)
    return f"{plain}: {ANSWERS.get(deed.link, deed.link)}" if deed.link else plain


def _rescore_some(kit: Kit) -> int:
    with kit.db.read() as conn:
        if not stored.beginning(conn, RESCORE):
            return 0
    with kit.db.write() as conn:
        for key, value in stored.beginning(conn, RESCORE, claim=True).items():
            return _rescore(conn, key, int(key.removeprefix(RESCORE)), int(value))
    return 0


def _rescore(conn: Connection, key: str, clinic_id: int, last: int) -> int:
    lead_ids = scores.leads_after(conn, clinic_id, last, BATCH)
    scores.lock(conn, lead_ids)
    scores.drop_ruled(conn, lead_ids)
    scores.add_entries(conn, list(_entries(scores.scored_of(conn, lead_ids), scores.rules_of(conn, [clinic_id]))))
    scores.rank_anew(conn, dict.fromkeys(lead_ids, clinics.get(conn, clinic_id).score_half_life))
    if len(lead_ids) < BATCH:
        stored.remove(conn, key)
    else:
        stored.put(conn, key, str(lead_ids[-1]))
    return len(lead_ids)
