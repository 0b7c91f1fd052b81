"""Chance that is the same each time: a lead's share is drawn from what it is, not from when it is asked."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from service.domain.acts import WHOLE, SplitStep

HOLDOUT = "held out"


@lru_cache(maxsize=100_000)
def share(campaign: str, step: str, lead_id: int) -> int:
    """A number from 0 to WHOLE - 1, even over leads and independent between steps and campaigns."""
    drawn = blake2b(f"{campaign}\0{step}\0{lead_id}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") % WHOLE


def chosen(campaign: str, step: SplitStep, lead_id: int) -> tuple[str, str | None]:
    """The label of the lead's way and where it leads. The holdout is drawn by a number of its own, so that it stays
    the same people whatever the variants' weights become."""
    if step.holdout and share(campaign, f"{step.key}\0holdout", lead_id) < step.holdout:
        return HOLDOUT, step.then
    drawn = share(campaign, step.key, lead_id)
    for variant in step.variants:
        drawn -= variant.weight
        if drawn < 0:
            return variant.label, variant.then
    last = step.variants[-1]
    return last.label, last.then


def spread(campaign: str, step: str, lead_id: int, seconds: int) -> int:
    """So many seconds to wait after a window opens: from 0 to `seconds`, even over leads."""
    return share(campaign, f"{step}\0jitter", lead_id) * seconds // WHOLE
