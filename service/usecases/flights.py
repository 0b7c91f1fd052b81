"""Batches on their way to the provider, several at once. What is in flight was recorded as such before its bytes leave;
threads only call the provider, and everything is written by the hand that owns the flights."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType

from service.delivery.provider import Provider
from service.domain.mail import Batch
from service.domain.message import Outcome
from service.usecases.dispatch import Outgoing, Probe, Tally, batches, dispatch, hand_over, held_since, record, silent
from service.usecases.kit import Kit

_Landed = tuple[list[Outgoing], list[Outcome] | BaseException]


class Flights:
    """`with Flights(…) as flights:` ends when everything has landed and is recorded, whatever happened inside. `tally`
    counts what has been recorded so far."""

    def __init__(self, kit: Kit, provider: Provider, probe: Probe = silent) -> None:
        self._kit = kit
        self._provider = provider
        self._probe = probe
        self._threads: ThreadPoolExecutor | None = None
        self._landed: SimpleQueue[_Landed] = SimpleQueue()
        self._flying = 0
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

    def room(self, limit: int) -> int:
        """How many of `limit` may be taken in hand next, once one of those who fly is free to take them."""
        if self._flying:
            self._record(self._arrived())
        while self._flying >= self._kit.in_flight:
            self._record(self._next())
        return limit

    def send(self, outgoing: Sequence[Outgoing], taken_at: int) -> None:
        """Hands over what was recorded as in flight at `taken_at`; does not wait for the provider where several may fly
        at once."""
        if not outgoing:
            return
        if self._kit.in_flight <= 1:
            self.tally.add(dispatch(self._kit, self._provider, outgoing, self._probe))
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._kit.in_flight, "flight")
        for batch, members in batches(outgoing, partial(held_since, self._kit, time.monotonic())):
            self._flying += 1
            self._threads.submit(self._fly, batch, members, taken_at)

    def _fly(self, batch: Batch, members: list[Outgoing], taken_at: int) -> None:
        try:
            outcomes = hand_over(self._kit, self._provider, batch, taken_at, self._probe)
            self._landed.put((members, outcomes))
        except BaseException as fault:  # noqa: BLE001 - raised again by the hand that owns the flights
            self._landed.put((members, fault))

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
        answered = [
            pair
            for members, outcomes in landed
            if not isinstance(outcomes, BaseException)
            for pair in zip(members, outcomes, strict=True)
        ]
        if answered:
            self.tally.add(record(self._kit, answered))
            self._probe("after-record")
        for _, outcomes in landed:
            if isinstance(outcomes, BaseException):
                raise outcomes
