"""Every vendor's own post is known by its signature and read; anyone else's is turned away."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from service.sources import VENDORS, vendor_of
from service.sources.read_form import EVERYBODY, FIELDS
from service.sources.vendor import OnlyATest
from service.usecases.add_source import add_source
from tests.signup.conftest import VERSION, WORDING, House
from tests.signup.vendor_samples import ADDRESS, EVERY, SAMPLES, SECRET, SIGNED, Sample

NOW = 1_780_000_000
GERMAN = {"Vorname": "Ana", "Nachname": "Díaz", "E-Mail-Adresse": "ana@example.com", "Einwilligung": "ja"}
FRENCH = {"Prénom": "Ana", "Nom de famille": "Díaz", "Courriel": "ana@example.com", "Newsletter": "oui"}
named = pytest.mark.parametrize("sample", EVERY, ids=lambda each: each.file)
signed = pytest.mark.parametrize("sample", SIGNED, ids=lambda each: each.file)


@named
def test_its_own_post_is_known_and_read(sample: Sample) -> None:
    vendor, raw = vendor_of(sample.vendor), sample.raw
    assert vendor.verify(raw, sample.headers(raw, NOW), sample.secret, NOW)
    assert vendor.external_id(raw, sample.headers(raw, NOW)) == sample.external_id
    signup = vendor.parse(raw, sample.content_type)
    assert signup.address is not None
    assert signup.address.key.endswith("@example.com")
    assert {name: getattr(signup, name) for name in sample.reads} == sample.reads
    assert signup.answers == sample.answers


@signed
def test_with_another_secret_or_none_it_is_turned_away(sample: Sample) -> None:
    vendor, raw = vendor_of(sample.vendor), sample.raw
    if sample.vendor != "wix":
        assert not vendor.verify(
            raw, sample.headers(raw, NOW, "another secret that is as long as it takes"), sample.secret, NOW
        )
        assert not vendor.verify(raw, {"content-type": sample.content_type}, sample.secret, NOW)
    else:
        head, claims, _signature = raw.split(b".")
        assert not vendor.verify(b".".join((head, claims, b"AAAA")), {}, sample.secret, NOW)
        assert not vendor.verify(b".".join((b"eyJhbGciOiJub25lIn0", claims, b"")), {}, sample.secret, NOW)
    for header in sample.headers(raw, NOW):
        odd = {**sample.headers(raw, NOW), header: "\udcff not a signature"}
        if header != "content-type":
            assert not vendor.verify(raw, odd, sample.secret, NOW)


@pytest.mark.parametrize("sample", [each for each in SIGNED if each.timed], ids=lambda each: each.file)
def test_an_old_signature_is_turned_away(sample: Sample) -> None:
    vendor, raw = vendor_of(sample.vendor), sample.raw
    held = [vendor.verify(raw, sample.headers(raw, NOW - late), sample.secret, NOW) for late in (301, 300, -300, -301)]
    assert held == [False, True, True, False]


@pytest.mark.parametrize("sample", [each for each in SIGNED if each.over_body], ids=lambda each: each.file)
def test_a_body_that_was_touched_is_turned_away(sample: Sample) -> None:
    vendor, raw = vendor_of(sample.vendor), sample.raw
    headers = sample.headers(raw, NOW)
    changed = [raw[:-2] + b"x" + raw[-2:], raw.replace(b".", b".e30.", 1)] if sample.vendor == "wix" else [
        raw + b" ", json.dumps(json.loads(raw), indent=1).encode(), b"", raw[:-1],
    ]  # fmt: skip
    assert not any(vendor.verify(each, headers, sample.secret, NOW) for each in changed)


def test_the_vendors_own_signatures_hold() -> None:
    """Those that came with the samples."""
    for vendor, file, at in (("tally", "tally", NOW), ("formspree", "formspree", 1_772_359_200)):
        lines = (SAMPLES / f"{file}.headers").read_text().splitlines()
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
        assert vendor_of(vendor).verify((SAMPLES / f"{file}.json").read_bytes(), headers, SECRET, at)


def test_hubspot_signs_the_address_as_well() -> None:
    (sample,) = [each for each in EVERY if each.vendor == "hubspot"]
    headers = {**sample.headers(sample.raw, NOW), ":url": f"{ADDRESS}?x=1"}
    assert not vendor_of("hubspot").verify(sample.raw, headers, SECRET, NOW)


class TestGoogleAds:
    raw = (SAMPLES / "google-ads-lead-form.json").read_bytes()

    def test_is_known_by_the_key_in_its_body(self) -> None:
        verify = vendor_of("google-ads").verify
        assert verify(self.raw, {}, SECRET, NOW)
        assert not verify(self.raw, {}, "another", NOW)
        assert not verify(b'{"google_key": ["test-secret-not-real"]}', {}, SECRET, NOW)
        assert not verify(b"{}", {}, None, NOW)

    def test_its_own_test_is_one(self) -> None:
        with pytest.raises(OnlyATest):
            vendor_of("google-ads").parse(self.raw, "application/json")

    def test_a_real_one_is_read_and_agrees_where_the_clinic_says_that_all_do(self) -> None:
        real = self.raw.replace(b'"is_test":true', b'"is_test":false')
        signup = vendor_of("google-ads").parse(real, "application/json")
        assert (signup.first_name, signup.last_name, signup.phone) == ("Ana", "Diaz", "+15550101234")
        assert not signup.consent
        assert vendor_of("google-ads").parse(real, "application/json", {EVERYBODY: True}).consent


def test_what_the_clinic_says_of_a_field_goes_before_what_is_guessed() -> None:
    raw = b'{"contact": "Ana", "mail_1": "ana@example.com", "mail_2": "work@example.com", "ok": "sure"}'
    generic = vendor_of("generic")
    guessed = generic.parse(raw, "application/json").address
    assert guessed is not None
    assert guessed.key == "ana@example.com"
    said = {FIELDS: {"mail_2": "email", "contact": "first-name", "ok": "consent", "mail_1": "nothing"}}
    signup = generic.parse(raw, "application/json", said)
    assert signup.address is not None
    assert (signup.address.key, signup.first_name, signup.consent) == ("work@example.com", "Ana", False)
    assert signup.answers == (("ok", "sure"),), "no plain yes: somebody has to read it"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"nombre=Ana&apellidos=D%C3%ADaz&correo=ana%40example.com&acepto=on", "application/x-www-form-urlencoded"),
        (json.dumps(GERMAN).encode(), "application/json"),
        (json.dumps(FRENCH).encode(), "application/json"),
    ],
    ids=["es", "de", "fr"],
)  # fmt: skip
def test_a_form_in_another_language_is_read(body: bytes, content_type: str) -> None:
    signup = vendor_of("generic").parse(body, content_type)
    assert signup.address is not None
    assert (signup.address.key, signup.first_name, signup.last_name, signup.consent) == (
        "ana@example.com", "Ana", "Díaz", True,
    )  # fmt: skip


def test_words_of_a_free_field_are_answers_and_never_a_name() -> None:
    raw = b'{"name": "see http://x.example", "email": "ana@example.com", "How long?": "since May", "nonce": "abc"}'
    signup = vendor_of("generic").parse(raw, "application/json")
    assert signup.first_name is None
    assert signup.answers == (("name", "see http://x.example"), ("How long?", "since May"))


def test_every_vendor_says_where_to_click() -> None:
    for name, vendor in VENDORS.items():
        assert vendor.name == name
        assert vendor.title
        assert vendor.steps
        assert vendor.signed is (vendor.secret_fault(None) is not None) or name == "hosted"


class TestTheDoor:
    @pytest.fixture
    def keyed(self, house: House) -> House:
        with house.kit.db.write() as conn:
            for each in EVERY:
                add_source(
                    conn,
                    clinic_id=house.sun.clinic,
                    vendor=each.vendor,
                    key=f"door-{each.file.replace('.', '-')}",
                    name=each.vendor,
                    secret=each.secret,
                    wording=WORDING,
                    version=VERSION,
                    now=house.clock(),
                )
        return house

    @named
    @pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
    def test_takes_it_once_and_nobody_elses(self, web: FlaskClient, keyed: House, sample: Sample) -> None:
        path, raw = f"/hooks/signup/door-{sample.file.replace('.', '-')}", sample.raw
        at = replace(sample, signs=_at(path, keyed, sample))
        headers = {name: value for name, value in at.headers(raw, keyed.clock()).items() if not name.startswith(":")}
        if sample.secret and sample.over_body:
            assert web.post(path, data=raw + b"x", headers=headers).status_code == 401
        assert [web.post(path, data=raw, headers=headers).status_code for _ in range(2)] == [200, 200]
        row = keyed.one("inbox")
        assert (row.state, row.reason) == ("processed", None)
        assert keyed.one("lead").email_key.endswith("@example.com")
        assert web.post(path, data=b"x" * 65_537, headers=headers).status_code == 413


def _at(path: str, house: House, sample: Sample):  # type: ignore[no-untyped-def]
    if sample.vendor != "hubspot":
        return sample.signs
    import tests.signup.vendor_samples as samples

    def signs(raw: bytes, at: int, secret: str) -> dict[str, str]:
        before, samples.ADDRESS = samples.ADDRESS, f"{house.kit.base_url}{path}"
        try:
            return dict(sample.signs(raw, at, secret))
        finally:
            samples.ADDRESS = before

    return signs
