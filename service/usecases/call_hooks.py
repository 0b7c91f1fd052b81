"""Calling the clinics' webhooks: what is due is taken under a lease, called with no transaction open, and recorded.

Whoever is killed between a call and its record leaves a lease that ends: the call is made again, under the same id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from service.delivery.hook_door import HookPost, post
from service.domain.hook_address import is_loopback_url
from service.domain.hook_call import PATIENCE, REST, Done, Later, Outcome, Refused, next_try
from service.storage import hook_calls
from service.storage.hook_calls import CallRow
from service.usecases.kit import Kit
from service.usecases.plan_calls import note_failure

LEASE = 300  # seconds for which a call is in our hands alone
IN_HAND = 120  # of the lease: no further call is begun after it
AT_ONCE = 10

Call = Callable[[HookPost], Outcome]


def call_hooks(kit: Kit, *, go_on: Callable[[], bool] = lambda: True, call: Call | None = None) -> int:
    """Makes the calls that are due, batch by batch, for as long as a lease allows. Gives how many were made."""
    call = call or caller(kit)
    made, began = 0, kit.wall()
    while go_on() and kit.wall() - began <= IN_HAND:
        batch = _take(kit)
        made += _make(kit, batch, call, go_on)
        if len(batch) < AT_ONCE:
            break
    return made


def caller(kit: Kit) -> Call:
    """The door. An installation that only this machine reaches may call this machine; no other may."""
    loopback = is_loopback_url(kit.base_url)
    return lambda what: post(what, loopback=loopback)


def _take(kit: Kit) -> list[CallRow]:
    now = kit.clock()
    with kit.db.read() as conn:
        if not hook_calls.any_due(conn, now):
            return []
    with kit.db.write() as conn:
        hook_calls.end_switched_off(conn, now)
        for row in hook_calls.give_up(conn, now, now - PATIENCE):
            note_failure(conn, row, row.reason or "it did not answer", now)
        return hook_calls.take(conn, now, now + LEASE, AT_ONCE)


def _make(kit: Kit, batch: list[CallRow], call: Call, go_on: Callable[[], bool]) -> int:
    made, began, silent = 0, kit.wall(), dict[int, str]()
    for row in batch:
        late = kit.wall() - began > IN_HAND or not go_on()
        if late or row.hook_id in silent:
            now = kit.clock()
            with kit.db.write() as conn:
                if late:
                    hook_calls.put_back(conn, row, now)
                else:
                    hook_calls.put_off(conn, row, now + REST, silent[row.hook_id], tried=False)
            continue
        outcome = call(_post(kit, row))
        made += 1
        if isinstance(outcome, Later) and outcome.silent:
            silent[row.hook_id] = outcome.reason
        _record(kit, row, outcome)
    return made


def _record(kit: Kit, row: CallRow, outcome: Outcome) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        match outcome:
            case Done():
                hook_calls.finish(conn, row.id, now)
            case Refused(reason):
                if hook_calls.fail(conn, row, now, reason):
                    note_failure(conn, row, reason, now)
            case Later(reason, silent, wait):
                again = next_try(row.tries, now, wait)
                if again is not None:
                    hook_calls.put_off(conn, row, again, reason)
                elif hook_calls.fail(conn, row, now, reason):
                    note_failure(conn, row, reason, now)
                if silent:
                    hook_calls.rest(conn, row.hook_id, now, now + REST, reason)


def _post(kit: Kit, row: CallRow) -> HookPost:
    """What the other side gets: neither campaign nor step, for their names may tell what somebody suffers from."""
    data = {"lead": kit.links.mint("hook-lead", row.lead_id), "hook": row.name}
    return signed(kit, row.url, row.secret, kit.links.mint("hook-call", row.id), "series.step", data, row.at)


def signed(kit: Kit, url: str, secret: str, call_id: str, kind: str, data: dict[str, Any], at: int) -> HookPost:
    """`at`: what the body says. The signature bears the machine's own instant: receivers compare it with theirs."""
    said = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = orjson.dumps({"type": kind, "data": {**data, "at": said}})
    return HookPost(url, secret, call_id, kit.wall(), body)
