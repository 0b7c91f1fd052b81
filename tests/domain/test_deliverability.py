"""What a sender's records and figures mean, and what is said where nothing could be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import sent_rates
from service.domain.deliverability import judge
from service.domain.sender import Answers, Check, Sender, organisation, questions

SUN = Sender(
    "hello@sun.example", "Sun", "hello@sun.example", "100 Street", "sendgrid", "", "", "https://book.sun.example"
)
WELL: dict[tuple[str, str], list[str] | None] = {
    ("TXT", "sun.example"): ["site=1", "v=spf1 include:sendgrid.net ~all"],
    ("MX", "sun.example"): ["10 mx.sun.example."],
    ("TXT", "_dmarc.sun.example"): ["v=DMARC1; p=quarantine"],
    ("TXT", "s1._domainkey.sun.example"): ["k=rsa; p=MIIB"],
    ("TXT", "s2._domainkey.sun.example"): ["k=rsa; p=MIIC"],
}


def told(sender: Sender, answers: Answers, key: str) -> Check:
    return next(check for check in judge(sender, answers) if check.key == key)


def test_all_is_well_where_all_is_set_up() -> None:
    assert {check.state for check in judge(SUN, WELL)} == {"well"}
    assert set(questions(SUN)) == set(WELL)


def test_without_name_servers_nothing_is_said_to_be_wrong() -> None:
    states = {check.key: check.state for check in judge(SUN, {})}
    assert "mend" not in states.values()
    assert {key for key, state in states.items() if state == "unseen"} == {"spf", "dkim", "dmarc", "mx"}


@pytest.mark.parametrize(
    ("question", "answer", "key", "words"),
    [
        (("TXT", "sun.example"), [], "spf", "has no SPF record"),
        (("TXT", "sun.example"), ["v=spf1 a ~all", "v=spf1 mx ~all"], "spf", "2 SPF records, so none counts"),
        (("TXT", "sun.example"), ["v=spf1 +all"], "spf", "lets everybody pass"),
        (("TXT", "sun.example"), ["v=spf1 " + "include:x.example " * 11 + "~all"], "spf", "more than ten look-ups"),
        (("TXT", "s1._domainkey.sun.example"), [], "dkim", "There is no DKIM key at s1._domainkey.sun.example"),
        (("TXT", "s1._domainkey.sun.example"), ["v=DKIM1; p="], "dkim", "is empty"),
        (("TXT", "_dmarc.sun.example"), [], "dmarc", "has no DMARC record"),
        (("TXT", "_dmarc.sun.example"), ["v=DMARC1; rua=mailto:a@b.example"], "dmarc", "names no policy"),
        (("MX", "sun.example"), ["0 ."], "mx", "takes no mail"),
        (("MX", "sun.example"), [], "mx", "takes no mail"),
    ],
)
def test_each_fault_has_its_mend(question: tuple[str, str], answer: list[str], key: str, words: str) -> None:
    check = told(SUN, {**WELL, question: answer}, key)
    assert check.state == "mend"
    assert words in check.what
    assert check.mend


def test_what_is_missing_is_given_ready_to_be_copied() -> None:
    record = told(SUN, {**WELL, ("TXT", "_dmarc.sun.example"): []}, "dmarc").record
    assert record == '_dmarc.sun.example. TXT "v=DMARC1; p=none; rua=mailto:hello@sun.example"'
    assert "include:sendgrid.net" in told(SUN, {**WELL, ("TXT", "sun.example"): []}, "spf").record


def test_the_policy_of_the_house_holds_for_a_name_below_it() -> None:
    below = replace(SUN, from_email="hello@mail.sun.example")
    answers: Answers = {("TXT", "_dmarc.mail.sun.example"): [], ("TXT", "_dmarc.sun.example"): ["v=DMARC1; p=none"]}
    assert ("TXT", "_dmarc.sun.example") in questions(below)
    assert told(below, answers, "dmarc").state == "note"
    assert told(below, {("TXT", "_dmarc.mail.sun.example"): []}, "dmarc").state == "unseen"


def test_a_relay_is_asked_for_its_reverse_name_and_our_own_key_for_its_record() -> None:
    relayed = replace(SUN, provider="smtp", relay="smtp.relay.example", selector="mer")
    assert ("A", "smtp.relay.example") in questions(relayed)
    assert ("TXT", "mer._domainkey.sun.example") in questions(relayed)
    seen: Answers = {("A", "smtp.relay.example"): ["192.0.2.1"], ("PTR", "192.0.2.1"): ["out.relay.example."]}
    assert told(relayed, seen, "ptr").state == "well"
    assert told(relayed, {**seen, ("PTR", "192.0.2.1"): []}, "ptr").state == "note"
    assert told(relayed, {}, "ptr").state == "unseen"
    assert told(replace(relayed, selector=""), seen, "dkim").state == "unseen"


@pytest.mark.parametrize(
    ("changes", "key", "state"),
    [
        ({"from_email": "sun@gmail.com"}, "sender", "mend"),
        ({"from_email": ""}, "sender", "mend"),
        ({"address": " "}, "address", "mend"),
        ({"base_url": "http://book.sun.example"}, "links", "mend"),
        ({"base_url": "http://book.sun.example"}, "unsubscribe", "mend"),
        ({"base_url": "https://elsewhere.example"}, "links", "note"),
    ],
)
def test_the_senders_own_settings_are_looked_at_too(changes: dict[str, str], key: str, state: str) -> None:
    assert told(replace(SUN, **changes), WELL, key).state == state  # type: ignore[arg-type]
    assert questions(replace(SUN, from_email="sun@gmail.com")) == []


def test_a_house_is_known_by_the_part_that_is_registered() -> None:
    assert organisation("a.b.sun.example") == "sun.example"
    assert organisation("book.sun.co.uk") == "sun.co.uk"


@given(
    st.dictionaries(
        st.sampled_from(questions(replace(SUN, provider="smtp", relay="r.example", selector="k"))),
        st.none() | st.lists(st.text(max_size=60), max_size=3),
    )
)
def test_no_answer_of_a_name_server_is_too_odd_to_be_judged(answers: dict[tuple[str, str], list[str] | None]) -> None:
    sender = replace(SUN, provider="smtp", relay="r.example", selector="k")
    assert all(check.state in ("well", "mend", "note", "unseen") and check.what for check in judge(sender, answers))


@pytest.mark.parametrize(
    ("complained", "state"), [(0, "well"), (9, "well"), (10, "note"), (29, "note"), (30, "mend"), (400, "mend")]
)
def test_complaints_stand_beside_gmails_two_limits(complained: int, state: str) -> None:
    assert sent_rates.finding(10_000, complained, 0)[0].state == state
    assert sent_rates.finding(99, 9, 0)[0].state == "note", "too few to say anything"


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 50)), min_size=1, max_size=40))
def test_every_bar_and_both_limits_lie_in_the_picture(days: list[tuple[int, int]]) -> None:
    mails, complaints = [day[0] for day in days], [min(day) for day in days]
    rates = sent_rates.weekly(mails, complaints)
    for point in sent_rates.points(rates):
        assert 0 <= point.y <= 160
        assert 0 <= point.height <= 160
        assert (point.height > 0) == (point.rate > 0)
    assert 0 <= sent_rates.line_at(0.3, rates) < sent_rates.line_at(0.1, rates) <= 160
