"""campaigns/schema.json says the same as the loader, so that an editor and a publish agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from service.content import (
    act_table,
    campaign_file,
    condition_table,
    entry_table,
    fork_table,
    goal_table,
    mail_table,
    step_table,
    wait_table,
    window_table,
)
from service.content.campaign_file import parse_campaign
from service.content.faults import Faults
from service.domain.conditions import BUILT_IN
from service.domain.timing import WEEKDAYS
from tests.content.broken_files import BROKEN, KNOWN, MAILS, mended

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"
SCHEMA: dict[str, Any] = json.loads((CAMPAIGNS / "schema.json").read_text("utf-8"))
DEFS = SCHEMA["$defs"]


def test_the_schema_itself_is_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_shipped_campaign_keeps_the_schema(file: Path) -> None:
    content = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    assert [fault.message for fault in Draft202012Validator(SCHEMA).iter_errors(content)] == []


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_mended_file_keeps_the_schema_and_what_breaks_it_the_loader_refuses(file: Path) -> None:
    content = YAML(typ="safe", pure=True).load(mended(file))
    assert [fault.message for fault in Draft202012Validator(SCHEMA).iter_errors(content)] == []


STRUCTURAL = (
    "unknown-key", "unknown-top-key", "unknown-day", "unknown-deed", "unknown-link", "two-acts", "two-kinds",
    "wrong-delay", "no-entry", "no-steps", "no-variants", "empty-window", "entry-of-nobody", "entry-with-a-stranger",
    "date-without-field", "again-and-again", "mismatch-of-nothing", "while-unasked", "jumps-too-often",
    "wait-without-an-end", "told-a-name", "sets-what-is-their-own", "slots-without-other-mail", "unknown-condition",
    "unknown-field-test",
)  # fmt: skip


@pytest.mark.parametrize("stem", STRUCTURAL)
def test_an_editor_marks_what_is_wrong_with_the_form_of_a_file(stem: str) -> None:
    file = next(file for file in BROKEN if file.stem == stem)
    content = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    assert not Draft202012Validator(SCHEMA).is_valid(content)
    with pytest.raises(Faults):
        parse_campaign(file.read_text("utf-8"), MAILS, file.name, KNOWN)


CONDITION_KEYS = {key for part in DEFS["condition"]["anyOf"] for key in part["properties"]}


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        (SCHEMA, campaign_file.KEYS),
        (DEFS["goal"], goal_table.GOAL_KEYS),
        (DEFS["entry"], entry_table.ENTRY_KEYS),
        (DEFS["entry"]["properties"]["utm"], entry_table.UTM_KEYS),
        (DEFS["again"], entry_table.AGAIN_KEYS),
        (DEFS["date"], entry_table.DATE_KEYS),
        (DEFS["window"], window_table.WINDOW_KEYS),
        (DEFS["mail"], mail_table.MAIL_KEYS),
        (DEFS["wait"], wait_table.WAIT_KEYS),
        ({"properties": DEFS["waiting"]["properties"] | DEFS["event"]["properties"]}, wait_table.INSIDE_WAIT_KEYS),
        (DEFS["event"], wait_table.FOR_KEYS),
        (DEFS["branch"], fork_table.BRANCH_KEYS),
        (DEFS["branch"]["properties"]["branch"], fork_table.INSIDE_BRANCH_KEYS),
        (DEFS["arm"], fork_table.ARM_KEYS),
        (DEFS["otherwise"], fork_table.OTHERWISE_KEYS),
        (DEFS["split"], fork_table.SPLIT_KEYS),
        (DEFS["split"]["properties"]["split"], fork_table.INSIDE_SPLIT_KEYS),
        (DEFS["variant"], fork_table.VARIANT_KEYS),
        *((DEFS["tag_step" if kind == "tag" else kind], keys) for kind, keys in act_table.ACT_KEYS.items()),
        (DEFS["set"]["properties"]["set"], act_table.SET_KEYS),
        (DEFS["jump"], act_table.JUMP_KEYS),
        (DEFS["end"], act_table.END_KEYS),
        ({"properties": CONDITION_KEYS}, {key for row in condition_table.BESIDE.items() for key in (row[0], *row[1])}),
    ],
)
def test_the_schema_and_the_loader_know_the_same_keys(part: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert set(part["properties"]) == set(keys)


def test_the_schema_and_the_loader_know_the_same_words() -> None:
    conditions = {key: part["properties"][key] for part in DEFS["condition"]["anyOf"] for key in part["required"]}
    assert DEFS["entry"]["properties"]["on"]["enum"] == list(entry_table.ENTRIES)
    assert SCHEMA["properties"]["goal"]["anyOf"][0]["enum"] == list(goal_table.GOALS)
    assert SCHEMA["properties"]["leave"]["enum"] == list(goal_table.LEAVINGS)
    assert DEFS["weekdays"]["items"]["enum"] == list(WEEKDAYS)
    assert DEFS["tell"]["properties"]["as"]["enum"] == list(act_table.TELLS)
    assert DEFS["ownField"]["not"]["enum"] == list(BUILT_IN)
    assert conditions["clicked"]["enum"] == list(condition_table.CLICKS)
    assert conditions["answered"]["enum"] == list(condition_table.ANSWERS)
    assert conditions["did"]["enum"] == conditions["never"]["enum"] == list(condition_table.DEEDS)
    assert len(DEFS["steps"]["items"]["anyOf"]) == len(step_table.KINDS)
