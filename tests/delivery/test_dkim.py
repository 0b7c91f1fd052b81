"""A signature of ours holds for who checks it, and breaks when anything is changed or added that it covers."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from service.delivery.mime import Mould
from service.delivery.mime_content import content_of
from service.delivery.mime_dkim import signer
from service.delivery.provider import no_probe
from service.delivery.registry import from_url
from service.domain.mail import Calendar, Envelope, Pattern
from service.domain.message import Accepted
from service.settings import SettingsFault, load
from tests.support.clock import NOW
from tests.support.letters import MARKETING, SERVICE, batch, letter, shape
from tests.support.smtp_peer import SmtpPeer

KEY = rsa.generate_private_key(65_537, 2_048)


def written(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, lock: str = "") -> Path:
    guard: KeySerializationEncryption = BestAvailableEncryption(lock.encode()) if lock else NoEncryption()
    path = folder / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, guard))
    return path


def holds(raw: bytes, asked: list[bytes] | None = None) -> bool:
    """As a receiver checks it, with the public half in its DNS."""
    public = b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def record(name: bytes, timeout: int = 5) -> bytes:
        if asked is not None:
            asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + public

    return bool(dkim.verify(raw, dnsfunc=record))


@pytest.mark.parametrize("envelope", [MARKETING, SERVICE])
def test_a_signed_mail_is_found_to_be_the_senders(tmp_path: Path, envelope: Envelope) -> None:
    varied = shape(Pattern(("For ", ""), (0,)))
    name = "Jürgen von und zu der sehr langen Allee am schönen Fluss  .\r\n..  "
    one = letter(1, name, calendar=Calendar("REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"))
    raw = Mould(varied, envelope, signer(written(tmp_path, KEY), "mail")).pour(one, NOW)
    asked: list[bytes] = []
    assert holds(raw, asked)
    assert asked == [b"mail._domainkey.sun.example."]
    assert raw == content_of(raw)
    assert raw.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sun.example;\r\n")


@pytest.mark.parametrize("name", ["From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post"])
@pytest.mark.parametrize("envelope", [MARKETING, SERVICE])
def test_a_header_that_is_added_on_the_way_breaks_it(tmp_path: Path, name: str, envelope: Envelope) -> None:
    raw = Mould(shape(), envelope, signer(written(tmp_path, KEY), "mail")).pour(letter(1), NOW)
    assert holds(b"X-Relay: 1\r\n" + raw)
    assert not holds(f"{name}: <https://evil.example>\r\n".encode() + raw)


def test_a_changed_body_or_subject_breaks_it(tmp_path: Path) -> None:
    raw = Mould(shape(), MARKETING, signer(written(tmp_path, KEY), "mail")).pour(letter(1), NOW)
    assert not holds(raw.replace(b"Alice", b"Malice"))
    assert not holds(raw.replace(b"this kind of pain", b"this kind of gain"))
    assert not holds(raw.replace(b"=One-Click", b"=Two-Click"))


def test_a_broken_key_says_at_the_start_what_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = rsa.generate_private_key(65_537, 1_024)
    short, curve = tmp_path / "short", tmp_path / "curve"
    for folder in (short, curve):
        folder.mkdir()
    (tmp_path / "text").write_text("not a key")
    cases = {
        tmp_path / "nowhere.pem": "MERIDIAN_DKIM_KEY cannot be read (No such file or directory); make a key with",
        tmp_path / "text": "MERIDIAN_DKIM_KEY is no private key in PEM; make one with: openssl",
        written(tmp_path, KEY, lock="word"): "MERIDIAN_DKIM_KEY is locked by a pass phrase; store it without one",
        written(curve, ec.generate_private_key(ec.SECP256R1())): "MERIDIAN_DKIM_KEY must be an RSA key",
    }
    for path, words in cases.items():
        with pytest.raises(ValueError, match=r"^MERIDIAN_DKIM_KEY") as caught:
            signer(path, "mail")
        assert str(caught.value).startswith(words)
    assert signer(written(short, small), "mail")
    with pytest.raises(ValueError, match=r"^MERIDIAN_DKIM_SELECTOR is the name before \._domainkey"):
        signer(written(short, small), "mail._domainkey;")
    for name, value in {
        "SECRET_KEY": "x" * 40,
        "MAIL": "smtp://127.0.0.1:25",
        "BASE_URL": "https://sun.example",
    }.items():
        monkeypatch.setenv(f"MERIDIAN_{name}", value)
    monkeypatch.setenv("MERIDIAN_DKIM_KEY", str(tmp_path / "text"))
    monkeypatch.setenv("MERIDIAN_DKIM_SELECTOR", "mail")
    with pytest.raises(SettingsFault, match="MERIDIAN_DKIM_KEY is no private key in PEM"):
        load(tmp_path / "no.env")


def test_a_mail_arrives_signed_where_the_settings_say_so(tmp_path: Path) -> None:
    with SmtpPeer() as peer:
        settings = (str(written(tmp_path, KEY)), "mail")
        url = f"smtp://127.0.0.1:{peer.port}"
        out = from_url(url, put=lambda _mails: None, known=lambda _refs: set(), dkim=settings)
        assert out.send(batch(1), NOW, no_probe) == [Accepted()]
        out.close()
    assert holds(peer.received[0].raw)
