"""A call of a webhook: what became of one attempt, and when the next one is."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.timing import DAY, HOUR, MINUTE

AGAIN_AFTER = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR)
PATIENCE = 2 * DAY  # for a call that stood behind others which had no answer
REST = MINUTE  # how long nobody asks an address that did not answer


@dataclass(frozen=True, slots=True)
class Done:
    """It answered 2xx."""


@dataclass(frozen=True, slots=True)
class Later:
    """It asked to wait, was in trouble, or did not answer: then the call may have arrived all the same. `silent`: the
    address as a whole does not take calls now. `wait`: the least it asked for, in seconds."""

    reason: str
    silent: bool = False
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """It never wants this call, or may not have it."""

    reason: str


Outcome = Done | Later | Refused


def next_try(tries: int, now: int, wait: int = 0) -> int | None:
    """The instant of the next attempt after `tries` of them; None when that was the last one."""
    if tries > len(AGAIN_AFTER):
        return None
    return now + max(AGAIN_AFTER[max(tries, 1) - 1], min(wait, DAY))
