"""How long a sign-in to the desk lasts: seconds. docs/operations.md tells them to the clinic."""

from __future__ import annotations

from service.domain.timing import DAY, HOUR, MINUTE

IDLE = 12 * HOUR  # a working day: over night the desk closes by itself
LONGEST = 7 * DAY  # whoever looks in every day gives the password once a week
PROOF = 10 * MINUTE  # after a password or a code nobody is asked for it again
NOTED = 5 * MINUTE  # "last seen" is written down no more often
HALF = 10 * MINUTE  # from the password to the code


def over(started_at: int, seen_at: int, now: int) -> bool:
    return now - seen_at >= IDLE or now - started_at >= LONGEST


def proved(proved_at: int, now: int) -> bool:
    """Whether whoever sits there has shown lately who it is."""
    return now - proved_at < PROOF
