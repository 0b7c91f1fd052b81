"""The stop switch of a clinic: nothing leaves, nobody moves, until a person starts it again."""

from __future__ import annotations

from service.storage import audits, clinics
from service.usecases.kit import Kit


def stop_sending(kit: Kit, clinic_id: int, user_id: int, why: str) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if clinics.get(conn, clinic_id).stopped_at is None:
            clinics.change(conn, clinic_id, {"stopped_at": now, "stopped_why": why.strip()[:200] or None})
            audits.record(conn, clinic_id, user_id, now, "sending stopped", str(clinic_id), {})


def start_sending(kit: Kit, clinic_id: int, user_id: int) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if clinics.get(conn, clinic_id).stopped_at is not None:
            clinics.change(conn, clinic_id, {"stopped_at": None, "stopped_why": None})
            audits.record(conn, clinic_id, user_id, now, "sending started", str(clinic_id), {})
