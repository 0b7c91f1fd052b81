"""Each vendor's own post is known and read; anyone else's is not, and no body trips the reader."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.signup import SignUp, Unreadable
from service.sources import VENDORS, vendor_of
from service.sources.hosted_form import HostedForm, Page, faults, page_token, read_page
from service.sources.standard_webhooks import StandardWebhooks
from service.sources.typeform import Typeform
from service.sources.vendor import OnlyATest, Vendor, post_id
from tests.signup.conftest import STANDARD_SECRET, TYPEFORM_SECRET, body, sign, sign_typeform

SAMPLES = Path(__file__).parent / "samples"
SAMPLE_AT = 1762201570
NOW = 1_780_000_000


def sample(name: str) -> tuple[bytes, dict[str, str]]:
    lines = (SAMPLES / f"{name}.headers").read_text().splitlines()
    headers = dict(line.split(": ", 1) for line in lines if line)
    return (SAMPLES / f"{name}.json").read_bytes(), {key.lower(): value for key, value in headers.items()}


def test_the_standard_sample_is_authentic_and_read() -> None:
    raw, headers = sample("standard-webhooks")
    vendor = StandardWebhooks()
    assert vendor.verify(raw, headers, STANDARD_SECRET, SAMPLE_AT)
    assert vendor.external_id(raw, headers) == "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    signup = vendor.parse(raw, "application/json")
    assert (signup.address.key, signup.first_name, signup.consent) == ("ana@example.com", "Ana", True)
    assert (signup.wording, signup.version) == ("I agree to receive emails", "2026-01")


def test_the_typeform_sample_is_authentic_and_read() -> None:
    raw, headers = sample("typeform")
    vendor = Typeform()
    assert vendor.verify(raw, headers, TYPEFORM_SECRET, SAMPLE_AT)
    assert vendor.external_id(raw, headers) == "20gh4opy9jh1jh6s0bd2n20gh4fy4rf4"
    signup = vendor.parse(raw, "application/json")
    assert (signup.address.key, signup.first_name, signup.consent) == ("ana@example.com", "Ana", True)
    assert signup.utm == {"source": "ads"}
    assert signup.answers == ()


def test_a_standard_post_may_carry_everything() -> None:
    raw = body(
        "Alice@Example.org", first_name="Alice", last_name="Ames", phone="952 555 0142", interest="Sciatic pain",
        message="Since May.\nAt night.", timezone="America/Denver", locale="es-US",
        page="https://sun.example/back?x=1", utm={"utm_source": "ads"}, shoe_size="41",
    )  # fmt: skip
    signup = StandardWebhooks().parse(raw, "application/json")
    assert signup.interest == "sciatica"
    assert (signup.zone, signup.locale, signup.page) == ("America/Denver", "es", "https://sun.example/back")
    assert signup.answers == (("Message", "Since May.\nAt night."), ("shoe_size", "41"))
    assert signup.wording is None


def test_an_interest_nobody_knows_is_kept_as_an_answer() -> None:
    signup = StandardWebhooks().parse(body(interest="migraine"), "application/json")
    assert signup.interest is None
    assert signup.answers == (("Interest", "migraine"),)


def test_an_advertisement_in_the_name_greets_nobody_and_is_kept() -> None:
    signup = StandardWebhooks().parse(body(first_name="Win at http://x.example"), "application/json")
    assert signup.first_name is None
    assert signup.answers == (("first_name", "Win at http://x.example"),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"[]", "no object"),
        (b'{"type": "lead.deleted", "data": {"email": "a@example.org"}}', "lead.deleted"),
        (b'{"data": {"email": "a@example.org"}}', "missing"),
        (b'{"type": "lead.created", "data": {}}', "no email address"),
        (b'{"type": "lead.created", "data": {"email": "nonsense"}}', "look for a slip"),
        (b"[" * 60_000, "not JSON"),
        (b'{"a":' * 10_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_an_unreadable_post_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        StandardWebhooks().parse(raw, "application/json")
    assert reason.casefold() in caught.value.reason.casefold()


class TestStandardSignature:
    raw = body()

    def verify(self, raw: bytes | None = None, at: int = NOW, **changed: str) -> bool:
        headers = {**sign(self.raw, NOW), **changed}
        return StandardWebhooks().verify(self.raw if raw is None else raw, headers, STANDARD_SECRET, at)

    def test_holds_for_five_minutes_both_ways(self) -> None:
        assert [self.verify(at=NOW + late) for late in (-301, -300, 0, 300, 301)] == [False, True, True, True, False]

    def test_is_over_the_raw_bytes(self) -> None:
        assert not self.verify(self.raw + b" ")
        assert not self.verify(json.dumps(json.loads(self.raw), separators=(",", ":")).encode())

    def test_binds_the_id_and_the_time(self) -> None:
        assert not self.verify(**{"webhook-id": "msg_2"})
        assert not self.verify(**{"webhook-timestamp": str(NOW + 1)})
        shifted = {"webhook-id": f"msg_1.{NOW}", "webhook-timestamp": ""}
        assert not self.verify(**shifted)

    def test_is_found_in_a_list_while_a_secret_is_changed(self) -> None:
        right = sign(self.raw, NOW)["webhook-signature"]
        assert self.verify(**{"webhook-signature": f"v1,AAAA v2,xyz {right}"})
        assert not self.verify(**{"webhook-signature": right.replace("v1,", "v1a,")})

    @pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    def test_misses_no_header(self, missing: str) -> None:
        assert not self.verify(**{missing: ""})

    @pytest.mark.parametrize("stamp", ["-5", "1e9", "１７８０００００００", " 1780000000", "9" * 400, "\udc80"])
    def test_takes_no_other_way_to_write_a_time(self, stamp: str) -> None:
        assert not self.verify(**{"webhook-timestamp": stamp})

    def test_is_nobodys_without_a_secret(self) -> None:
        for secret in (None, "", "whsec_", "whsec_***"):
            assert not StandardWebhooks().verify(self.raw, sign(self.raw, NOW), secret, NOW)


def test_a_typeform_signature_is_over_the_raw_bytes() -> None:
    raw, headers = sample("typeform")
    vendor = Typeform()
    assert not vendor.verify(raw + b"\n", headers, TYPEFORM_SECRET, NOW)
    assert not vendor.verify(raw, headers, "other", NOW)
    assert not vendor.verify(raw, headers, None, NOW)
    assert not vendor.verify(raw, {}, TYPEFORM_SECRET, NOW)
    assert not vendor.verify(raw, {"typeform-signature": "sha256=ü\udcff"}, TYPEFORM_SECRET, NOW)


def answered(*answers: dict[str, Any], titles: dict[str, str] | None = None, **response: Any) -> bytes:
    fields = [{"id": key, "title": title} for key, title in (titles or {}).items()]
    told = {"token": "tok", "answers": list(answers), "definition": {"fields": fields}, **response}
    return json.dumps({"event_id": "e", "form_response": told}).encode()


def test_typeform_fields_are_known_by_reference_type_or_title() -> None:
    raw = answered(
        {"type": "text", "text": "Ana Cruz", "field": {"id": "1", "type": "short_text", "ref": "x1"}},
        {"type": "email", "email": "ana@example.com", "field": {"id": "2", "type": "email", "ref": "x2"}},
        {"type": "phone_number", "phone_number": "+19525550142", "field": {"id": "3", "type": "phone_number"}},
        {"type": "choice", "choice": {"label": "Neck pain"}, "field": {"id": "4", "ref": "interest"}},
        {"type": "boolean", "boolean": True, "field": {"id": "5", "type": "legal"}},
        {"type": "choices", "choices": {"labels": ["Mon", "Tue"]}, "field": {"id": "6", "type": "multiple_choice"}},
        {"type": "boolean", "boolean": False, "field": {"id": "7", "type": "yes_no"}},
        titles={"1": "Your name", "6": "Which days?", "7": "Tried it before?"},
        hidden={"timezone": "America/Denver"},
    )
    signup = Typeform().parse(raw, "application/json")
    assert (signup.first_name, signup.last_name, signup.phone) == ("Ana", "Cruz", "+19525550142")
    assert (signup.interest, signup.consent, signup.zone) == ("neck-pain", True, "America/Denver")
    assert signup.answers == (("Which days?", "Mon, Tue"), ("Tried it before?", "no"))


def test_a_yes_to_some_other_question_is_no_consent() -> None:
    raw = answered(
        {"type": "email", "email": "ana@example.com", "field": {"id": "1", "type": "email"}},
        {"type": "boolean", "boolean": True, "field": {"id": "2", "type": "yes_no", "ref": "tried_before"}},
    )
    assert Typeform().parse(raw, "application/json").consent is False


def test_typeforms_repeat_under_another_event_is_the_same_post() -> None:
    raw, headers = sample("typeform")
    repeat = raw.replace(b"02D88GHHT019W71HGP3DS8FED2", b"02D88GHHT019W71HGP3DS8FED3")
    assert post_id(Typeform(), raw, headers, NOW) == post_id(Typeform(), repeat, headers, NOW + 90_000)


def test_a_post_without_an_id_is_known_by_its_body_within_the_minute() -> None:
    vendor = Typeform()
    one, other = b'{"a": 1, "b": 2}', b'{"b":2,"a":1}'
    assert post_id(vendor, one, {}, 60) == post_id(vendor, other, {}, 119)
    assert post_id(vendor, one, {}, 60) != post_id(vendor, one, {}, 120)
    assert post_id(vendor, one, {}, 60) != post_id(vendor, b'{"a": 2}', {}, 60)


def test_the_own_form_comes_through_no_webhook() -> None:
    assert not HostedForm().verify(b"email=a@example.org", {}, "any", NOW)


class TestFormPage:
    secret = b"only for tests: thirty-two bytes"

    def read(self, after: int, slug: str = "sun", secret: bytes | None = None) -> Page:
        return read_page(secret or self.secret, slug, page_token(self.secret, "sun", NOW), NOW + after)

    def test_tells_a_script_and_a_forgotten_tab_from_a_person(self) -> None:
        assert [self.read(after) for after in (-1, 0, 1, 2, 86_400, 86_401)] == [
            Page.OLD, Page.HASTY, Page.HASTY, Page.FRESH, Page.FRESH, Page.OLD,
        ]  # fmt: skip

    def test_is_bound_to_its_clinic_and_installation(self) -> None:
        assert self.read(10, slug="moon") is Page.OLD
        assert self.read(10, secret=b"another installation's own secret") is Page.OLD

    @given(st.text())
    def test_no_other_text_reads_as_fresh(self, token: str) -> None:
        assert read_page(self.secret, "sun", token, NOW) is Page.OLD


def test_the_form_says_what_to_mend() -> None:
    good = {"first_name": "Alice", "email": "alice@example.org", "phone": "", "message": "", "consent": ""}
    assert faults(good, "letters-3") == {}
    assert faults(good | {"consent": "letters-3", "phone": "952 555 0142"}, "letters-3") == {}
    wrong = {"first_name": "http://x", "email": "alice", "phone": "none", "message": "x" * 4001, "consent": "letters-2"}
    assert list(faults(wrong, "letters-3")) == ["first_name", "email", "phone", "message", "consent"]
    assert list(faults({}, "letters-3")) == ["first_name", "email"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30) | st.sampled_from(["a@example.org", "\x00", "é\u202e", "x" * 5_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
NAMES = ["email", "first_name", "name", "phone", "interest", "message", "consent", "timezone", "locale", "page", "utm"]
standard_bodies = st.fixed_dictionaries(
    {"type": st.sampled_from(["consultation.requested", "lead.created", "x"])},
    optional={"data": st.dictionaries(st.sampled_from(NAMES), json_values) | json_values},
)
typeform_answers = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "email", "choice", "boolean"]) | json_values,
        "text": json_values,
        "email": st.just("a@example.org") | json_values,
        "choice": json_values,
        "boolean": json_values,
        "field": json_values
        | st.fixed_dictionaries({}, optional={"id": json_values, "ref": st.sampled_from(NAMES), "type": json_values}),
    },
)
typeform_bodies = st.fixed_dictionaries(
    {},
    optional={
        "event_id": json_values,
        "form_response": json_values
        | st.fixed_dictionaries(
            {},
            optional={
                "token": json_values,
                "answers": st.lists(typeform_answers, max_size=4) | json_values,
                "definition": json_values,
                "hidden": json_values,
            },
        ),
    },
)
VALUES = st.dictionaries(
    st.sampled_from([*NAMES, "submission", "payload", "data", "properties", "user_column_data", "fields", "rawRequest"])
    | st.text(max_size=12),
    json_values | st.dictionaries(st.sampled_from([*NAMES, "data", "fields", "schema", "id"]), json_values, max_size=4),
    max_size=6,
)
ANY_FORM = VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200)
BODIES = {
    **dict.fromkeys(VENDORS, ANY_FORM),
    "standard": standard_bodies.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200),
    "typeform": typeform_bodies.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200),
    "hosted": st.binary(max_size=400) | st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)).map(
        lambda fields: "&".join(f"{key}={value}" for key, value in fields.items()).encode("utf-8", "surrogatepass")
    ),
}  # fmt: skip


def reads_or_says_why(vendor: Vendor, raw: bytes) -> None:
    vendor.external_id(raw, {})
    assert len(post_id(vendor, raw, {}, NOW)) <= 220
    assert not vendor.verify(raw, {}, "whsec_AAAA", NOW)
    for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        read_or_refused(vendor, raw, content_type)


def read_or_refused(vendor: Vendor, raw: bytes, content_type: str) -> None:
    try:
        signup = vendor.parse(raw, content_type)
    except (Unreadable, OnlyATest):
        return
    written = repr(signup)
    assert isinstance(signup, SignUp)
    assert "\\x00" not in written
    written.encode("utf-8")


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_no_body_trips_a_vendor(name: str, long: bool) -> None:
    @settings(max_examples=10_000 if long else 200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BODIES[name])
    def run(raw: bytes) -> None:
        reads_or_says_why(vendor_of(name), raw)

    run()


def test_every_signed_vendor_checks_its_secret_when_a_source_is_added() -> None:
    assert StandardWebhooks().secret_fault("plain words") is not None
    assert StandardWebhooks().secret_fault(STANDARD_SECRET) is None
    assert Typeform().secret_fault(None) is not None
    assert sign_typeform(b"x")["typeform-signature"].startswith("sha256=")


def test_an_unknown_vendor_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="hosted, hubspot, jotform"):
        vendor_of("faxform")
