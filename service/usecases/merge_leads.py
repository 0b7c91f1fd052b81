"""Two entries of one person become one. What was said and sent to either stands on the kept one's page."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.double import better, may_be_kept, merged
from service.storage import audits, clinics, doubles, events, leads, runs, scores
from service.storage.leads import LeadRow
from service.storage.users import UserRow
from service.usecases.chain_receipts import chain_receipts
from service.usecases.kit import Kit
from service.usecases.leave import end_runs
from service.usecases.unsubscribe import stop_mails, stopped


class NotMerged(Exception):
    """Why not, in words for the one who asked."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`stops`: one of the two asked us to stop, and that will hold. `ends`: series of the other that end, because the
    kept one is in them. `may_swap`: the other may be kept as well."""

    kept: LeadRow
    other: LeadRow
    changes: dict[str, object]
    stops: bool
    ends: int
    may_swap: bool


def find_doubles(kit: Kit, row: LeadRow) -> list[tuple[LeadRow, str]]:
    """Who may be the same person, and by what: the same number first."""
    with kit.db.read() as conn:
        phones = doubles.same_phone(conn, row)
        names = [each for each in doubles.same_name(conn, row) if each.id not in {other.id for other in phones}]
    return [*((each, "the same phone number") for each in phones), *((each, "the same name") for each in names)]


def preview_merge(kit: Kit, one: LeadRow, two: LeadRow, keep: int | None = None) -> Preview:
    """`keep`: which of the two; where that one may not be kept, the better."""
    wanted = keep if keep in (one.id, two.id) else better(one, two)
    kept, other = (one, two) if wanted == one.id else (two, one)
    if not may_be_kept(kept, other):
        kept, other = other, kept
    now = kit.clock()
    with kit.db.read() as conn:
        stops = stopped(conn, other, now) is not None and stopped(conn, kept, now) is None
        ends = len(doubles.clashing(conn, kept.id, other.id))
    return Preview(kept, other, merged(kept, other), stops, ends, may_be_kept(other, kept))


def merge_leads(kit: Kit, user: UserRow, kept_id: int, other_id: int) -> None:
    """Cannot be undone. Consent stays what it is at the kept one's address, unless the other asked us to stop. Raises
    NotMerged."""
    now = kit.clock()
    chain_receipts(kit)  # each consent's receipt says at which of the two it was given
    with kit.db.write() as conn:
        leads.lock_many(conn, sorted({kept_id, other_id}))
        kept, other = leads.find(conn, kept_id), leads.find(conn, other_id)
        if (
            kept is None
            or other is None
            or kept_id == other_id
            or {kept.clinic_id, other.clinic_id} != {user.clinic_id}
        ):
            raise NotMerged("They are one already.")
        if not may_be_kept(kept, other):
            raise NotMerged("The entry with an address is the one to keep.")
        if doubles.is_leaving(conn, other_id):
            raise NotMerged("A mail to one of them is leaving at this moment. Try again in a minute.")
        if stopped(conn, other, now) is not None:
            stop_mails(conn, kept_id, now, message_id=None, how="desk")
        ends = doubles.clashing(conn, kept_id, other_id)
        end_runs(
            conn,
            [run for run in runs.running(conn, lead_id=other_id) if run.id in ends],
            "runs-already",
            "superseded",
            now,
        )
        changes = merged(kept, other)
        doubles.take_over(conn, kept_id, other_id)
        leads.change(conn, kept_id, changes, now)
        scores.rank_anew(conn, {kept_id: clinics.get(conn, kept.clinic_id).score_half_life})
        told = {"by": user.name, "email": other.email, "phone": other.phone}
        events.add(conn, clinic_id=kept.clinic_id, lead_id=kept_id, at=now, kind="merged", data=told)
        audits.record(conn, kept.clinic_id, user.id, now, "leads merged", str(kept_id), {"other": str(other_id)})
