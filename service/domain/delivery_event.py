"""What a provider reports of a message afterwards, and what that means.

Reports come late, twice and in any order: a message keeps the earliest instant of each kind, and `standing` is the kind
of the highest rank, so that nothing moves a message backwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from service.domain.click import Flag

Stop = Literal["invalid", "hard-bounce", "complaint", "unsubscribed"]
EVERYWHERE: frozenset[Stop] = frozenset({"invalid", "hard-bounce", "complaint"})


class Kind(StrEnum):
    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    BLOCKED = "blocked"  # refused for now, or for what the mail is: says nothing lasting of the address
    DROPPED = "dropped"  # the provider did not even try
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """`external_id` is unique for the provider; `ref` is our opaque name of the message, when the report carries it;
    `at` in UTC epoch seconds; `data` is the report as it came.

    `bad_address`: can never be reached; `soft`: says nothing lasting; `counted`: one of the soft bounces that, so many
    in a row, let the address rest. `stop` is said only where it does not follow. `flag`: which machine did it."""

    provider: str
    external_id: str
    kind: Kind
    ref: str | None
    at: int
    data: Mapping[str, Any] = field(default_factory=dict)
    bad_address: bool = False
    soft: bool = False
    stop: Stop | None = None
    counted: bool = False
    flag: Flag | None = None


# Each kind's place in a message's life.
_RANK: dict[Kind, int] = {
    Kind.UNKNOWN: 0,
    Kind.PROCESSED: 1,
    Kind.DEFERRED: 2,
    Kind.DELIVERED: 3,
    Kind.OPENED: 4,
    Kind.CLICKED: 5,
    Kind.RESUBSCRIBED: 6,
    Kind.BLOCKED: 7,
    Kind.DROPPED: 8,
    Kind.BOUNCED: 9,
    Kind.UNSUBSCRIBED: 10,
    Kind.COMPLAINED: 11,
}

# The column of `message` that keeps the earliest instant of a kind. A click that a provider tells of is shown and never
# counted: only a hit on a link of our own is a person's.
STAMPS: dict[Kind, str] = {
    Kind.DEFERRED: "deferred_at",
    Kind.DELIVERED: "delivered_at",
    Kind.BOUNCED: "bounced_at",
    Kind.BLOCKED: "bounced_at",
    Kind.DROPPED: "bounced_at",
    Kind.COMPLAINED: "complained_at",
    Kind.OPENED: "opened_at",
}
SOFT = "soft_bounced_at"


def rank(kind: Kind) -> int:
    return _RANK[kind]


def standing(kinds: Collection[Kind]) -> Kind | None:
    """What a message has come to, of all that was reported; the order does not matter."""
    return max(kinds, key=rank, default=None)


def stop_of(event: DeliveryEvent) -> Stop | None:
    """Why the address gets nothing more, if this report says so."""
    if event.stop is not None:
        return event.stop
    if event.bad_address:
        return "invalid"
    if event.kind is Kind.BOUNCED and not event.soft:
        return "hard-bounce"
    if event.kind is Kind.COMPLAINED:
        return "complaint"
    return "unsubscribed" if event.kind is Kind.UNSUBSCRIBED else None


def columns_of(event: DeliveryEvent) -> Iterator[str]:
    """The columns of `message` that this report sets. What a machine opened was not opened."""
    if event.kind in STAMPS and event.flag is None:
        yield STAMPS[event.kind]
    if event.counted:
        yield SOFT


def stamps(events: Iterable[tuple[int, DeliveryEvent]]) -> dict[str, dict[int, int]]:
    """Of (message id, report): by column, the earliest instant of each message."""
    found: dict[str, dict[int, int]] = {}
    for message_id, event in events:
        for column in columns_of(event):
            instants = found.setdefault(column, {})
            instants[message_id] = min(event.at, instants.get(message_id, event.at))
    return found
