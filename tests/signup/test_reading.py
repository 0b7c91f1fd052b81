"""What is read from one sign-up, before any lead is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.consent import Answer, answer_to
from service.domain.lead import ConsentState, ZoneFrom, address, zone_for
from service.domain.signup import clean, interest_of, language_of, name_of, page_of, split_name, ticked, utm_of
from service.sources.phones import read_phone


@pytest.mark.parametrize(
    ("typed", "email", "key"),
    [
        (" Alice@Example.ORG ", "Alice@example.org", "alice@example.org"),
        ("alice+sun@example.org", "alice+sun@example.org", "alice+sun@example.org"),
        ("alice@bücher.example", "alice@xn--bcher-kva.example", "alice@xn--bcher-kva.example"),
        ("ALICE@XN--BCHER-KVA.example", "ALICE@xn--bcher-kva.example", "alice@xn--bcher-kva.example"),
    ],
)
def test_every_spelling_of_a_mailbox_has_one_key(typed: str, email: str, key: str) -> None:
    read = address(typed)
    assert (read.email, read.key) == (email, key)


@pytest.mark.parametrize(
    "typed", ["", "alice", "alice@", "alice@localhost", "a b@example.org", "<alice@example.org>", "a@b@example.org"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        address(typed)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("sciatica", "sciatica"),
        ("Sciatic pain", "sciatica"),
        ("siatica", "sciatica"),
        ("Lower back, hip or leg", "sciatica"),
        ("NECK_PAIN", "neck-pain"),
        ("Stress", "stress-and-muscle-tension"),
        ("estrés", "stress-and-muscle-tension"),
        ("joint pain", "arthritis"),
        ("migraine", None),
        (None, None),
        (7, None),
    ],
)
def test_common_words_for_an_interest_lead_to_its_key(words: object, key: str | None) -> None:
    assert interest_of(words) == key


def test_only_a_plain_yes_is_consent() -> None:
    assert all(ticked(value) for value in (True, "true", "Yes", "on", "1", 1))
    assert not any(ticked(value) for value in (False, None, "", "no", "false", "maybe", 0, 2, [], {}, ["yes"]))


def test_an_advertisement_is_no_name() -> None:
    assert name_of(" Ana  María ") == "Ana María"
    assert name_of("O’Neil-Smith Jr.") == "O’Neil-Smith Jr."
    for advertisement in (
        "Win http://x.example",
        "www.x.example",
        "call 5551234",
        "<b>Ana</b>",
        "x" * 61,
        "a@b.example",
    ):
        assert name_of(advertisement) is None


def test_one_field_for_the_name_is_split_once() -> None:
    assert split_name("Ana de la Cruz") == ("Ana", "de la Cruz")
    assert split_name("Ana") == ("Ana", None)
    assert split_name(None) == (None, None)


@given(st.text(), st.integers(1, 300), st.booleans())
def test_cleaned_text_holds_nothing_unseen_and_is_never_too_long(text: str, longest: int, lines: bool) -> None:
    cleaned = clean(text, longest, lines=lines)
    assert cleaned is None or (0 < len(cleaned) <= longest and "\x00" not in cleaned and cleaned == cleaned.strip())
    if cleaned is not None:
        assert cleaned.encode("utf-8")
        assert lines or "\n" not in cleaned


def test_a_page_loses_what_may_say_who_reads_it() -> None:
    assert page_of("https://sun.example/back?email=alice@example.org#me") == "https://sun.example/back"
    for nothing in ("javascript:alert(1)", "//sun.example", "https://alice:pw@sun.example/", "http://[", 5, None):
        assert page_of(nothing) is None


def test_utm_values_lose_their_prefix_and_strangers() -> None:
    assert utm_of({"utm_source": "ads", "campaign": "fall", "utm_evil": "x", 5: "y", "term": ""}) == {
        "source": "ads",
        "campaign": "fall",
    }


def test_a_locale_is_read_as_its_language() -> None:
    assert [language_of(text) for text in ("es-MX", "EN", "en_US", "x" * 9, "<b>", None)] == [
        "es", "en", "en", None, None, None,
    ]  # fmt: skip


def test_the_zone_comes_from_the_form_then_the_phone_then_the_clinic() -> None:
    assert zone_for("America/Denver", "America/New_York", "America/Chicago").known_from is ZoneFrom.FORM
    for wrong in (None, "", "Mars/Base", "EST5EDT,M3", "../etc/passwd", "posix/America/Denver", "America", "a/\x00"):
        zone = zone_for(wrong, "America/New_York", "America/Chicago")
        assert (zone.name, zone.known_from) == ("America/New_York", ZoneFrom.PHONE)
    assert zone_for(None, None, "America/Chicago").known_from is ZoneFrom.CLINIC


def test_an_area_code_tells_the_zone_when_it_has_one() -> None:
    minnesota = read_phone("(952) 555-0142")
    assert minnesota is not None
    assert (minnesota.number, minnesota.zone) == ("+19525550142", "America/Chicago")
    free_call = read_phone("800 555 0142")
    assert free_call is not None
    assert free_call.zone is None
    assert read_phone("call me") is None
    assert read_phone(None) is None


@pytest.mark.parametrize(
    ("state", "double", "suppressed", "answer"),
    [
        (ConsentState.NONE, False, set(), Answer.GIVEN),
        (ConsentState.NONE, True, set(), Answer.ASK),
        (ConsentState.PENDING, False, set(), Answer.GIVEN),
        (ConsentState.GIVEN, True, set(), Answer.STANDS),
        (ConsentState.WITHDRAWN, False, set(), Answer.ASK),
        (ConsentState.GIVEN, False, {"unsubscribed"}, Answer.ASK),
        (ConsentState.WITHDRAWN, True, {"unsubscribed", "complaint"}, Answer.REFUSED),
        (ConsentState.GIVEN, False, {"hard-bounce"}, Answer.REFUSED),
        (ConsentState.NONE, False, {"by-hand"}, Answer.REFUSED),
    ],
)
def test_what_a_tick_leads_to(state: ConsentState, double: bool, suppressed: set[str], answer: Answer) -> None:
    assert answer_to(True, state, double, suppressed) is answer
    assert answer_to(False, state, double, suppressed) is Answer.NONE
