"""The brake that a clinic's figures pull by themselves: its series stand still until a person has looked."""

from __future__ import annotations

from dataclasses import replace

import structlog

from service.domain.brake import Brake, judge, loud
from service.storage import audits, brakes
from service.usecases.kit import Kit
from service.usecases.release_held import BRAKE, let_go

_log = structlog.get_logger()


def check_brakes(kit: Kit) -> int:
    """Looks at all clinics at once. Gives how many brakes were put on. Safe to run twice and from several workers: the
    first reason stands, and the tick asks again in the transaction in which a mail is recorded. Whom a tick held at
    the moment in which a person let the clinic go is let go as well."""
    now = kit.clock()
    with kit.db.read() as conn:
        counts = brakes.counts(conn, now)
        usual = brakes.usual(conn, [key for key, found in counts.items() if loud(found)], now)
        left = brakes.left_behind(conn)
    for clinic_id in left:
        with kit.db.write() as conn:
            let_go(conn, kit, clinic_id, "send", None, BRAKE, now)
    found: dict[int, Brake] = {}
    for clinic_id, each in counts.items():
        brake = judge(replace(each, usual=usual.get(clinic_id)))
        if brake is not None:
            found[clinic_id] = brake
    return sum(_put_on(kit, clinic_id, brake, now) for clinic_id, brake in sorted(found.items()))


def _put_on(kit: Kit, clinic_id: int, brake: Brake, now: int) -> bool:
    with kit.db.write() as conn:
        if not brakes.put_on(conn, clinic_id, brake, now):
            return False
        audits.record(conn, clinic_id, None, now, "brake put on", str(clinic_id), brake.kept())
    _log.warning("brake", clinic=str(clinic_id), kind=brake.kind, part=brake.part, whole=brake.whole)
    return True
