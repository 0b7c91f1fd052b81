"""What one decision costs in a batch: leads at all steps of a series, in several zones, windows remembered by zone and
quarter of an hour. The limit is the same loop with nothing decided."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from service.domain.campaign import Definition
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import DAY, HOUR
from service.usecases.imagine import shipped_campaign

NOW = 1_795_536_000
TARGET = 8.0
ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "America/Denver", "Europe/Berlin", "Asia/Tokyo")
CAMPAIGN = "sciatica-consultation"
CLOSED = frozenset({739_581, 739_610, 739_617})

Case = tuple[Enrollment, Facts]


def run(leads: int, rounds: int) -> dict[str, Any]:
    """Microseconds a lead: the median round, decided and undecided, and what was decided."""
    campaign = shipped_campaign(CAMPAIGN)
    if campaign is None:
        raise LookupError(CAMPAIGN)
    cases = _cases(campaign.definition, leads)
    decided = [_round(campaign.definition, cases, decide) for _ in range(rounds)]
    limit = [_round(campaign.definition, cases, _nothing) for _ in range(rounds)]
    kinds: dict[str, int] = {}
    for enrollment, facts in cases:
        kind = type(decide(campaign.definition, enrollment, facts, NOW)).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
    each = statistics.median(decided)
    return {
        "what": "decide",
        "leads": leads,
        "rounds": rounds,
        "us_a_lead": round(each, 3),
        "us_an_empty_loop": round(statistics.median(limit), 3),
        "target_us": TARGET,
        "decided": kinds,
        "ok": each <= TARGET,
    }


def words(found: dict[str, Any]) -> list[str]:
    return [
        f"decide: {found['us_a_lead']} µs a lead over {found['leads']:,} leads",
        f"target {found['target_us']} µs; the empty loop {found['us_an_empty_loop']} µs",
        f"decided: {found['decided']}",
    ]


def _cases(definition: Definition, leads: int) -> list[Case]:
    """A third are due and inside the window, a third are due outside it, a third wait."""
    steps = list(definition.steps)
    made = []
    for lead in range(leads):
        facts = Facts(
            zone=ZONES[lead % len(ZONES)],
            clinic_zone=ZONES[0],
            now=NOW,
            lead_id=lead,
            closed=CLOSED,
            sent_week=lead % 5,
            clicked=frozenset({"book"}) if lead % 7 == 0 else frozenset(),
        )
        place = enter(definition, facts, NOW - 5 * DAY - lead % 90 * 60)
        due = NOW - lead % HOUR if lead % 3 else NOW + DAY
        made.append((Enrollment(lead, lead, steps[lead % len(steps)], 1, NOW - 20 * DAY, place.since, due), facts))
    return made


def _round(definition: Definition, cases: Sequence[Case], work: Callable[..., object]) -> float:
    begin = time.perf_counter()
    for enrollment, facts in cases:
        work(definition, enrollment, facts, NOW)
    return (time.perf_counter() - begin) / len(cases) * 1e6


def _nothing(_definition: Definition, _enrollment: Enrollment, _facts: Facts, _now: int) -> None:
    return None
