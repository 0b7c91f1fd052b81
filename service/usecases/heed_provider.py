"""Heeding what a provider's answers say of it: left alone while it is away, asks us to wait, or refuses our key."""

from __future__ import annotations

import time
from collections.abc import Sequence

from service.domain.breaker import PROBE_WITHIN, Breaker, Gate, Sign, gate, hear, try_now
from service.storage import audits, breakers, enrollments, planned
from service.usecases.again import again
from service.usecases.kit import Kit

LOOK_AGAIN = 1.0  # seconds for which a worker goes by what it has read
OWN = "outbox"  # the demo's mailbox lies in our own database: there is nobody to be left alone


class Watch:
    """One pass's view of the provider's breaker, shared by all workers in one row. Nothing is written while the
    provider answers. `trying`: this pass is the one that tries it."""

    def __init__(self, kit: Kit, provider: str) -> None:
        self._kit = kit
        self._provider = provider
        self._known: Breaker | None = None
        self._looked: float | None = None
        self.trying = False

    def gate(self) -> Gate:
        """Half-open for one worker alone; for the others it stays open until that one knows more."""
        if self._provider == OWN:
            return "closed"
        if self._looked is None or time.monotonic() - self._looked > LOOK_AGAIN:
            self._look()
        now = self._kit.clock()
        found = gate(self._known, now)
        if found != "half-open" or self.trying:
            return found
        if not self._due(now):
            return "open"
        with self._kit.db.write() as conn:
            self.trying = breakers.take_probe(conn, self._provider, now, now + PROBE_WITHIN)
        return "half-open" if self.trying else "open"

    def heed(self, heard: Sequence[tuple[int, Sign | None]]) -> None:
        """`heard`: what answers said, each with the instant at which their batch was taken in hand."""
        signs = [(began, sign) for began, sign in heard if sign is not None]
        quiet = self._known is None or self._known.state == "closed"
        if self._provider == OWN or (quiet and all(sign.cause is None for _, sign in signs)):
            return
        if signs:
            again(lambda: self._hear(signs))

    def _hear(self, signs: Sequence[tuple[int, Sign]]) -> None:
        now = self._kit.clock()
        with self._kit.db.write() as conn:
            before = found = breakers.get(conn, self._provider, change=True)
            for began, sign in signs:
                found = hear(found, sign, began, now, self._kit.chance)
            if found is not None and found != before:
                breakers.put(conn, self._provider, found)
        self._known, self._looked = found, time.monotonic()
        self.trying = self.trying and gate(found, now) == "half-open"

    def let_go(self) -> None:
        """The pass ends; a try that found nothing to send is another's."""
        if self.trying:
            with self._kit.db.write() as conn:
                breakers.give_back(conn, self._provider)
            self.trying = False

    def _due(self, now: int) -> bool:
        """Whether there is anything to try it with: what is never tried is never written either."""
        with self._kit.db.read() as conn:
            earliest = (enrollments.next_due(conn), planned.next_planned(conn))
        return any(at is not None and at <= now for at in earliest)

    def _look(self) -> None:
        with self._kit.db.read() as conn:
            self._known = breakers.get(conn, self._provider)
        self._looked = time.monotonic()


def standing(kit: Kit) -> Breaker | None:
    """The breaker of the provider in use while it is open."""
    with kit.db.read() as conn:
        found = breakers.get(conn, kit.mail)
    return found if found is not None and found.state == "open" else None


def try_provider(kit: Kit, clinic_id: int, user_id: int) -> bool:
    """A person wants the provider tried at once. False when nothing holds it back."""
    now = kit.clock()
    with kit.db.write() as conn:
        found = breakers.get(conn, kit.mail, change=True)
        if found is None or found.state == "closed":
            return False
        breakers.put(conn, kit.mail, try_now(found, now))
        audits.record(conn, clinic_id, user_id, now, "provider tried", found.cause, {})
    return True
