"""A message's states and what a provider's answer makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class MessageState(StrEnum):
    PLANNED = "planned"  # the provider asked us to come back later
    IN_FLIGHT = "in_flight"  # recorded before the call; a lease says until when
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"  # the answer was lost: never a blind retry
    DROPPED = "dropped"  # not sent after all, by a rule or a person


Cause = Literal["outage", "wait", "key"]  # it is away, it asks us to wait, it does not take our key


@dataclass(frozen=True, slots=True)
class Accepted:
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider read it and said no. `bad_address`: this recipient can never be reached."""

    reason: str
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Certainly not sent: refused before the bytes, or asked to wait until `at`. `cause`: what that says of the
    provider itself; None: nothing."""

    reason: str
    at: int
    cause: Cause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The bytes may have arrived; the answer did not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A mail in doubt, for the provider to recall. It left to `to` from `taken_at` on and before `until` (UTC epoch
    seconds), if it left; `sure`: that this was the address is certain."""

    ref: str
    to: str
    taken_at: int
    until: int
    sure: bool


Outcome = Accepted | Rejected | Later | Doubtful

# The named points at which the fault tests kill the process.
PROBES = ("before-intent", "after-intent", "after-bytes", "after-202", "after-record")
