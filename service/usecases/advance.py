"""The tick: decide for everyone who is due, record the intent, hand over, record the outcome.

Deciding and rendering hold no lock. The write transaction drops whoever changed meanwhile, to be decided on again."""

from __future__ import annotations

from collections.abc import Callable

from service.delivery.provider import Provider
from service.domain.decision import Exit
from service.usecases.again import again
from service.usecases.dispatch import Outgoing, Probe, Tally, silent
from service.usecases.flights import Flights
from service.usecases.kit import Kit
from service.usecases.plan_batch import Planned, plan
from service.usecases.take_batch import commit

BATCH = 500


def always() -> bool:
    """Whether to go on, for whoever is never asked to stop."""
    return True


def advance(
    kit: Kit,
    provider: Provider,
    *,
    limit: int = BATCH,
    probe: Probe = silent,
    go_on: Callable[[], bool] = always,
    shard: int | None = None,
) -> Tally:
    """One pass over all that is due, or over what is due of the leads of one shard, while `go_on` says so before each
    batch. Safe to run twice, from several workers, and to be killed anywhere."""
    total = Tally()
    with Flights(kit, provider, probe) as flights:
        while go_on() and (room := flights.room(limit)):
            tally = advance_batch(kit, provider, room, probe, flights, shard)
            total.add(tally)
            if tally.moved == 0:
                break
    total.add(flights.tally)
    return total


def advance_batch(
    kit: Kit,
    provider: Provider,
    limit: int,
    probe: Probe = silent,
    flights: Flights | None = None,
    shard: int | None = None,
) -> Tally:
    """One batch. With `flights` the tally of what went out is theirs."""
    now = kit.clock()
    planned = plan(kit, now, limit, shard)
    tally = Tally(seen=len(planned))
    if not planned:
        return tally
    probe("before-intent")
    kept = again(lambda: commit(kit, provider.name, planned, now))
    probe("after-intent")
    tally.moved = len(kept)
    tally.exited = sum(isinstance(item.decision, Exit) for item in kept)
    outgoing = [_outgoing(item) for item in kept if item.composed is not None]
    if flights is not None:
        flights.send(outgoing, now)
        return tally
    with Flights(kit, provider, probe) as alone:
        alone.send(outgoing, now)
    tally.add(alone.tally)
    return tally


def _outgoing(item: Planned) -> Outgoing:
    if item.composed is None:
        raise TypeError("nothing to hand over")
    shape, envelope, letter, _kept, _until = item.composed
    return Outgoing(item.message_id, 1, item.row.email_key or "", envelope, shape, letter, item.row.clinic_id)
