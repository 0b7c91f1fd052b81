"""One act on many people: looked at first, done in batches, and taken back within the hour where it does no harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.domain.acts import AddTag, RemoveTag
from service.domain.bulk_words import CHANGES
from service.domain.timing import HOUR
from service.storage import audits, leads, marks
from service.storage.leads import LeadRow
from service.storage.users import UserRow
from service.usecases.enroll import Occasion, enter_many
from service.usecases.enroll_by_hand import series_here
from service.usecases.kit import Kit
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.pause_mails import pause, resume
from service.usecases.unsubscribe import stop_mails, stopped

MOST = 500  # people an act
BATCH = 50  # people a transaction
UNDO_FOR = HOUR
UNDOABLE = frozenset({"pause", "tag"})
RECORDED = "people changed together"


@dataclass(frozen=True, slots=True)
class Act:
    """`kind`: one of bulk_words.ACTS. `tag`: of tag and untag; `campaign_id`: of enroll."""

    kind: str
    tag: str = ""
    campaign_id: int = 0


@dataclass(slots=True)
class Outcome:
    """What became, or would become, of each. `undo`: what the record calls it by, where it may be taken back."""

    fates: dict[int, str] = field(default_factory=dict)
    undo: int | None = None

    @property
    def changed(self) -> list[int]:
        return [lead_id for lead_id, fate in self.fates.items() if fate in CHANGES]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """What changes first, then the largest."""
        told = list(self.fates.values())
        return sorted(((fate, told.count(fate)) for fate in set(told)), key=lambda it: (it[0] not in CHANGES, -it[1]))


class _LookOnly(Exception):
    """Ends a transaction that was only to show what would happen."""


def look_at_many(kit: Kit, user: UserRow, act: Act, lead_ids: Sequence[int]) -> Outcome:
    """Exactly what `act_on_many` would do now: it is done, and rolled back. Raises NoCampaign."""
    outcome = Outcome()
    for some in _batches(lead_ids[:MOST]):
        try:
            with kit.db.write() as conn:
                outcome.fates |= _do(conn, kit, user, act, some, kit.clock())
                raise _LookOnly
        except _LookOnly:
            pass
    return outcome


def act_on_many(kit: Kit, user: UserRow, act: Act, lead_ids: Sequence[int]) -> Outcome:
    """Each batch is whole, with its line in the record: killed between two, the same act does what is left. Whoever is
    another clinic's is nobody here. Raises NoCampaign."""
    outcome, now = Outcome(), kit.clock()
    until: dict[str, int | None] = {}
    for some in _batches(lead_ids[:MOST]):
        with kit.db.write() as conn:
            fates = _do(conn, kit, user, act, some, now)
            outcome.fates |= fates
            changed = [lead_id for lead_id, fate in fates.items() if fate in CHANGES]
            rows = leads.by_ids(conn, changed)
            until |= {str(lead_id): rows[lead_id].paused_until for lead_id in changed}
            told = {"act": act.kind, "tag": act.tag, "campaign": act.campaign_id, "until": until}
            if changed:
                outcome.undo = audits.record(conn, user.clinic_id, user.id, now, RECORDED, act.kind, told)
    if act.kind not in UNDOABLE:
        outcome.undo = None
    return outcome


def undo_many(kit: Kit, user: UserRow, record_id: int) -> int | None:
    """Takes a pause or a tag back from those it was given to; gives from how many. None when there is no such act of
    this clinic's last hour. Who was paused anew since is left alone; a series that the tag began goes on."""
    now = kit.clock()
    with kit.db.read() as conn:
        entry = audits.find(conn, user.clinic_id, record_id)
    if entry is None or entry.action != RECORDED or entry.object not in UNDOABLE or now - entry.at > UNDO_FOR:
        return None
    until: Mapping[str, int | None] = entry.data["until"]
    done = 0
    for some in _batches(sorted(map(int, until))):
        with kit.db.write() as conn:
            rows = _here(conn, user, some)
            if entry.object == "tag":
                tag = str(entry.data["tag"])
                rows = [row for row in rows if tag in marks.tags_of(conn, some).get(row.id, frozenset())]
                mark_leads(conn, kit, [Mark(user.clinic_id, row.id, RemoveTag(tag)) for row in rows], now)
            else:
                rows = [row for row in rows if row.paused_until and row.paused_until == until[str(row.id)]]
                for row in rows:
                    resume(conn, row, now)
            done += len(rows)
            if rows:
                audits.record(conn, user.clinic_id, user.id, now, f"{RECORDED}: undone", entry.object, {})
    return done


def _batches(lead_ids: Sequence[int]) -> list[Sequence[int]]:
    return [lead_ids[at : at + BATCH] for at in range(0, len(lead_ids), BATCH)]


def _here(conn: Connection, user: UserRow, lead_ids: Sequence[int]) -> list[LeadRow]:
    leads.lock_many(conn, lead_ids)
    return [row for row in leads.by_ids(conn, lead_ids).values() if row.clinic_id == user.clinic_id]


def _do(conn: Connection, kit: Kit, user: UserRow, act: Act, lead_ids: Sequence[int], now: int) -> dict[int, str]:
    rows = _here(conn, user, lead_ids)
    fates = dict.fromkeys(lead_ids, "gone")
    if act.kind == "enroll":
        return fates | _enroll(conn, kit, user, act.campaign_id, [row.id for row in rows], now)
    if act.kind in ("tag", "untag"):
        return fates | _tag(conn, kit, user, act, rows, now)
    one = {"pause": _pause, "resume": _resume, "stop": _stop}[act.kind]
    return fates | {row.id: one(conn, row, now) for row in rows}


def _pause(conn: Connection, row: LeadRow, now: int) -> str:
    if row.paused_until is not None and row.paused_until > now:
        return "paused-already"
    return "asked-to-stop" if pause(conn, row, now) is None else "paused"


def _resume(conn: Connection, row: LeadRow, now: int) -> str:
    if row.paused_until is None or row.paused_until <= now:
        return "not-paused"
    resume(conn, row, now)
    return "resumed"


def _stop(conn: Connection, row: LeadRow, now: int) -> str:
    if stopped(conn, row, now) is not None:
        return "stopped-already"
    stop_mails(conn, row.id, now, message_id=None, how="desk")
    return "stopped"


def _tag(conn: Connection, kit: Kit, user: UserRow, act: Act, rows: list[LeadRow], now: int) -> dict[int, str]:
    had = marks.tags_of(conn, [row.id for row in rows])
    have = {row.id for row in rows if act.tag in had.get(row.id, frozenset())}
    adds = act.kind == "tag"
    effect = AddTag(act.tag) if adds else RemoveTag(act.tag)
    turn = [row.id for row in rows if (row.id in have) != adds]
    mark_leads(conn, kit, [Mark(user.clinic_id, lead_id, effect) for lead_id in turn], now)
    same, new = ("tagged-already", "tagged") if adds else ("no-tag", "untagged")
    return {row.id: new if row.id in turn else same for row in rows}


def _enroll(
    conn: Connection, kit: Kit, user: UserRow, campaign_id: int, lead_ids: list[int], now: int
) -> dict[int, str]:
    row, definition = series_here(conn, kit, user.clinic_id, campaign_id)
    outcome = enter_many(conn, row, definition, lead_ids, Occasion("by-hand"), now)
    refused = {lead_id: str(outcome.refused.get(lead_id, "runs-already")) for lead_id in lead_ids}
    return refused | dict.fromkeys(outcome.made, "entered")
