"""SendGrid's posts: only its own are taken, and every report in them is kept, understood or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.events_sendgrid import parse, verify
from service.domain.delivery_event import Kind, stop_of
from tests.support.clock import NOW
from tests.support.signed_events import report

SAMPLES = Path(__file__).parent / "samples"
SIGNATURES = json.loads((SAMPLES / "signatures.json").read_text())
NAMES = sorted(SIGNATURES["files"])
OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "facts" / "sendgrid-events" / "official-test-vector.json"
SIGNED_AT = 1_755_188_000


def holds(name: str, *, raw: bytes | None = None, now: int = SIGNED_AT, **changed: str) -> bool:
    signed = {**SIGNATURES["files"][name], **changed}
    body = raw if raw is not None else (SAMPLES / name).read_bytes()
    key = changed.get("key", SIGNATURES["public_key"])
    return verify(body, signed["signature"], signed["timestamp"], key, now)


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_verify_for_a_day_and_no_longer(name: str) -> None:
    assert holds(name)
    assert holds(name, now=SIGNED_AT + 86_400)
    assert not holds(name, now=SIGNED_AT + 2 * 86_400)
    assert not holds(name, now=SIGNED_AT - 3_600)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_or_header_does_not_verify(name: str) -> None:
    raw = (SAMPLES / name).read_bytes()
    assert not holds(name, raw=raw.rstrip())
    assert not holds(name, raw=raw.replace(b"lead1", b"lead2", 1))
    assert not holds(name, timestamp=str(SIGNED_AT + 1))
    assert not holds(name, signature="")
    assert not holds(name, signature="not base64!")
    assert not holds(name, key="")
    assert not holds(name, key="AAAA")


@pytest.mark.parametrize("name", NAMES)
def test_the_border_between_timestamp_and_body_cannot_be_moved(name: str) -> None:
    raw = (SAMPLES / name).read_bytes()
    stamp = str(SIGNED_AT)
    assert not holds(name, timestamp=stamp[:-1], raw=stamp[-1:].encode() + raw)
    assert not holds(name, timestamp=stamp + raw[:1].decode(), raw=raw[1:])
    assert not holds(name, timestamp="٠" * 10)


if OFFICIAL.exists():

    def test_the_publisher_s_own_vector_verifies() -> None:
        vector = json.loads(OFFICIAL.read_text())
        given = (vector["payload"].encode(), vector["signature"], vector["timestamp"], vector["public_key"])
        assert verify(*given, now=int(vector["timestamp"]) + 60)
        assert not verify(*given, now=NOW)


def kinds(name: str) -> list[Kind]:
    return [event.kind for event in parse((SAMPLES / name).read_bytes(), SIGNED_AT)]


def test_the_samples_say_what_they_say() -> None:
    first, second, third = NAMES
    assert kinds(first) == [Kind.PROCESSED, Kind.PROCESSED, Kind.DELIVERED, Kind.DELIVERED]
    assert kinds(second) == [Kind.DEFERRED, Kind.BOUNCED, Kind.BLOCKED, Kind.DROPPED]
    assert kinds(third) == [Kind.OPENED, Kind.CLICKED, Kind.OPENED]
    deferred, bounced, blocked, dropped = parse((SAMPLES / second).read_bytes(), SIGNED_AT)
    assert (bounced.bad_address, bounced.soft) == (True, False)
    assert (blocked.bad_address, blocked.soft) == (False, True)
    assert dropped.stop == "hard-bounce"
    assert deferred.at == 1_755_187_958
    assert len({event.external_id for event in parse((SAMPLES / first).read_bytes(), SIGNED_AT)}) == 3


@pytest.mark.parametrize(
    ("said", "status", "verdict"),
    [
        ("Invalid Address", "5.0.0", "invalid"),
        ("Mailbox Unavailable", "5.1.1", "invalid"),
        ("Mailbox Unavailable", "5.2.1", "hard"),
        ("Mailbox Unavailable", "5.2.2", "soft"),
        ("Mailbox Unavailable", "4.2.2", "soft"),
        ("Unclassified", "5.0.0", "hard"),
        ("Unclassified", "4.2.0", "soft"),
        (None, None, "hard"),
        ("Content", "5.1.1", "not-theirs"),
        ("Reputation", "5.7.1", "not-theirs"),
        ("Technical", "5.4.4", "not-theirs"),
        ("Frequency or Volume Too High", "5.7.1", "not-theirs"),
        ("Unclassified", "5.7.1", "not-theirs"),
        ("Unclassified", "5.2.3", "not-theirs"),  # too big for the mailbox
        ("Unclassified", "5.3.4", "not-theirs"),  # too big for the system
        (None, "5.6.0", "not-theirs"),
    ],
)
def test_a_bounce_speaks_of_the_address_or_it_does_not(said: str | None, status: str | None, verdict: str) -> None:
    raw = [report("bounce", None, NOW, type="bounce", bounce_classification=said, status=status)]
    (event,) = parse(json.dumps(raw).encode(), NOW)
    assert (event.bad_address, event.soft, event.counted) == (
        verdict == "invalid",
        verdict in ("soft", "not-theirs"),
        verdict == "soft",
    )
    assert stop_of(event) == {"invalid": "invalid", "hard": "hard-bounce"}.get(verdict)


@pytest.mark.parametrize(
    ("said", "reason", "counted"),
    [
        ("Mailbox Unavailable", "452 4.2.2 mailbox full", True),
        ("Unclassified", "452 4.2.2 mailbox full", True),
        ("Invalid Address", "550 5.1.1 no such user", True),
        ("Reputation", "554 5.7.1 blocked", False),
        ("Content", "554 looks like spam", False),
        ("Unclassified", "554 go away", False),
    ],
)
def test_a_block_never_says_anything_lasting(said: str, reason: str, counted: bool) -> None:
    raw = [report("bounce", None, NOW, type="blocked", bounce_classification=said, reason=reason)]
    (event,) = parse(json.dumps(raw).encode(), NOW)
    assert (event.kind, event.soft, event.counted, stop_of(event)) == (Kind.BLOCKED, True, counted, None)


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("Bounced Address", "hard-bounce"),
        ("Invalid", "invalid"),
        ("Spam Reporting Address", "complaint"),
        ("Unsubscribed Address", "unsubscribed"),
        ("Invalid SMTPAPI header", None),
        ("Recipient List over Package Quota", None),
        ("Spam Content (if Spam Checker app is enabled)", None),
        (None, None),
    ],
)
def test_a_drop_is_the_provider_s_list_or_says_nothing_of_the_address(reason: str | None, stop: str | None) -> None:
    (event,) = parse(json.dumps([report("dropped", None, NOW, reason=reason)]).encode(), NOW)
    assert (event.kind, stop_of(event)) == (Kind.DROPPED, stop)


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"


@pytest.mark.parametrize(
    ("kind", "more", "flag"),
    [
        ("open", {"useragent": IPHONE, "ip": "203.0.113.9"}, None),
        ("open", {"useragent": IPHONE, "ip": "203.0.113.9", "sg_machine_open": True}, "proxy"),
        ("open", {"useragent": "Mozilla/5.0", "ip": "203.0.113.9"}, "proxy"),
        ("open", {"useragent": IPHONE, "ip": "17.58.0.1"}, "proxy"),
        ("open", {"useragent": IPHONE, "ip": "170.58.0.1"}, None),
        ("open", {"useragent": "Mozilla/5.0 (Windows) GoogleImageProxy"}, "proxy"),
        ("open", {}, "scanner"),
        ("click", {"useragent": IPHONE, "ip": "17.58.0.1"}, None),
        ("click", {"useragent": "Proofpoint URL Defense"}, "scanner"),
        ("delivered", {"useragent": "curl/8"}, None),
    ],
)
def test_opens_by_proxies_and_clicks_by_scanners_are_flagged(
    kind: str, more: dict[str, object], flag: str | None
) -> None:
    (event,) = parse(json.dumps([report(kind, None, NOW, **more)]).encode(), NOW)
    assert event.flag == flag
    assert event.data["event"] == kind


def test_unknown_kinds_and_shapes_are_kept() -> None:
    raw = b'[{"event": "account_status_change", "x": "\\u0000\\ud800"}, 7, {"event": ["odd"], "timestamp": "soon"}]'
    events = parse(raw, NOW)
    assert [event.kind for event in events] == [Kind.UNKNOWN] * 3
    assert len({event.external_id for event in events}) == 3
    assert {event.at for event in events} == {NOW}
    assert "\x00" not in json.dumps(dict(events[0].data), ensure_ascii=False)


def test_a_ref_is_ours_only_in_our_spelling() -> None:
    assert parse(json.dumps([report("delivered", "a" * 32, NOW)]).encode(), NOW)[0].ref == "a" * 32
    for odd in ("A" * 32, "a" * 31, "a" * 33, "a" * 31 + "\n", ["a" * 32]):
        assert parse(json.dumps([{"event": "delivered", "meridian_ref": odd}]).encode(), NOW)[0].ref is None


@given(st.binary(max_size=200))
def test_no_post_makes_it_fail(raw: bytes) -> None:
    assert parse(raw, NOW) is not None


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
names = st.sampled_from(["event", "timestamp", "sg_event_id", "type", "status", "reason", "meridian_ref", "email", "x"])


@given(st.lists(st.dictionaries(names, values)))
def test_no_report_makes_it_fail(reports: list[dict[str, object]]) -> None:
    events = parse(json.dumps(reports).encode(), NOW)
    assert len(events) == len(reports)
    assert parse(b"[" * 5_000 + b"]" * 5_000, NOW)[0].kind is Kind.UNKNOWN
