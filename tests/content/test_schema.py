"""campaigns/schema.json says the same as the loader, so that an editor and a publish agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from service.content import campaign_file, condition_table, step_table
from service.domain.timing import WEEKDAYS

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"
SCHEMA: dict[str, Any] = json.loads((CAMPAIGNS / "schema.json").read_text("utf-8"))
DEFS = SCHEMA["$defs"]


def test_the_schema_itself_is_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_shipped_campaign_keeps_the_schema(file: Path) -> None:
    content = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    assert [fault.message for fault in Draft202012Validator(SCHEMA).iter_errors(content)] == []


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        (SCHEMA, campaign_file.KEYS),
        (DEFS["entry"], campaign_file.ENTRY_KEYS),
        (DEFS["window"], campaign_file.WINDOW_KEYS),
        (DEFS["mail"], step_table.MAIL_KEYS),
        (DEFS["wait"], step_table.WAIT_KEYS),
        (DEFS["branch"], step_table.BRANCH_KEYS),
        (DEFS["branch"]["properties"]["branch"], step_table.INSIDE_BRANCH_KEYS),
        (DEFS["arm"], step_table.ARM_KEYS),
        (DEFS["otherwise"], step_table.OTHERWISE_KEYS),
        (DEFS["anchor"], step_table.ANCHOR_KEYS),
        (DEFS["condition"], condition_table.KINDS),
    ],
)
def test_the_schema_and_the_loader_know_the_same_keys(part: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert set(part["properties"]) == set(keys)


def test_the_schema_and_the_loader_know_the_same_words() -> None:
    assert DEFS["entry"]["properties"]["on"]["enum"] == list(campaign_file.ENTRIES)
    assert SCHEMA["properties"]["goal"]["enum"] == list(campaign_file.GOALS)
    assert DEFS["window"]["properties"]["days"]["items"]["enum"] == list(WEEKDAYS)
    assert DEFS["condition"]["properties"]["clicked"]["enum"] == list(condition_table.CLICKS)
    assert DEFS["condition"]["properties"]["answered"]["enum"] == list(condition_table.ANSWERS)
