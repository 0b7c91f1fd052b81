"""Simulation, forecast and tick are one engine: for whatever clinic, series and lead, they tell the same mails at the
same second, with caps, closures, quiet hours, jitter, pauses, loops and what steps do along the way."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from service.domain.decision import Send
from service.domain.timing import day_start, local_day
from service.storage import clinics, enrollments
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.usecases.forecast import forecast
from service.usecases.paths import load_paths
from service.usecases.simulate import simulate
from tests.support.agreement import House, Lived, Sent, half_life, houses, of_campaign

MOST_TICKS = 2_000


@pytest.fixture(scope="module")
def house_db(tmp_path_factory: pytest.TempPathFactory) -> Database:
    url = f"sqlite:///{tmp_path_factory.mktemp('agreement') / 'house.db'}"
    upgrade(url)
    return Database(url)


def _foreseen(lived: Lived, now: int) -> list[Sent]:
    """What the forecast walks, from what the database holds at `now`."""
    found: list[Sent] = []
    with lived.kit.db.read() as conn:
        ready, _loaded = load_paths(lived.kit, conn, enrollments.going_in(conn, lived.clinic), now)
    for each in ready:
        for decided in each.path.walk(now, lived.house.until):
            if isinstance(decided.decision, Send) and not decided.lost:
                run, mail = decided.run, decided.decision.mail
                found.append((decided.at, decided.walker.definition.key, run.step, run.visit, mail))
    return found


def _simulated(lived: Lived) -> list[Sent]:
    house = lived.house
    with lived.kit.db.read() as conn:
        ready, _loaded = load_paths(lived.kit, conn, enrollments.going_in(conn, lived.clinic), house.start)
    facts = ready[0].path.walkers[0].facts
    happened = simulate(house.series[0], facts, house.start, half_life=half_life(lived))
    visits: Counter[str] = Counter()
    found: list[Sent] = []
    for each in happened:
        if each.kind in ("sends", "skips"):
            visits[each.step] += 1
        if each.kind == "sends" and each.at <= house.until:
            found.append((each.at, house.series[0].key, each.step, visits[each.step], each.mail))
    return found


def _by_day(lived: Lived, now: int) -> list[dict[str, int]]:
    with lived.kit.db.read() as conn:
        days = forecast(lived.kit, conn, clinics.get(conn, lived.clinic), now, 60).days
    return [dict(day.campaigns) for day in days]


def _days(sent: list[Sent], house: House) -> list[dict[str, int]]:
    first = local_day(house.start, house.clinic_zone)
    days: list[Counter[str]] = [Counter() for _ in range(60)]
    for at, key, *_rest in sent:
        number = local_day(at, house.clinic_zone) - first
        if number < 60:
            days[number][key] += 1
    return [dict(day) for day in days]


def _live(lived: Lived, until: int) -> tuple[int, list[tuple[int, list[Sent]]]]:
    """Ticks at each due instant; gives how often, and what was foreseen along the way, with how much had been sent."""
    asked: list[tuple[int, list[Sent]]] = []
    for turn in range(MOST_TICKS):
        now = lived.next_due()
        if now is None or now > until:
            return turn, asked
        if turn % lived.house.asked_after == lived.house.asked_after - 1:
            asked.append((len(lived.sent()), _foreseen(lived, now)))
        lived.tick(now)
    raise AssertionError("it never ends")


def _agree(lived: Lived) -> int:
    house = lived.house
    foreseen, by_day = _foreseen(lived, house.start), _by_day(lived, house.start)
    simulated = _simulated(lived) if len(house.series) == 1 else None
    last_day = day_start(local_day(house.start, house.clinic_zone) + 60, house.clinic_zone) - 1
    ticks, asked = _live(lived, max(house.until, last_day))
    everything = lived.sent()
    sent = [each for each in everything if each[0] <= house.until]
    assert foreseen == sent
    assert by_day == _days(everything, house)
    for already, ahead in asked:
        assert ahead == sent[already:]
    if simulated is not None:
        assert simulated == of_campaign(sent, house.series[0].key)
    return ticks


def test_simulation_forecast_and_tick_agree_to_the_second(house_db: Database, long: bool) -> None:
    steps = 0

    @settings(max_examples=900 if long else 15, suppress_health_check=list(HealthCheck), database=None)
    @given(houses())
    def agree(house: House) -> None:
        nonlocal steps
        steps += _agree(Lived.build(house_db, house))

    agree()
    assert steps >= (10_000 if long else 100), f"only {steps} ticks were looked at"
