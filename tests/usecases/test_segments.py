"""Segments: kept, counted, listed, and watched for who comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.content.faults import Faults
from service.content.segment_file import parse_segment, parse_who
from service.domain.conditions import Confirmed, Group, Interested
from service.storage import segments
from service.storage.database import Database
from service.storage.segments import SegmentRow
from service.storage.tables import lead, segment_member
from service.usecases import watch_segments as watching
from service.usecases.count_segment import clinic_called, count_segment, count_who, show_members
from service.usecases.kit import Kit
from service.usecases.save_segment import save_segment
from service.usecases.watch_segments import watch_segments
from tests.support.cast import make_kit
from tests.support.clock import Clock
from tests.support.segment_data import a_house, a_lead, a_run

WARM = "key: warm\nname: Warm leads\nwho: {all: [{interest: sciatica}, {confirmed: true}]}\n"
Told = list[tuple[str, list[int]]]


@pytest.fixture
def kit(db: Database, clock: Clock) -> Kit:
    return make_kit(db, clock)


@pytest.fixture
def house(kit: Kit) -> int:
    with kit.db.write() as conn:
        return a_house(conn)


def _leads(kit: Kit, house: int, count: int = 1, interest: str = "sciatica", confirmed: bool = True) -> list[int]:
    with kit.db.write() as conn:
        at = kit.clock() if confirmed else None
        return [a_lead(conn, house, interest=interest, confirmed_at=at) for _ in range(count)]


def _moves(kit: Kit, lead_ids: Sequence[int], interest: str) -> None:
    with kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id.in_(lead_ids)).values(interest=interest))


@pytest.fixture
def watched(kit: Kit, house: int, monkeypatch: pytest.MonkeyPatch) -> SegmentRow:
    """A segment of which it is taken that a campaign is entered by it."""
    save_segment(kit, house, None, WARM)
    with kit.db.read() as conn:
        row = segments.by_key(conn, house, "warm")
    assert row is not None
    monkeypatch.setattr(watching, "_watched", lambda _conn, _kit: [row])
    return row


def _tells(told: Told) -> watching.Entered:
    def entered(_conn: Connection, row: SegmentRow, lead_ids: Sequence[int], _now: int) -> None:
        told.append((row.key, list(lead_ids)))

    return entered


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_segment_file_says_who_is_in() -> None:
    read = parse_segment(WARM, "warm.yaml")
    assert (read.key, read.name) == ("warm", "Warm leads")
    assert read.who == Group("all", (Interested("sciatica"), Confirmed()))
    assert parse_who("interest: sciatica\n", "letter") == Interested("sciatica")


@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        ("key: warm\nname: Warm\nwhoo: {interest: x}\n", 3, "did you mean 'who'?"),
        ("key: warm\nname: Warm\nwho: {intrest: x}\n", 3, "did you mean 'interest'?"),
        ("key: Warm\nname: Warm\nwho: {interest: x}\n", 1, "small letters"),
        ("name: Warm\nwho: {interest: x}\n", 1, "key that never changes"),
        ("key: warm\nname: Warm\n", 1, "say who is in"),
    ],
)
def test_a_fault_names_its_line_and_its_mend(text: str, line: int, mend: str) -> None:
    with pytest.raises(Faults) as refused:
        parse_segment(text, "warm.yaml")
    assert any(fault.line == line and mend in fault.mend for fault in refused.value.faults)


# ── counting and listing ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_kept_segment_counts_those_in_it_now(kit: Kit, house: int) -> None:
    _leads(kit, house, 3)
    _leads(kit, house, 2, confirmed=False)
    first = save_segment(kit, house, None, WARM)
    assert count_segment(kit, house, "warm") == 3
    assert save_segment(kit, house, None, WARM.replace("true", "false")) == first
    assert count_segment(kit, house, "warm") == 2
    with pytest.raises(KeyError):
        count_segment(kit, house, "cold")


def test_members_come_in_pages_without_a_gap_or_a_repeat(kit: Kit, house: int) -> None:
    everyone = _leads(kit, house, 7)
    seen: list[int] = []
    after, pages = None, 0
    while True:
        page = show_members(kit, house, Interested("sciatica"), after, 3)
        seen += [member.id for member in page.members]
        after, pages = page.next, pages + 1
        if after is None:
            break
    assert (seen, pages) == (everyone[::-1], 3)


def test_another_clinics_leads_are_never_in(kit: Kit, house: int) -> None:
    with kit.db.write() as conn:
        other = a_house(conn, "moon")
    _leads(kit, other, 2)
    assert count_who(kit, house, Interested("sciatica")) == 0
    with kit.db.read() as conn:
        assert clinic_called(conn, None) is None
        found = clinic_called(conn, "moon")
    assert found is not None
    assert found.id == other


# ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_who_comes_in_is_told_once_and_again_after_having_left(kit: Kit, house: int, watched: SegmentRow) -> None:
    told: Told = []
    alice, bob = _leads(kit, house, 2)
    assert watch_segments(kit, _tells(told)) == 2
    assert watch_segments(kit, _tells(told)) == 0
    _moves(kit, [alice], "neck-pain")
    assert watch_segments(kit, _tells(told)) == 0
    _moves(kit, [alice], "sciatica")
    assert watch_segments(kit, _tells(told)) == 1
    assert told == [("warm", [alice, bob]), ("warm", [alice])]


def test_many_come_in_batches_and_nobody_twice(
    kit: Kit, house: int, watched: SegmentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "BATCH", 4)
    told: Told = []
    everyone = _leads(kit, house, 10)
    assert watch_segments(kit, _tells(told)) == 10
    assert sorted(len(each) for _, each in told) == [2, 4, 4]
    assert sorted(each for _, batch in told for each in batch) == everyone
    _moves(kit, everyone[:9], "neck-pain")
    watch_segments(kit, _tells(told))
    with kit.db.read() as conn:
        assert list(conn.execute(sa.select(segment_member.c.lead_id)).scalars()) == everyone[9:]


def test_a_look_that_dies_while_telling_has_noted_nobody(kit: Kit, house: int, watched: SegmentRow) -> None:
    (alice,) = _leads(kit, house)
    told: Told = []

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_segments(kit, dies)
    assert watch_segments(kit, _tells(told)) == 1
    assert told == [("warm", [alice])]


def test_two_workers_at_once_tell_each_lead_once(kit: Kit, house: int, watched: SegmentRow) -> None:
    everyone = _leads(kit, house, 40)
    told: Told = []
    together = Barrier(2)

    def works() -> None:
        together.wait()
        watch_segments(kit, _tells(told))

    workers = [Thread(target=works) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(each for _, batch in told for each in batch) == everyone


def test_a_look_at_nothing_new_is_one_query_a_segment(kit: Kit, house: int, watched: SegmentRow) -> None:
    _leads(kit, house, 3)
    watch_segments(kit, lambda *_: None)
    seen: list[str] = []

    def keep(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    watch_segments(kit, lambda *_: None)
    sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    asked = [each for each in seen if not each.startswith("BEGIN")]
    assert len([each for each in asked if "segment_member" in each]) == 1
    assert len(asked) == 2  # and the clinic's half-life
    assert not [each for each in seen if "IMMEDIATE" in each]


def test_only_campaigns_that_a_segment_enters_are_looked_at(kit: Kit, house: int) -> None:
    (alice,) = _leads(kit, house)
    with kit.db.write() as conn:
        by_segment = a_run(conn, house, alice, entry_on="segment")
        a_run(conn, house, alice, entry_on="tag")
    with kit.db.read() as conn:
        assert segments.entering_versions(conn) == [(house, by_segment["version_id"])]
