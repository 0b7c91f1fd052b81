"""Each consent has a receipt in a chain: whoever changes, adds or takes out one breaks it; what was erased does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from service.cli import commands
from service.domain.receipt import FIRST, Fact, commit, link, seal
from service.storage import forgetting
from service.storage.tables import consent, receipt, receipt_chain
from service.usecases import chain_receipts as chaining
from service.usecases.chain_receipts import chain_receipts
from service.usecases.check_receipts import check_receipts, show_receipts
from service.usecases.unsubscribe import unsubscribe
from tests.signup.conftest import House

FACT = Fact(
    7, 3, 2, "given", "Send me the series", "letters-3", "standard: ticked", "https://sun.example/", None, 1_700
)
facts = st.builds(
    Fact, st.integers(1), st.integers(1), st.none() | st.integers(1), st.sampled_from(("asked", "given")), st.text(),
    st.text(), st.text(), st.none() | st.text(), st.none() | st.text(), st.integers(0),
)  # fmt: skip


@given(one=facts, other=facts)
def test_two_facts_have_one_commitment_only_where_they_are_one(one: Fact, other: Fact) -> None:
    assert (commit("salt", one) == commit("salt", other)) == (one == other)
    assert commit("salt", one) != commit("pepper", one)


def test_a_link_hangs_on_all_that_came_before() -> None:
    first = link(FIRST, commit("a", FACT))
    assert link(first, commit("b", FACT)) != link(FIRST, commit("b", FACT))
    assert seal("abcdef0123456789" * 4) == "abcd ef01 2345"


@pytest.fixture
def filled(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Five people who agreed, one of whom has stopped; batches of two."""
    monkeypatch.setattr(chaining, "BATCH", 2)
    for name in ("alice", "bob", "charlie", "maria", "erik"):
        house.post(f"{name}@example.org")
    assert chain_receipts(house.kit) == 5
    unsubscribe(house.kit, house.rows("lead")[1].id, how="page")
    assert chain_receipts(house.kit) == 1
    return house


def broken(house: House, what: sa.Executable) -> tuple[int, ...]:
    with house.kit.db.write() as conn:
        conn.execute(what)
    return check_receipts(house.kit, house.sun.clinic).changed


def test_the_chain_holds_and_nothing_is_chained_twice(filled: House) -> None:
    found = check_receipts(filled.kit, filled.sun.clinic)
    assert (found.total, found.erased, found.holds) == (6, 0, True)
    assert chain_receipts(filled.kit) == 0
    assert [row.number for row in filled.rows("receipt", "number")] == [1, 2, 3, 4, 5, 6]


def test_a_changed_wording_shows(filled: House) -> None:
    assert broken(filled, sa.update(consent).where(consent.c.number == 3).values(wording="Sell my data")) == (3,)


def test_a_consent_taken_out_shows(filled: House) -> None:
    assert broken(filled, sa.delete(consent).where(consent.c.number == 2)) == (2,)


def test_a_receipt_written_anew_breaks_the_chain_behind_it(filled: House) -> None:
    row = filled.rows("receipt", "number")[1]
    fact = replace(FACT, consent_id=row.consent_id, lead_id=row.lead_id)
    forged = sa.update(receipt).where(receipt.c.number == 2).values(commitment=commit(row.salt, fact))
    assert 2 in broken(filled, forged)


def test_receipts_taken_off_the_end_show(filled: House) -> None:
    with filled.kit.db.write() as conn:
        conn.execute(sa.delete(receipt).where(receipt.c.number == 6))
    found = check_receipts(filled.kit, filled.sun.clinic)
    assert (found.cut, found.holds) == (True, False)


def test_what_was_erased_leaves_the_chain_whole_and_cannot_be_told_any_more(filled: House) -> None:
    lead_id = filled.rows("lead")[0].id
    with filled.kit.db.write() as conn:
        forgetting.blank(conn, [lead_id], filled.clock())
    found = check_receipts(filled.kit, filled.sun.clinic)
    assert (found.total, found.erased, found.holds) == (6, 1, True)
    assert filled.rows("receipt", "number")[0].salt is None


def test_a_kill_between_two_batches_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "BATCH", 2)
    for name in ("alice", "bob", "charlie"):
        house.post(f"{name}@example.org")
    turns = iter((True, False))
    assert chain_receipts(house.kit, lambda: next(turns)) == 2
    assert chain_receipts(house.kit) == 1
    assert check_receipts(house.kit, house.sun.clinic).holds
    assert house.rows("receipt_chain", "clinic_id")[0].length == 3


def test_a_persons_receipts_say_number_seal_and_whether_they_hold(filled: House) -> None:
    from service.storage import leads

    with filled.kit.db.read() as conn:
        lines = show_receipts(conn, leads.get(conn, filled.rows("lead")[1].id))
    assert [(line.row.kind, line.number, line.holds, line.elsewhere) for line in lines] == [
        ("given", 2, True, False),
        ("withdrawn", 6, True, False),
    ]
    assert lines[0].seal is not None
    assert len(lines[0].seal) == 14


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
class TestTheCommands:
    @pytest.fixture(autouse=True)
    def _env(self, db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERIDIAN_DATABASE_URL", db_url)
        monkeypatch.setenv("MERIDIAN_SECRET_KEY", "only for tests: " * 4)
        monkeypatch.setenv("MERIDIAN_MAIL", "outbox")

    def test_the_chain_is_verified_and_a_break_ends_with_one(self, filled: House) -> None:
        held = CliRunner().invoke(commands, ["consents", "verify"])
        assert (held.exit_code, "the chain holds" in held.output) == (0, True)
        broken(filled, sa.update(receipt_chain).values(length=5))
        cut = CliRunner().invoke(commands, ["consents", "verify", "--json"])
        assert (cut.exit_code, json.loads(cut.stdout)["holds"]) == (1, False)

    def test_a_lead_is_told_with_what_they_agreed_to_and_without_their_words(self, house: House) -> None:
        house.post("alice@example.org", message="my left knee", interest="sciatica")
        chain_receipts(house.kit)
        shown = CliRunner().invoke(commands, ["leads", "show", " Alice@Example.org ", "--json"])
        told = json.loads(shown.stdout)
        assert (told["email"], told["consent"], told["consents"][0]["receipt"]) == ("alice@example.org", "given", 1)
        assert told["next"][0]["campaign"] == "sciatica-consultation"
        assert "left knee" not in shown.stdout
        assert "consent given" in CliRunner().invoke(commands, ["leads", "show", "alice@example.org"]).stdout
        nobody = CliRunner().invoke(commands, ["leads", "show", "nobody@example.org"])
        assert (nobody.exit_code, "has nobody with this address" in nobody.output) == (1, True)

    def test_visits_are_listed(self, house: House) -> None:
        assert CliRunner().invoke(commands, ["appointments", "list"]).stdout == "0 visits\n"
        assert json.loads(CliRunner().invoke(commands, ["appointments", "list", "--json"]).stdout) == []
        wrong = CliRunner().invoke(commands, ["appointments", "list", "--from", "tomorrow"])
        assert (wrong.exit_code, "not a day" in wrong.output) == (1, True)
