"""The brake of a clinic's series in a person's hand: on with a reason, off with a word about those who waited."""

from __future__ import annotations

from service.domain.brake import Brake
from service.storage import audits, brakes
from service.usecases.kit import Kit
from service.usecases.release_held import BRAKE, How, let_go


def stop_series(kit: Kit, clinic_id: int, user_id: int | None, why: str) -> bool:
    """Service mail goes on. False when the brake was on already."""
    now, brake = kit.clock(), Brake("by-hand", said=why.strip()[:200])
    with kit.db.write() as conn:
        if not brakes.put_on(conn, clinic_id, brake, now):
            return False
        audits.record(conn, clinic_id, user_id, now, "brake put on", str(clinic_id), brake.kept())
    return True


def resume_series(kit: Kit, clinic_id: int, user_id: int | None, how: How) -> int | None:
    """Takes the brake off and lets go of whom it held, in one transaction: nobody gets two mails at once. Gives how
    many mails were held; None when it was off already. What was before counts towards no brake any more."""
    now = kit.clock()
    with kit.db.write() as conn:
        if not brakes.take_off(conn, clinic_id, now):
            return None
        audits.record(conn, clinic_id, user_id, now, "brake taken off", str(clinic_id), {"how": how})
        return let_go(conn, kit, clinic_id, how, user_id, BRAKE, now)
