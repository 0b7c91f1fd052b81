"""Batches on their way to the provider, several at once. What is in flight was recorded as such before its bytes leave;
threads only call the provider, and everything is written by the hand that owns the flights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import NamedTuple

from service.delivery.provider import Provider
from service.domain.breaker import PROBE, Sign, sign_of
from service.domain.mail import Batch
from service.domain.message import Outcome
from service.usecases.dispatch import Outgoing, Probe, Tally, batches, hand_over, held_since, put_off, record, silent
from service.usecases.heed_provider import Watch
from service.usecases.keep_pace import provider_room
from service.usecases.kit import Kit


class _Landed(NamedTuple):
    members: list[Outgoing]
    taken_at: int
    outcomes: list[Outcome]
    fault: BaseException | None = None


class Flights:
    """`with Flights(…) as flights:` ends when everything has landed and is recorded, whatever happened inside. `tally`
    counts what has been recorded so far."""

    def __init__(self, kit: Kit, provider: Provider, probe: Probe = silent) -> None:
        self._kit = kit
        self._provider = provider
        self._probe = probe
        self._watch = Watch(kit, provider.name)
        self._threads: ThreadPoolExecutor | None = None
        self._landed: SimpleQueue[_Landed] = SimpleQueue()
        self._flying = 0
        self._trouble: Sign | None = None
        self.tally = Tally()

    def __enter__(self) -> Flights:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            while self._flying:
                self._record(self._next())
        finally:
            if self._threads is not None:
                self._threads.shutdown()
            self._watch.let_go()

    def room(self, limit: int) -> int:
        """How many of `limit` may be taken in hand next, once one of those who fly is free to take them. None while the
        provider is left alone; a few when it is to be tried."""
        if self._flying:
            self._record(self._arrived())
        while self._flying >= self._kit.in_flight:
            self._record(self._next())
        match self._watch.gate():
            case "open":
                return 0
            case "half-open":
                limit = min(limit, PROBE)
        return provider_room(self._kit, self._provider.name, limit)

    def send(self, outgoing: Sequence[Outgoing], taken_at: int) -> None:
        """Hands over what was recorded as in flight at `taken_at`. Where several may fly at once it does not wait for
        the provider; a provider that is being tried gets one request after the other."""
        self._trouble = None if not self._flying else self._trouble
        alone = self._kit.in_flight <= 1 or self._watch.trying
        for batch, members in batches(outgoing, partial(held_since, self._kit, time.monotonic())):
            self._flying += 1
            self._start(alone)(batch, members, taken_at)
        if alone and self._flying:
            self._record(self._arrived())

    def _start(self, alone: bool) -> Callable[[Batch, list[Outgoing], int], object]:
        if alone:
            return self._fly
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._kit.in_flight, "flight")
        threads = self._threads
        return lambda batch, members, taken_at: threads.submit(self._fly, batch, members, taken_at)

    def _fly(self, batch: Batch, members: list[Outgoing], taken_at: int) -> None:
        """From any thread. Once one batch has met trouble, those that wait for their turn do not meet it again."""
        try:
            if (trouble := self._trouble) is None:
                outcomes = hand_over(self._kit, self._provider, batch, taken_at, self._probe)
                if (sign := sign_of(outcomes)) is not None and sign.cause is not None:
                    self._trouble = sign
            else:
                outcomes = put_off(len(members), trouble, self._kit.clock())
            self._landed.put(_Landed(members, taken_at, outcomes))
        except BaseException as fault:  # noqa: BLE001 - raised again by the hand that owns the flights
            self._landed.put(_Landed(members, taken_at, [], fault))

    def _arrived(self) -> list[_Landed]:
        """Those that have landed by now; one write for all of them."""
        found = []
        try:
            while True:
                found.append(self._landed.get_nowait())
        except Empty:
            self._flying -= len(found)
            return found

    def _next(self) -> list[_Landed]:
        """Waits for one, and brings those that have landed with it."""
        first = self._landed.get()
        self._flying -= 1
        return [first, *self._arrived()]

    def _record(self, landed: Sequence[_Landed]) -> None:
        """The outcomes of all that landed; only then is it told that one of them had none."""
        pairs = [
            pair for each in landed if each.fault is None for pair in zip(each.members, each.outcomes, strict=True)
        ]
        if pairs:
            self.tally.add(record(self._kit, pairs))
            self._probe("after-record")
            self._watch.heed([(each.taken_at, sign_of(each.outcomes)) for each in landed])
        for each in landed:
            if each.fault is not None:
                raise each.fault
