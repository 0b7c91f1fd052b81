"""No mail is ever lost; a mail is repeated at most once, only when the provider's answer was lost and neither its
events nor its log settled it; never to someone who has unsubscribed in the meantime.

Each schedule is drawn from its seed: `pytest tests/faults --schedules 1 --seed S` plays the one of seed S again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.schedules.draw import Schedule, draw
from tests.support.schedules.judge import Ledger
from tests.support.schedules.play import Violated, play
from tests.support.schedules.world import World


def test_the_promise_holds(
    world_of: Callable[[Schedule], World],
    dialect: str,
    seeds: range,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    total, broken = Ledger(), []
    for seed in seeds:
        schedule = draw(seed, dialect)
        try:
            total.add(play(schedule, world_of(schedule), tmp_path))
        except Violated as fault:
            broken.append(str(fault))
    record_property("ledger", json.dumps({dialect: total.as_dict()}))
    if broken:
        pytest.fail("\n\n".join(broken), pytrace=False)
