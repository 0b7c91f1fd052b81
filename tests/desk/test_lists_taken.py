"""Bringing a list of people in: looked at first, taken in batches, never against anybody's word, taken back whole."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.domain.import_columns import Part
from service.domain.import_row import Plan
from service.domain.import_state import ImportState
from service.domain.timing import DAY, MINUTE
from service.storage import campaigns, leads, runs, users
from service.storage.lead_imports import ImportRow
from service.storage.tables import audit, consent, event, import_row, lead, lead_import, source, suppression
from service.usecases.erase_lead import erase_lead
from service.usecases.forget_old import forget_old
from service.usecases.imports import look_through, take_rows, undo_list
from service.usecases.imports.carry_imports import carry_imports
from service.usecases.imports.show_import import fates_of, list_of, refused_rows
from service.usecases.imports.take_list import begin, change_columns, drop_list, explain, plan_of, take_list
from service.usecases.imports.undo_list import undo_list as take_back
from tests.support.desk_data import Desk

ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
WORDING = "Yes, send me news by email."
LIST = """Email,First Name,Last Name,Phone,Status,Opt-in Date
new@example.org,Nina,Berg,(612) 555-0119,subscribed,2026-01-31
alice@example.org,Alice,,,subscribed,2026-02-01
gone@example.org,Gustav,,,unsubscribed,
bob@example.org,Bob,,,subscribed,2026-02-01
not-an-address,Nora,,,subscribed,2026-02-01
,Nobody,,,subscribed,2026-02-01
new@example.org,Nina again,,,subscribed,2026-02-02
quiet@example.org,Quinn,,,subscribed,
"""


def _brings(desk: Desk, text: str = LIST, wording: str = WORDING) -> int:
    """A list whose columns were explained."""
    kit = desk.house.kit
    import_id = take_list(kit, desk.clinic, None, "people.csv", text.encode())
    plan = replace(plan_of(_row(desk, import_id)), wording=wording)
    assert explain(kit, import_id, plan) == {}
    return import_id


def _row(desk: Desk, import_id: int) -> ImportRow:
    row = list_of(desk.house.kit, desk.clinic, import_id)
    assert row is not None
    return row


def _takes(desk: Desk, text: str = LIST, wording: str = WORDING) -> int:
    import_id = _brings(desk, text, wording)
    carry_imports(desk.house.kit)
    assert begin(desk.house.kit, import_id, None)
    carry_imports(desk.house.kit)
    assert _row(desk, import_id).state == ImportState.DONE
    return import_id


def _all(desk: Desk, table: sa.Table, *but: str) -> list[tuple[object, ...]]:
    columns = [column for column in table.columns if column.name not in but]
    with desk.house.kit.db.read() as conn:
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(*table.primary_key))]


def _count(desk: Desk, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    with desk.house.kit.db.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar() or 0)


def test_a_look_tells_each_rows_fate_and_changes_nobody(desk: Desk) -> None:
    before = {table: _all(desk, table) for table in (lead, consent, event, suppression, source)}
    import_id = _brings(desk)
    carry_imports(desk.house.kit)
    row = _row(desk, import_id)
    assert (row.state, row.tool) == (ImportState.LOOKED, None)
    assert row.counts == {
        "new": 1,
        "same": 1,
        "stops": 1,
        "stopped": 1,
        "bad-address": 1,
        "no-address": 1,
        "twice": 1,
        "no-consent": 1,
    }
    fates = fates_of(desk.house.kit, row)
    assert (fates.changing, fates.refusing) == (2, 4)
    assert [line for line, _ in fates.refused] == [6, 7, 8, 9]
    assert {table: _all(desk, table) for table in before} == before


def test_a_new_person_is_a_lead_with_the_consent_that_the_list_tells(desk: Desk) -> None:
    import_id = _takes(desk)
    with desk.house.kit.db.read() as conn:
        nina = leads.by_email_key(conn, desk.clinic, "new@example.org")
        assert nina is not None
        (given,) = conn.execute(sa.select(consent).where(consent.c.lead_id == nina.id)).all()
        kinds = list(conn.execute(sa.select(event.c.kind).where(event.c.lead_id == nina.id)).scalars())
    assert (nina.first_name, nina.last_name, nina.phone) == ("Nina", "Berg", "+16125550119")
    assert (nina.consent, nina.consent_at, nina.zone, nina.utm) == ("given", 1769817600, "America/Chicago", {})
    assert (given.kind, given.wording, given.at, given.how) == (
        *("given", WORDING, 1769817600),
        "list: its own column says so",
    )
    assert kinds == ["imported"]
    assert nina.source_id == _row(desk, import_id).source_id


def test_whoever_unsubscribed_elsewhere_is_never_written_to_and_who_did_here_stays_so(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        bob = leads.by_email_key(conn, desk.clinic, "bob@example.org")
    _takes(desk)
    with desk.house.kit.db.read() as conn:
        stops = conn.execute(
            sa.select(suppression.c.reason, suppression.c.clinic_id).where(
                suppression.c.email_key == "gone@example.org"
            )
        ).all()
        assert [tuple(row) for row in stops] == [("unsubscribed", desk.clinic)]
        assert leads.by_email_key(conn, desk.clinic, "bob@example.org") == bob
        assert leads.by_email_key(conn, desk.clinic, "gone@example.org") is None


def test_a_leads_stop_elsewhere_ends_its_series_here(desk: Desk) -> None:
    maria = desk.people["Maria"]

    def series() -> int:
        with desk.house.kit.db.read() as conn:
            found = runs.running(conn, lead_id=maria)
            rows = campaigns.by_ids(conn, [run.campaign_id for run in found])
        return sum(not rows[run.campaign_id].has_service for run in found)

    with desk.house.kit.db.read() as conn:
        email = leads.get(conn, maria).email
    assert series() > 0
    _takes(desk, f"Email,Unsub time\n{email},2026-03-01 10:00:00\n", wording="")
    assert series() == 0
    with desk.house.kit.db.read() as conn:
        query = sa.select(consent.c.kind, consent.c.how).where(consent.c.lead_id == maria)
        last = conn.execute(query.order_by(consent.c.id.desc())).first()
        assert leads.get(conn, maria).consent == "withdrawn"
    assert tuple(last or ()) == ("withdrawn", "list")
    assert "as a list says that was brought in" in desk.get(f"/desk/leads/{maria}")


def test_the_gaps_of_a_known_lead_are_filled_and_nothing_else_changes(desk: Desk) -> None:
    before = _all(desk, lead, "phone", "zone", "zone_from", "last_name", "revision", "changed_at")
    text = "Email,First Name,Last Name,Phone\nalice@example.org,Alice,Winter,(415) 555-0123\n"
    with desk.house.kit.db.write() as conn:
        leads.change(conn, desk.people["Alice"], {"phone": None, "last_name": None}, desk.clock.at)
    import_id = take_list(desk.house.kit, desk.clinic, None, "people.csv", text.encode())
    plan = Plan(plan_of(_row(desk, import_id)).mapping, WORDING, desk.clock.at - DAY, for_all=True)
    assert explain(desk.house.kit, import_id, plan) == {}
    carry_imports(desk.house.kit)
    begin(desk.house.kit, import_id, None)
    carry_imports(desk.house.kit)
    with desk.house.kit.db.read() as conn:
        alice = leads.get(conn, desk.people["Alice"])
    assert (alice.last_name, alice.phone) == ("Winter", "+14155550123")
    assert _all(desk, lead, "phone", "zone", "zone_from", "last_name", "revision", "changed_at") == before


def test_killed_anywhere_the_rows_that_are_left_are_taken_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_through, "BATCH", 3)
    monkeypatch.setattr(take_rows, "BATCH", 3)
    rows = "".join(f"p{number}@example.org,P{number}\n" for number in range(20))
    kit = desk.house.kit
    import_id = take_list(kit, desk.clinic, None, "people.csv", f"Email,First Name\n{rows}".encode())
    plan = Plan(plan_of(_row(desk, import_id)).mapping, WORDING, desk.clock.at - DAY, for_all=True)
    assert explain(kit, import_id, plan) == {}
    once = iter([True, True, False] * 40)
    for _ in range(10):
        carry_imports(kit, go_on=lambda: next(once))
    assert begin(kit, import_id, None)
    assert not begin(kit, import_id, None)
    seen: list[int] = []
    for _ in range(10):
        carry_imports(kit, go_on=lambda: next(once))
        seen.append(_row(desk, import_id).reached)
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    assert (_row(desk, import_id).state, _row(desk, import_id).counts) == (ImportState.DONE, {"new": 20})
    ours = lead.c.email_key.like("p%@example.org")
    assert _count(desk, lead, ours) == 20
    for table in (consent, event):
        mine = table.c.lead_id.in_(sa.select(lead.c.id).where(ours))
        assert _count(desk, table, mine) == 20


def test_somebody_who_signs_up_meanwhile_is_taken_as_they_are_then(desk: Desk) -> None:
    import_id = _brings(desk)
    carry_imports(desk.house.kit)
    with desk.house.kit.db.write() as conn:
        theirs = {"email": "new@example.org", "email_key": "new@example.org", "first_name": "Nina"}
        zone = {"zone": "America/Chicago", "zone_from": "clinic"}
        nina = leads.add(conn, clinic_id=desk.clinic, now=desk.clock.at, **theirs, **zone)
    begin(desk.house.kit, import_id, None)
    carry_imports(desk.house.kit)
    assert _row(desk, import_id).counts["adds"] == 1
    with desk.house.kit.db.read() as conn:
        assert leads.get(conn, nina or 0).last_name == "Berg"


def test_the_rows_that_are_left_out_come_as_a_file_that_no_spreadsheet_reckons_with(desk: Desk) -> None:
    text = "Email,First Name\n=cmd|' /C calc'!A0,Eve\n@bad,Ed\n"
    kit = desk.house.kit
    import_id = take_list(kit, desk.clinic, None, "x.csv", text.encode())
    explain(kit, import_id, Plan(plan_of(_row(desk, import_id)).mapping, WORDING, desk.clock.at, for_all=True))
    carry_imports(kit)
    lines = list(csv.reader(io.StringIO(refused_rows(kit, _row(desk, import_id), None).removeprefix("\ufeff"))))
    assert lines[0] == ["Line", "Why it was left out", "Email", "First Name"]
    assert [line[0] for line in lines[1:]] == ["2", "3"]
    assert lines[1][2].startswith("'=")
    begin(kit, import_id, None)
    carry_imports(kit)
    assert list(csv.reader(io.StringIO(_row(desk, import_id).body.decode().removeprefix("\ufeff")))) == lines
    assert _count(desk, audit, audit.c.action == "rows of a list exported") == 1


def test_a_list_is_taken_back_but_for_whom_something_happened_to(desk: Desk) -> None:
    before = {table: _all(desk, table) for table in (lead, consent, event)}
    rows = "".join(f"p{number}@example.org,P{number}\n" for number in range(5))
    import_id = take_list(desk.house.kit, desk.clinic, None, "x.csv", f"Email,First Name\n{rows}".encode())
    plan = Plan(plan_of(_row(desk, import_id)).mapping, WORDING, desk.clock.at - DAY, for_all=True)
    explain(desk.house.kit, import_id, plan)
    carry_imports(desk.house.kit)
    begin(desk.house.kit, import_id, None)
    carry_imports(desk.house.kit)
    with desk.house.kit.db.write() as conn:
        kept = leads.by_email_key(conn, desk.clinic, "p3@example.org")
        assert kept is not None
        leads.change(conn, kept.id, {"first_name": "Paula"}, desk.clock.at)
    desk.clock.at += MINUTE
    assert take_back(desk.house.kit, import_id, None)
    assert not take_back(desk.house.kit, import_id, None)
    carry_imports(desk.house.kit)
    row = _row(desk, import_id)
    assert (row.state, row.undone) == (ImportState.UNDONE, 4)
    for table, rows_before in before.items():
        mine = table.c.id if table is lead else table.c.lead_id
        left = [each for each in _all(desk, table) if each not in rows_before]
        assert len(left) == 1, (table.name, mine)


@ONE
def test_after_a_day_it_stands(desk: Desk) -> None:
    import_id = _takes(desk)
    desk.clock.at += DAY + 1
    assert not take_back(desk.house.kit, import_id, None)
    assert undo_list.UNDO_FOR == DAY


@ONE
def test_a_file_goes_with_whoever_is_erased_and_with_time(desk: Desk) -> None:
    first, second = _brings(desk), _takes(desk)
    with desk.house.kit.db.read() as conn:
        dana = users.by_email(conn, "dana@sun.example")
    assert dana is not None
    erase_lead(desk.house.kit, dana, desk.people["Alice"])
    assert (_row(desk, first).state, _row(desk, first).body) == (ImportState.GONE, b"")
    assert "quiet@example.org" in _row(desk, second).body.decode()
    desk.clock.at += 31 * DAY
    forget_old(desk.house.kit)
    assert _row(desk, second).body == b""
    assert _count(desk, import_row) == 0


@ONE
def test_what_is_not_begun_can_be_changed_or_dropped(desk: Desk) -> None:
    import_id = _brings(desk)
    change_columns(desk.house.kit, import_id)
    assert _row(desk, import_id).state == ImportState.MAPPING
    plan = Plan({1: Part.FIRST})
    assert set(explain(desk.house.kit, import_id, plan)) == {"columns", "wording", "agreed", "for_all"}
    assert drop_list(desk.house.kit, import_id)
    assert _count(desk, lead_import) == _count(desk, import_row) == 0
    done = _takes(desk)
    assert not drop_list(desk.house.kit, done)
