"""Letting go of what is no longer needed, so that nothing grows without end and nobody is kept who did not come."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from sqlalchemy.engine import Connection

from service.domain.retention import (
    AUDITS,
    BODIES,
    CALLS,
    LISTS,
    REFUSALS,
    REPORTS,
    STAFF_LINKS,
    UNANSWERED,
    UNCONFIRMED,
)
from service.domain.session_age import LONGEST
from service.storage import events, forgetting
from service.usecases.kit import Kit
from service.usecases.leave import leave_all

BATCH = 1_000  # rows a transaction
PEOPLE = 50  # leads a transaction: each has a handful of rows

Find = Callable[[Connection, int, int], list[int]]
LetGo = Callable[[Connection, Collection[int]], int]


def forget_old(kit: Kit) -> int:
    """Gives how many rows were let go of. Each batch is a transaction of its own: killed anywhere, the next run goes on
    with what is left, and a second run finds nothing."""
    now = kit.clock()
    rows = sum(
        _forget(kit, BATCH, partial(find, before=now - kept), let_go)
        for find, kept, let_go in (
            (forgetting.old_reports, REPORTS, forgetting.drop_reports),
            (forgetting.old_bodies, BODIES, forgetting.empty_bodies),
            (forgetting.old_mails, BODIES, forgetting.empty_mails),
            (forgetting.old_lists, LISTS, forgetting.empty_lists),
            (forgetting.old_calls, CALLS, forgetting.drop_calls),
            (forgetting.old_refusals, REFUSALS, forgetting.drop_refusals),
            (forgetting.old_staff_links, STAFF_LINKS, forgetting.drop_staff_links),
            (forgetting.old_audits, AUDITS, forgetting.drop_audits),
        )
    )
    # Sign-ins go by the machine's own clock, also where a demo's runs ahead of it.
    over = partial(forgetting.old_sessions, before=kit.wall() - LONGEST)
    rows += _forget(kit, BATCH, over, forgetting.drop_sessions)
    return rows + _forget_requests(kit, now)


def _forget_requests(kit: Kit, now: int) -> int:
    before, owed_before = now - UNCONFIRMED, now - UNANSWERED

    def let_go(conn: Connection, found: Collection[int]) -> int:
        people = forgetting.lock_unconfirmed(conn, found, before, owed_before)
        for lead_id, clinic_id in people:
            leave_all(conn, lead_id, "no-address", now, guard="no-address", marketing_only=False)
            events.add(conn, clinic_id=clinic_id, lead_id=lead_id, at=now, kind="forgotten")
        if people:
            forgetting.blank(conn, [lead_id for lead_id, _ in people], now)
        return len(people)

    return _forget(kit, PEOPLE, partial(forgetting.unconfirmed, before=before, owed_before=owed_before), let_go)


def _forget(kit: Kit, batch: int, find: Find, let_go: LetGo) -> int:
    done = after_id = 0
    while True:
        with kit.db.read() as conn:
            found = find(conn, after_id, batch)
        if not found:
            return done
        with kit.db.write() as conn:
            done += let_go(conn, found)
        after_id = found[-1]
