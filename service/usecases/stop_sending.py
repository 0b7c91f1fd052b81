"""The stop switch of a clinic: nothing leaves, nobody moves, until a person starts it again."""

from __future__ import annotations

from service.storage import audits, clinics, settings
from service.usecases.kit import Kit

EVERYWHERE = "stopped-everywhere:"


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


def stop_everything(kit: Kit, why: str) -> int:
    """The stop switch of every clinic at once, from the command line. Gives how many were stopped by it; those that
    had been stopped before keep their own reason, and are not started with the others."""
    now = kit.clock()
    with kit.db.write() as conn:
        stopped = clinics.stop_running(conn, now, why.strip()[:200] or None)
        for clinic_id in stopped:
            audits.record(conn, clinic_id, None, now, "sending stopped", str(clinic_id), {"everywhere": True})
            settings.put(conn, f"{EVERYWHERE}{clinic_id}", str(now))
    return len(stopped)


def start_everything(kit: Kit) -> int:
    """Starts what `stop_everything` stopped and nobody has started or stopped since. Gives how many."""
    now, started = kit.clock(), 0
    with kit.db.write() as conn:
        houses = clinics.everyone(conn)
        for key, stopped_at in settings.beginning(conn, EVERYWHERE).items():
            settings.remove(conn, key)
            house = houses.get(int(key.removeprefix(EVERYWHERE)))
            if house is None or str(house.stopped_at) != stopped_at:
                continue
            clinics.change(conn, house.id, {"stopped_at": None, "stopped_why": None})
            audits.record(conn, house.id, None, now, "sending started", str(house.id), {"everywhere": True})
            started += 1
    return started
