"""The circuit breaker of a provider: when it is left alone, and when one worker may try it again.

The first outage opens it: each further request to a provider that does not answer puts up to a thousand mails in
doubt. Pure; clock and chance come in as arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from service.domain.message import Accepted, Cause, Doubtful, Later, Outcome, Rejected
from service.domain.timing import MINUTE

Gate = Literal["closed", "open", "half-open"]
FIRST = 4  # seconds within which the first try after an outage lies
LONGEST = 10 * MINUTE
CALM = 10 * MINUTE  # after so long without an outage the next one is a first one again
KEY_AGAIN = 15 * MINUTE  # a key that was refused is tried again by itself, should nobody do so
PROBE_WITHIN = 2 * MINUTE  # then another worker may try in its place
PROBE = 5  # so many of those who are due are taken for a try


@dataclass(frozen=True, slots=True)
class Breaker:
    """`cause`: what opened it last. `since`: when it opened or closed; `until`: when it may be tried again. `openings`:
    how often it has opened without a calm between. `probe_until`: until when somebody is trying."""

    state: Literal["closed", "open"]
    cause: Cause
    since: int
    until: int
    openings: int
    probe_until: int | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """What the answers to one batch say of the provider: that it answers (`cause` None), or what is the matter. `at`:
    until when it asks us to wait."""

    cause: Cause | None
    at: int = 0


def sign_of(outcomes: Iterable[Outcome]) -> Sign | None:
    """The gravest; None: nothing was learned. A letter that is refused is an answer; a few answers that were lost among
    many that came are no outage."""
    outcomes = list(outcomes)
    if outcomes and {type(outcome) for outcome in outcomes} <= {Accepted, Rejected}:
        return Sign(None)
    answered, lost, away, waits = 0, 0, False, []
    for outcome in outcomes:
        match outcome:
            case Accepted() | Rejected():
                answered += 1
            case Doubtful():
                lost += 1
            case Later(cause="key"):
                return Sign("key")
            case Later(at=at, cause="wait"):
                waits.append(at)
            case Later(cause="outage"):
                away = True
    if waits:
        return Sign("wait", max(waits))
    if away or lost > answered:
        return Sign("outage")
    return Sign(None) if answered else None


def gate(breaker: Breaker | None, now: int) -> Gate:
    """Half-open: one worker at a time may try a few mails."""
    if breaker is None or breaker.state == "closed":
        return "closed"
    return "open" if now < breaker.until else "half-open"


def hear(breaker: Breaker | None, sign: Sign, began: int, now: int, chance: Callable[[], float]) -> Breaker | None:
    """The breaker after the answers to a batch that was taken in hand at `began`; unchanged where they say nothing new.
    `chance` gives a number from 0 to 1."""
    if breaker is None or breaker.state == "closed":
        return breaker if sign.cause is None else _open(breaker, sign.cause, sign.at, now, chance)
    if began < breaker.until:
        return _late(breaker, sign, now)
    if sign.cause is None:
        return Breaker("closed", breaker.cause, now, now, breaker.openings)
    return _open(breaker, sign.cause, sign.at, now, chance)


def try_now(breaker: Breaker, now: int) -> Breaker:
    """A person has mended something, and wants it tried at once."""
    return replace(breaker, until=now, probe_until=None) if breaker.state == "open" else breaker


def _late(breaker: Breaker, sign: Sign, now: int) -> Breaker:
    """A batch that was under way when it opened: it must neither close it nor lengthen what was drawn."""
    match sign.cause:
        case "key" if breaker.cause != "key":
            return replace(breaker, cause="key", until=max(breaker.until, now + KEY_AGAIN))
        case "wait" if sign.at > breaker.until:
            return replace(breaker, until=sign.at, cause=breaker.cause if breaker.cause == "key" else "wait")
    return breaker


def _open(before: Breaker | None, cause: Cause, at: int, now: int, chance: Callable[[], float]) -> Breaker:
    calm = before is None or (before.state == "closed" and now - before.since >= CALM)
    openings = 1 if before is None or calm else before.openings + 1
    since = before.since if before is not None and before.state == "open" else now
    return Breaker("open", cause, since, _until(cause, at, openings, now, chance), openings)


def _until(cause: Cause, at: int, openings: int, now: int, chance: Callable[[], float]) -> int:
    """An outage is waited out for a time drawn from the whole of a span that doubles, so that workers and installations
    do not all come back in one second."""
    match cause:
        case "wait":
            return max(at, now + 1)
        case "key":
            return now + KEY_AGAIN
    return now + 1 + int(chance() * min(LONGEST, FIRST * 2 ** min(openings - 1, 20)))
