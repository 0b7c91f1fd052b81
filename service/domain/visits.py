"""How often a run has entered its steps: what tells one visit of a step from the next."""

from __future__ import annotations

from collections.abc import Mapping


def arrive(visits: Mapping[str, int], left: str, to: str, loops: bool) -> tuple[int, dict[str, int]]:
    """The visit that begins at `to`, and the counts after it. Where nothing loops and nothing is marked there is
    nothing to count: each step is entered once."""
    if not visits and not loops:
        return 1, {}
    known = dict(visits)
    if known.get(left, 0) < 0:
        known[left] = -known[left]
    elif loops and left not in known:
        known[left] = 1
    if known.get(to, 0) < 0:
        return -known[to], known
    visit = known.get(to, 0) + 1
    return visit, {**known, to: visit} if loops else known
