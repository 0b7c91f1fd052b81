"""Words of an emergency in what somebody wrote: their marketing stops, people here are told at once, and the clinic's
approved answer goes out. Nothing here judges what they have."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from service.domain.question import LONGEST, cut
from service.domain.red_flags import SHIPPED, found_in
from service.storage import clinics, events, leads
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.usecases.ask_staff import ask_staff
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.leave import leave_all

REASON = "urgent"


def heed_red_flags(conn: Connection, kit: Kit, lead: LeadRow, texts: Iterable[str], now: int, *, once: str) -> bool:
    """Works inside the caller's transaction. `once` names the occasion: the same one tells once. True: words of an
    emergency are among the texts, in any of the clinic's languages."""
    written = [text for text in texts if text.strip()]
    if not written:
        return False
    lists = [text for _, text in lists_of(clinics.get(conn, lead.clinic_id))]
    if not any(found_in(text, lists) for text in written):
        return False
    key = f"red-flag:{once}"
    words = cut(" ".join(" ".join(written).split()), LONGEST)
    if not ask_staff(conn, clinic_id=lead.clinic_id, lead_id=lead.id, kind="urgent", text=words, now=now, once=key):
        return True
    if not lead.urgent:
        leads.change(conn, lead.id, {"urgent": True}, now)
    ended = leave_all(conn, lead.id, REASON, now, guard=REASON)
    events.add(conn, clinic_id=lead.clinic_id, lead_id=lead.id, at=now, kind="red-flag", data={"series": ended})
    enter_by(conn, kit, lead.clinic_id, lead.id, "red-flag", now, entry_key=key)
    return True


def lists_of(clinic: ClinicRow) -> list[tuple[str, str]]:
    """By language, the clinic's own list, or the shipped one where it has none."""
    own = {"en": clinic.red_flags_en, "es": clinic.red_flags_es}
    return [
        (language, shipped if own[language] is None else own[language] or "") for language, shipped in SHIPPED.items()
    ]
