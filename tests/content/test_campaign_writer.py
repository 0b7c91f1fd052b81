"""What the desk writes is what the file says: reading it again gives the same campaign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from service.content.campaign_file import ShippedCampaign, parse_campaign, shipped
from service.content.campaign_writer import write_campaign
from service.content.yaml_line import one_line
from service.domain.campaign import Definition
from tests.support.whole_definitions import mails_for, whole_definitions

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = shipped(ROOT / "campaigns", ROOT / "templates/email")
SCHEMA = Draft202012Validator(json.loads((ROOT / "campaigns/schema.json").read_text("utf-8")))


@pytest.mark.parametrize("file", SHIPPED.values(), ids=SHIPPED.keys())
def test_a_shipped_campaign_is_written_as_it_was_read(file: ShippedCampaign) -> None:
    definition = parse_campaign(file.text, file.mails, "shipped").definition
    again = parse_campaign(write_campaign(definition), file.mails, "written").definition
    assert again == definition
    assert list(again.steps) == list(definition.steps)


@given(whole_definitions())
def test_any_campaign_is_written_as_it_is(definition: Definition) -> None:
    text = write_campaign(definition)
    again = parse_campaign(text, mails_for(definition), "written").definition
    assert again == definition
    assert write_campaign(again) == text


@settings(max_examples=settings.default.max_examples // 2)
@given(whole_definitions())
def test_what_is_written_keeps_the_schema(definition: Definition) -> None:
    content = YAML(typ="safe", pure=True).load(write_campaign(definition))
    assert [fault.message for fault in SCHEMA.iter_errors(content)] == []


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_from_its_line(text: str) -> None:
    assert YAML(typ="safe", pure=True).load(f"a: {one_line(text)}\n") == {"a": text}
    assert YAML(typ="rt").load(f"a: [{one_line(text)}, {{b: {one_line(text)}}}]\n") == {"a": [text, {"b": text}]}
