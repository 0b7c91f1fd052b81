"""Handing messages to the provider and recording what it said. No transaction is open while it is called."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from service.delivery.provider import Provider
from service.domain.breaker import KEY_AGAIN, Sign
from service.domain.mail import Batch, Envelope, Letter, Shape, never
from service.domain.message import Accepted, Doubtful, Later, MessageState, Outcome, Rejected
from service.domain.timing import MINUTE
from service.storage import brakes, messages
from service.usecases.kit import Kit
from service.usecases.suppress_address import suppress_address

Probe = Callable[[str], None]
LARGEST_BATCH = 1_000
LEASE = 300  # seconds for which a message is in our hands alone
HAND_OVER_WITHIN = 120  # of the lease: a provider may take as long again for the batch it has begun
FRESH = 1.0  # seconds for which the look at the stop switch that took a mail in hand still counts
RECORD_AGAIN = (0.1, 1.0, 5.0)  # seconds before each further try: an answer that is not recorded is a mail in doubt


def silent(_point: str) -> None:
    """The probe of everyday: nothing watches the named points."""


class Outgoing(NamedTuple):
    """A message that is in flight: recorded, and now to be handed over."""

    message_id: int
    fence: int
    email_key: str
    envelope: Envelope
    shape: Shape
    letter: Letter
    clinic_id: int = 0


@dataclass(slots=True)
class Tally:
    """What a pass has done. `moved` counts decisions that changed an enrollment."""

    accepted: int = 0
    rejected: int = 0
    later: int = 0
    doubtful: int = 0
    moved: int = 0
    exited: int = 0
    seen: int = 0

    def add(self, other: Tally) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class _Settled:
    """`accepted`: the messages by the provider's own name for what it took."""

    accepted: dict[str | None, list[int]] = field(default_factory=dict)
    turned: list[dict[str, object]] = field(default_factory=list)
    bad: list[Outgoing] = field(default_factory=list)


def hand_over(kit: Kit, provider: Provider, batch: Batch, taken_at: int, probe: Probe) -> list[Outcome]:
    """One batch, from any thread; writes nothing. `taken_at`: when its messages were recorded as in flight."""
    now = kit.clock()
    if now - taken_at > HAND_OVER_WITHIN:
        # Past its lease a message counts as in doubt, and another hand may send it.
        return [Later("the provider is slow", now)] * len(batch.letters)
    return provider.send(batch, now, probe)


def put_off(count: int, trouble: Sign, now: int) -> list[Outcome]:
    """For letters that are not even tried, because the provider has just shown that it would be in vain."""
    at = {"wait": trouble.at, "key": now + KEY_AGAIN}.get(trouble.cause or "", now + MINUTE)
    return [Later("the provider is left alone for now", at)] * count


def held_since(kit: Kit, taken: float, clinic_id: int) -> Callable[[], bool]:
    """Whether the clinic's stop switch was thrown since its mail was taken in hand, at `taken` of the monotonic clock,
    or the lease draws to its end: a process that was frozen wakes with mails that others may have in hand by now.
    Taking it in hand has looked at the switch: the first question right after it is answered without looking again."""
    asked, began = False, kit.clock()

    def held() -> bool:
        nonlocal asked
        if max(kit.clock() - began, time.monotonic() - taken) > 2 * HAND_OVER_WITHIN:
            return True
        if not asked and time.monotonic() - taken < FRESH:
            asked = True
            return False
        with kit.db.read() as conn:
            return brakes.standing(conn).get(clinic_id, False)

    return held


def batches(
    outgoing: Sequence[Outgoing], held: Callable[[int], Callable[[], bool]] | None = None
) -> list[tuple[Batch, list[Outgoing]]]:
    """One batch a shape and envelope, at most 1,000 letters each. `held`: what a clinic's batches ask before each
    request."""
    groups: dict[tuple[int, int], list[Outgoing]] = {}
    for item in outgoing:
        groups.setdefault((id(item.shape), id(item.envelope)), []).append(item)
    found = []
    for members in groups.values():
        for start in range(0, len(members), LARGEST_BATCH):
            part = members[start : start + LARGEST_BATCH]
            letters, asks = tuple(item.letter for item in part), held(part[0].clinic_id) if held else never
            found.append((Batch(part[0].shape, part[0].envelope, letters, asks), part))
    return found


def record(kit: Kit, answered: Sequence[tuple[Outgoing, Outcome]]) -> Tally:
    if not answered:
        return Tally()
    now = kit.clock()
    settled, tally = _Settled(), Tally()
    for item, outcome in answered:
        _sort(item, outcome, now, settled, tally)
    _keep(kit, settled, now)
    return tally


def _keep(kit: Kit, settled: _Settled, now: int) -> None:
    """What the provider said is known here alone: a database that is busy or away for a moment is asked again. Writing
    it twice is writing it once."""
    for wait in RECORD_AGAIN:
        try:
            return _write_all(kit, settled, now)
        except (OperationalError, InterfaceError):
            time.sleep(wait)
    return _write_all(kit, settled, now)


def _write_all(kit: Kit, settled: _Settled, now: int) -> None:
    with kit.db.write() as conn:
        _write(conn, settled, now)


def _sort(item: Outgoing, outcome: Outcome, now: int, settled: _Settled, tally: Tally) -> None:
    match outcome:
        case Accepted(provider_id):
            tally.accepted += 1
            settled.accepted.setdefault(provider_id, []).append(item.message_id)
        case Rejected(reason, bad_address):
            tally.rejected += 1
            settled.turned.append(_turn(item, MessageState.REJECTED, reason, None, now))
            if bad_address:
                settled.bad.append(item)
        case Later(reason, at):
            tally.later += 1
            settled.turned.append(_turn(item, MessageState.PLANNED, reason, at, None))
        case Doubtful(reason):
            tally.doubtful += 1
            settled.turned.append(_turn(item, MessageState.IN_DOUBT, reason, None, None))


def _turn(item: Outgoing, state: MessageState, reason: str, due: int | None, settled: int | None) -> dict[str, object]:
    return {
        "row_id": item.message_id,
        "row_fence": item.fence,
        "to_state": state.value,
        "to_reason": reason,
        "to_due": due,
        "to_settled": settled,
        "not_tried": int(state is MessageState.PLANNED),
    }


def _write(conn: Connection, settled: _Settled, now: int) -> None:
    if settled.turned or len(settled.accepted) > 1:  # several kinds of change; one alone locks as it goes
        taken = chain.from_iterable(settled.accepted.values())
        messages.lock(conn, [*taken, *(int(str(row["row_id"])) for row in settled.turned)])
    for name, accepted in settled.accepted.items():
        messages.accept(conn, accepted, now, name)
    messages.turn(conn, settled.turned)
    for item in sorted(settled.bad, key=lambda bad: (bad.email_key, bad.message_id)):
        suppress_address(conn, item.email_key, "invalid", now, message_id=item.message_id)
