"""A list of people as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cast import Cast
from tests.usecases.test_cli_sending import Type, typed

__all__ = ["typed"]
ONE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
ARGUED = ("--wording", "Yes, send me news.", "--agreed-on", "2026-01-31", "--everybody-agreed")


@ONE
def test_a_list_is_looked_at_and_then_brought_in(play: Cast, typed: Type, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Mail to,Who\nnina@example.org,Nina\nnobody,Norma\n")
    named = ("leads", "import", str(file), "--column", "Mail to=email", "--column", "Who=first-name")
    looked = typed(*named, *ARGUED, "--dry-run")
    assert (looked.exit_code, "1 become leads" in looked.output, "line 3: " in looked.output) == (0, True, True)
    assert all(row["email"] != "nina@example.org" for row in play.rows("lead"))
    assert play.rows("lead_import") == []
    assert typed(*named, *ARGUED).exit_code == 0
    (nina,) = [row for row in play.rows("lead") if row["email"] == "nina@example.org"]
    assert (nina["first_name"], nina["consent"]) == ("Nina", "given")
    assert "1 are leads already" in typed(*named, *ARGUED).output


@ONE
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "which column holds the email address"),
        (("--column", "Mail=email"), "no column 'Mail'"),
        (("--column", "Mail to=mail"), "unknown meaning 'mail'"),
        (("--column", "Mail to=email"), "--everybody-agreed"),
        (("--agreed-on", "yesterday"), "2026-01-31"),
    ],
    ids=["address", "column", "meaning", "consent", "day"],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    play: Cast, typed: Type, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Mail to,Who\nnina@example.org,Nina\n")
    told = typed("leads", "import", str(file), *words)
    assert (told.exit_code, says in told.output) == (1, True), told.output
    assert play.rows("lead_import") == []
