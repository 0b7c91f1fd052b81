"""Scores from what leads did: once, whatever happens twice, late or out of order."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.scoring import DEFAULT_RULES, Rule, points_at
from service.domain.timing import DAY
from service.storage import scores
from service.storage import settings as stored
from service.storage.database import Database
from service.storage.tables import event, lead, score_entry
from service.usecases import score_leads as scoring
from service.usecases.change_scoring import change_half_life, change_rules
from service.usecases.explain_score import explain_score
from service.usecases.kit import Kit
from service.usecases.score_leads import score_leads
from tests.support.cast import make_kit
from tests.support.clock import Clock
from tests.support.segment_data import a_house, a_lead, did


@pytest.fixture
def kit(db: Database, clock: Clock) -> Kit:
    return make_kit(db, clock)


@pytest.fixture
def house(kit: Kit) -> int:
    with kit.db.write() as conn:
        clinic_id = a_house(conn)
        scores.replace_rules(conn, clinic_id, DEFAULT_RULES, kit.clock())
    return clinic_id


def _alice(kit: Kit, house: int, *deeds: tuple[str, int, dict[str, Any]]) -> int:
    with kit.db.write() as conn:
        alice = a_lead(conn, house)
        for kind, ago, more in deeds:
            did(conn, house, alice, kind, kit.clock() - ago, **more)
    return alice


def _points(kit: Kit, lead_id: int, half_life: int = 30) -> float:
    with kit.db.read() as conn:
        rank = conn.execute(sa.select(lead.c.score_rank).where(lead.c.id == lead_id)).scalar_one()
    return points_at(rank, kit.clock(), half_life)


def _count(kit: Kit, table: sa.Table, *where: Any) -> int:
    with kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()


def test_deeds_bring_their_points_and_a_second_look_brings_none(kit: Kit, house: int) -> None:
    alice = _alice(kit, house, ("clicked", 0, {"link": "book"}), ("answered", 0, {"link": "price"}))
    assert score_leads(kit) == 2
    assert _points(kit, alice) == pytest.approx(18)
    assert score_leads(kit) == 0
    assert _points(kit, alice) == pytest.approx(18)


def test_a_link_without_a_rule_brings_nothing_and_is_looked_at_once(kit: Kit, house: int) -> None:
    alice = _alice(kit, house, ("clicked", 0, {"link": "read"}), ("moved", 0, {}))
    assert score_leads(kit) == 1
    assert _points(kit, alice) == 0
    assert _count(kit, event, event.c.scored_at.is_(None)) == 1


def test_a_click_counts_five_minutes_on_and_never_when_flagged(kit: Kit, house: int, clock: Clock) -> None:
    soon = kit.clock() + 300
    alice = _alice(
        kit,
        house,
        ("clicked", 0, {"link": "book", "counts_at": soon}),
        ("clicked", 0, {"link": "book", "counts_at": soon, "flag": "scanner"}),
    )
    assert score_leads(kit) == 0
    clock.advance(minutes=5)
    assert score_leads(kit) == 2
    assert _points(kit, alice) == pytest.approx(10, rel=1e-3)
    assert _count(kit, score_entry) == 1


def test_a_late_deed_ends_in_the_score_that_it_would_have_had_in_time(kit: Kit, house: int) -> None:
    deeds = [("no-show", 10 * DAY, {}), ("booked", 5 * DAY, {}), ("no-show", DAY, {})]
    in_time = _alice(kit, house, *deeds)
    score_leads(kit)
    late = _alice(kit, house, *deeds[1:])
    score_leads(kit)
    with kit.db.write() as conn:
        did(conn, house, late, "no-show", kit.clock() - 10 * DAY)
    score_leads(kit)
    assert _points(kit, late) == pytest.approx(_points(kit, in_time))
    assert _points(kit, late) > 0


def test_a_round_that_dies_half_way_is_done_whole_by_the_next(
    kit: Kit, house: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = _alice(kit, house, ("booked", 0, {}))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(scores, "note_scored", dies)
        with pytest.raises(KeyboardInterrupt):
            score_leads(kit)
    assert (_points(kit, alice), _count(kit, score_entry)) == (0, 0)
    score_leads(kit)
    assert _points(kit, alice) == pytest.approx(20)


def test_two_workers_at_once_give_each_deed_its_points_once(kit: Kit, house: int) -> None:
    leads = [_alice(kit, house, *[("visited", 0, {})] * 4) for _ in range(25)]
    together = Barrier(2)

    def works() -> None:
        together.wait()
        score_leads(kit)

    workers = [Thread(target=works) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    score_leads(kit)
    assert [_points(kit, each) for each in leads] == pytest.approx([12.0] * 25)
    assert _count(kit, score_entry) == 100


def test_new_rules_make_every_score_anew_in_batches(kit: Kit, house: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "BATCH", 2)
    leads = [_alice(kit, house, ("clicked", 0, {"link": "book"}), ("visited", 0, {})) for _ in range(5)]
    with kit.db.write() as conn:
        scores.give(conn, [scores.Entry(house, leads[0], kit.clock(), 4, "By hand")], {house: 30})
    score_leads(kit)
    assert [_points(kit, each) for each in leads] == pytest.approx([17, 13, 13, 13, 13])
    rules = [Rule("clicked", 1), Rule("visited", 6)]
    assert change_rules(kit, house, None, rules) is True
    assert change_rules(kit, house, None, rules) is False
    score_leads(kit)
    assert [_points(kit, each) for each in leads] == pytest.approx([11, 7, 7, 7, 7])
    with kit.db.read() as conn:
        assert stored.beginning(conn, scoring.RESCORE) == {}


def test_a_new_half_life_keeps_the_points_of_now_then_counts_as_if_it_had_always_stood(kit: Kit, house: int) -> None:
    alice = _alice(kit, house, ("booked", 30 * DAY, {}))
    score_leads(kit)
    assert _points(kit, alice) == pytest.approx(10)
    assert change_half_life(kit, house, None, 15) is True
    assert _points(kit, alice, 15) == pytest.approx(10, rel=1e-6)
    score_leads(kit)
    assert _points(kit, alice, 15) == pytest.approx(5)
    with pytest.raises(ValueError, match="from 1 to 365"):
        change_half_life(kit, house, None, 0)


def test_a_score_is_explained_line_by_line_in_plain_words(kit: Kit, house: int) -> None:
    alice = _alice(kit, house, ("booked", 30 * DAY, {}), ("clicked", 0, {"link": "book"}))
    score_leads(kit)
    told = explain_score(kit, house, alice)
    assert [(line.words, line.then, round(line.now, 3)) for line in told.lines] == [
        ("Opened the booking page", 10, 10),
        ("Booked a visit", 20, 10),
    ]
    assert (round(told.points), told.stage) == (20, "warm")
    assert told.words.startswith("20 points, warm. Points fade by half every 30 days")
    assert explain_score(kit, house, _alice(kit, house)).words.startswith("No points yet")


def test_looking_when_nothing_waits_writes_nothing(kit: Kit, house: int) -> None:
    seen: list[str] = []

    def keep(_conn: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    score_leads(kit)
    sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    assert len([each for each in seen if not each.startswith("BEGIN")]) == 2
    assert not [each for each in seen if "IMMEDIATE" in each]
