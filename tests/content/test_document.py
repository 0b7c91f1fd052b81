"""A campaign's file is read as plain tables and written again without loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.content.campaign_file import mails_of, parse_campaign
from service.content.document import read_document, write_document
from service.content.faults import Faults
from service.domain.edit import Duplicate, apply, keys

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "campaigns").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_shipped_file_says_the_same_after_it_was_written_again(file: Path) -> None:
    text, mails = file.read_text("utf-8"), mails_of(file.stem, ROOT / "templates" / "email")
    again = write_document(read_document(text, file.name))
    assert read_document(again, file.name) == read_document(text, file.name)
    assert parse_campaign(again, mails, file.name).definition == parse_campaign(text, mails, file.name).definition


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_shipped_file_is_still_a_file_after_a_step_was_duplicated(file: Path) -> None:
    text = file.read_text("utf-8")
    found = read_document(text, file.name)
    changed = write_document(apply(found, Duplicate(keys(found)[0])))
    assert len(keys(read_document(changed, file.name))) > len(keys(found))


def test_a_text_that_could_not_be_kept_whole_is_told() -> None:
    with pytest.raises(Faults, match="not a list"):
        read_document("key: a\nsteps: none\n", "a.yaml")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("[none]", "is no step"),
        ("[{key: f, branch: {arms: [none]}}]", "arms of step 'f'"),
        ("[{key: f, branch: {otherwise: {steps: [{key: g, split: {variants: {a: b}}}]}}}]", "variants of step 'g'"),
    ],
)
def test_steps_and_ways_that_are_no_tables_are_refused(steps: str, told: str) -> None:
    with pytest.raises(Faults, match=told):
        read_document(f"key: a\nsteps: {steps}\n", "a.yaml")
