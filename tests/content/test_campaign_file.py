"""Campaign files: what is written becomes a flat definition; what is wrong is named with its line and its mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content import (
    act_table,
    campaign_file,
    condition_table,
    entry_table,
    fork_table,
    mail_table,
    step_table,
    wait_table,
    window_table,
)
from service.content.campaign_file import Campaign, parse_campaign, shipped
from service.content.faults import Fault, Faults
from service.domain.campaign import BranchStep, MailStep, WaitStep
from service.domain.conditions import Clicked
from service.domain.timing import Delay, Window
from tests.content.broken_files import BROKEN, KNOWN, MAILS, expected
from tests.content.mails import mjml_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sciatica() -> Campaign:
    found = shipped(ROOT / "campaigns", ROOT / "templates/email")["sciatica-consultation"]
    return parse_campaign(found.text, found.mails, "sciatica-consultation.yaml")


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_with_its_line_and_its_mend(file: Path) -> None:
    text = file.read_text("utf-8")
    with pytest.raises(Faults) as wrong:
        parse_campaign(text, MAILS, file.name, KNOWN)
    assert [(fault.line, fault.what, fault.mend) for fault in wrong.value.faults] == sorted(expected(text))
    assert {fault.file for fault in wrong.value.faults} == {file.name}


def test_a_campaign_without_its_mails_is_refused() -> None:
    text = 'key: a\nname: "A"\nentry: {on: by-hand}\nsteps: [{key: one, mail: welcome}]\n'
    with pytest.raises(Faults, match=r"a\.yaml:4: step 'one' sends 'welcome', which has no template; write its \.mjml"):
        parse_campaign(text, {}, "a.yaml")


def test_a_campaign_whose_mail_is_broken_is_refused_with_the_mails_line() -> None:
    text = 'key: a\nname: "A"\nentry: {on: by-hand}\nsteps: [{key: one, mail: welcome}]\n'
    mails = {"welcome": (mjml_file("Hello {{ lead.first_name }}"), "Hello.")}
    with pytest.raises(Faults, match=r"a/welcome\.mjml:8: lead\.first_name may be empty"):
        parse_campaign(text, mails, "a.yaml")


def test_the_shipped_branch_becomes_a_flat_graph(sciatica: Campaign) -> None:
    steps = sciatica.definition.steps
    branch = steps["looked"]
    assert isinstance(branch, BranchStep)
    assert branch.arms[0].when == Clicked("book")
    assert branch.arms[0].then == "open-slots"
    assert branch.then == "what-to-expect"
    assert branch.within == Delay(days=3)
    breathe = steps["breathe"]
    assert isinstance(breathe, WaitStep)
    assert (breathe.delay, breathe.then) == (Delay(days=3), "what-to-expect")
    assert steps["last-one"].then is None
    assert steps["evidence"].then == "looked"


def test_a_mail_step_takes_title_topic_and_kind_from_its_mail(sciatica: Campaign) -> None:
    step = sciatica.definition.steps["invitation"]
    assert isinstance(step, MailStep)
    assert step.title == sciatica.mails["invitation"].subject
    assert (step.topic, step.service) == ("open", False)
    assert (step.needs_slots, step.without_slots) == (True, "invitation-no-slots")
    assert "invitation-no-slots" in sciatica.mails


def test_the_shipped_window_and_entry(sciatica: Campaign) -> None:
    assert sciatica.definition.window == Window(frozenset(range(6)), 9 * 60, 18 * 60, "lead")
    assert sciatica.definition.entry.interests == {"sciatica"}
    assert sciatica.definition.goal == "booked"
    assert sciatica.definition.family == "consultation"


def test_every_step_is_reached_and_every_way_ends(sciatica: Campaign) -> None:
    seen: set[str] = set()

    def walk(key: str | None, trail: tuple[str, ...]) -> None:
        if key is None:
            return
        assert key not in trail, "a step leads back to itself"
        seen.add(key)
        step = sciatica.definition.steps[key]
        ways = {step.then} | ({arm.then for arm in step.arms} if isinstance(step, BranchStep) else set())
        for way in ways:
            walk(way, (*trail, key))

    walk(sciatica.definition.first, ())
    assert seen == set(sciatica.definition.steps)


def test_a_visits_mails_count_from_the_visit() -> None:
    found = shipped(ROOT / "campaigns", ROOT / "templates/email")["appointment"]
    campaign = parse_campaign(found.text, found.mails, "appointment.yaml")
    prepare = campaign.definition.steps["prepare"]
    assert isinstance(prepare, MailStep)
    assert prepare.anchor is not None
    assert (prepare.anchor.delay, prepare.anchor.before, prepare.anchor.skip_if_late) == (Delay(days=2), True, True)
    assert campaign.definition.service_only
    assert campaign.mails["confirmation"].title == "Your visit: …, …"
    assert campaign.mails["confirmation"].attach == "calendar"


def faults_of(text: str) -> tuple[Fault, ...]:
    try:
        parse_campaign(text, MAILS, "a.yaml", KNOWN)
    except Faults as wrong:
        return wrong.faults
    return ()


def assert_read_or_refused(text: str) -> None:
    lines = text.count("\n") + 1
    for fault in faults_of(text):
        assert 1 <= fault.line <= lines + 1, fault
        assert fault.what
        assert fault.mend


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_reasons(text: str) -> None:
    assert_read_or_refused(text)


_signs = (*"abn019 :-,[]{}?!|>&*%@`'\"#\n\t~.<=_/\\x", "key", "steps:", "\n  - ", "2026-02-30", "0x", "!!")
_yaml = st.lists(st.sampled_from(_signs), max_size=60).map("".join)


@given(_yaml, st.booleans())
def test_any_text_of_the_signs_of_yaml_is_read_or_refused_with_reasons(text: str, inside: bool) -> None:
    assert_read_or_refused(f'key: a\nname: "A"\nentry: {text}\nsteps: []\n' if inside else text)


@pytest.mark.parametrize(
    "text", ["[" * 3_000, "a: {" * 2_000, f"a: {'9' * 5_000}", "a: 2026-13-45", "a: \0", "a: !!int b"]
)
def test_a_text_that_breaks_the_reader_is_refused(text: str) -> None:
    with pytest.raises(Faults) as wrong:
        parse_campaign(text, MAILS, "a.yaml")
    assert [fault.line for fault in wrong.value.faults] == [1]


@pytest.mark.parametrize(
    ("text", "line"), [("key: a\nname: b\nx: 2026-99-99\n", 3), ("a: 1\nb:\n  - 2d\n  - !!float abc\n", 4)]
)
def test_a_value_that_breaks_the_reader_is_named_on_its_own_line(text: str, line: int) -> None:
    with pytest.raises(Faults) as wrong:
        parse_campaign(text, MAILS, "a.yaml")
    (fault,) = wrong.value.faults
    assert fault.line == line
    assert "looks like a number or a date" in fault.what


def test_a_step_calls_only_a_webhook_that_there_is() -> None:
    text = 'key: a\nname: "A"\nentry: {on: by-hand}\nsteps:\n  - {key: ring, call_hook: front-dsk}\n'
    with pytest.raises(Faults, match=r"a\.yaml:5: no webhook that is on is called 'front-dsk'; .*front-desk"):
        parse_campaign(text, {}, "a.yaml", hooks=["front-desk"])
    with pytest.raises(Faults, match="add it under Settings, Webhooks first"):
        parse_campaign(text, {}, "a.yaml", hooks=[])
    assert parse_campaign(text, {}, "a.yaml", hooks=["front-dsk"]).definition.first == "ring"


_leaf = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats()),
    st.sampled_from(["2d", "welcome", "one", "book", "", "09:00", "mon", "0d", "booked", "lead", "\ud800"]),
)
_words = sorted(
    {
        *(*campaign_file.KEYS, *entry_table.ENTRY_KEYS, *entry_table.DATE_KEYS, *entry_table.AGAIN_KEYS),
        *(*window_table.WINDOW_KEYS, *step_table.STEP_KEYS, *mail_table.MAIL_KEYS, *wait_table.INSIDE_WAIT_KEYS),
        *(
            *fork_table.INSIDE_BRANCH_KEYS,
            *fork_table.INSIDE_SPLIT_KEYS,
            *fork_table.ARM_KEYS,
            *fork_table.VARIANT_KEYS,
        ),
        *(*act_table.SET_KEYS, *condition_table.KINDS, *condition_table.WITHIN, *condition_table.BESIDE["field"]),
        *("appointment", "birthday"),
    }
)
_keys = st.sampled_from(_words)
_trees = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=5), max_leaves=25
)


@given(st.dictionaries(_keys, _trees, max_size=8))
def test_any_tree_of_known_words_is_read_or_refused_with_reasons(tree: dict[str, object]) -> None:
    assert_read_or_refused(json.dumps(tree))


_STEPS = st.lists(st.dictionaries(st.sampled_from(step_table.STEP_KEYS), _trees, max_size=3), min_size=1, max_size=4)


@given(_STEPS, st.dictionaries(st.sampled_from(entry_table.ENTRY_KEYS), _trees, max_size=3))
def test_any_steps_are_read_or_refused_with_reasons(steps: list[dict[str, object]], entry: dict[str, object]) -> None:
    named = [{"key": f"s{place}"} | step for place, step in enumerate(steps)]
    assert_read_or_refused(json.dumps({"key": "a", "name": "A", "entry": {"on": "signup"} | entry, "steps": named}))
