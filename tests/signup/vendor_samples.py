"""Each vendor's own post, signed as it signs, and what is to be read in it.

Samples named `.built` come from the vendor's description of its fields; the others are the vendor's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SAMPLES = Path(__file__).parent / "samples"
SECRET = "test-secret-not-real"
ADDRESS = "https://sun.example/hooks/signup/KEY"
BOUNDARY = "multipart/form-data; boundary=------------------------d74496d66958873e"
FORM = "application/x-www-form-urlencoded"
Signs = Callable[[bytes, int, str], Mapping[str, str]]


def _mac(key: str, signed: bytes) -> bytes:
    return hmac.new(key.encode(), signed, hashlib.sha256).digest()


def _tally(raw: bytes, _at: int, secret: str) -> Mapping[str, str]:
    return {"tally-signature": base64.b64encode(_mac(secret, raw)).decode()}


def _formspree(raw: bytes, at: int, secret: str) -> Mapping[str, str]:
    return {"formspree-signature": f"t={at},v1={_mac(secret, f'{at}.'.encode() + raw).hex()}"}


def _webflow(raw: bytes, at: int, secret: str) -> Mapping[str, str]:
    stamp = f"{at}123"
    return {"x-webflow-timestamp": stamp, "x-webflow-signature": _mac(secret, f"{stamp}:".encode() + raw).hex()}


def _netlify(raw: bytes, _at: int, secret: str) -> Mapping[str, str]:
    claims = {"iss": "netlify", "sha256": hashlib.sha256(raw).hexdigest()}
    return {"x-webhook-signature": jwt.encode(claims, secret.ljust(32, "."), algorithm="HS256")}


def _hubspot(raw: bytes, at: int, secret: str) -> Mapping[str, str]:
    signed = b"POST" + ADDRESS.encode() + raw + f"{at}000".encode()
    signature = base64.b64encode(_mac(secret, signed)).decode()
    return {":url": ADDRESS, "x-hubspot-request-timestamp": f"{at}000", "x-hubspot-signature-v3": signature}


def _header(_raw: bytes, _at: int, secret: str) -> Mapping[str, str]:
    return {"x-webhook-secret": secret}


def _nothing(_raw: bytes, _at: int, _secret: str) -> Mapping[str, str]:
    return {}


@cache
def wix_keys() -> tuple[str, str]:
    """Private and public, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return kept.decode(), shown.decode()


@dataclass(frozen=True)
class Sample:
    """`timed`: the signature holds for five minutes. `over_body`: it covers the body. `reads`: what is to be read."""

    vendor: str
    file: str
    signs: Signs
    reads: Mapping[str, object]
    secret: str | None = SECRET
    content_type: str = "application/json"
    timed: bool = False
    over_body: bool = True
    answers: tuple[tuple[str, str], ...] = ()
    external_id: str | None = None
    utm: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        body = (SAMPLES / self.file).read_bytes()
        if self.vendor == "wix":
            import json

            return jwt.encode(json.loads(body), wix_keys()[0], algorithm="RS256").encode()
        return body

    def headers(self, raw: bytes, at: int, secret: str | None = None) -> dict[str, str]:
        return {"content-type": self.content_type, **self.signs(raw, at, secret or self.secret or "")}


ANA: Mapping[str, object] = {"first_name": "Ana", "consent": False}
AGREED = {**ANA, "consent": True}
DIAZ = {**AGREED, "last_name": "Diaz"}
PAGE = "https://clinic.example/contact/"
MAY = ("message", "Since May.")
EVERY = (
    Sample("tally", "tally.json", _tally, ANA, external_id="jyqVba"),
    Sample(
        *("formspree", "formspree.json", _formspree, {"first_name": "Sarah", "consent": False}),
        timed=True,
        answers=(("message", "Do you have Saturday slots?"),),
    ),
    Sample(
        *("webflow", "webflow.built.json", _webflow, {**AGREED, "interest": "sciatica"}),
        timed=True,
        external_id="6321ca84df3949bfc6752327",
    ),
    Sample(
        *("netlify", "netlify.built.json", _netlify, {**DIAZ, "page": PAGE}),
        secret=SECRET.ljust(32, "."),
        answers=(MAY,),
        external_id="5f0c1e2d",
    ),
    Sample("hubspot", "hubspot.built.json", _hubspot, {**DIAZ, "phone": "+16125550119"}, timed=True),
    Sample(
        *("elementor", "elementor-simple.form", _nothing, {**AGREED, "page": PAGE}),
        secret=None,
        content_type=FORM,
        over_body=False,
    ),
    Sample(
        *("elementor", "elementor-advanced.built.form", _header, {**DIAZ, "page": PAGE}),
        content_type=FORM,
        over_body=False,
        answers=(("Anything else?", "Since May."),),
    ),
    Sample("wpforms", "wpforms.json", _nothing, AGREED, secret=None, over_body=False),
    Sample(
        *("gravityforms", "gravityforms.json", _nothing, {**DIAZ, "phone": "(555) 010-1234", "page": PAGE}),
        secret=None,
        over_body=False,
        external_id="17",
    ),
    Sample(
        *("contact-form-7", "contact-form-7.built.json", _header, DIAZ),
        over_body=False,
        answers=(("your-message", "Since May."),),
    ),
    Sample(
        *("jotform", "jotform.multipart", _nothing),
        {"first_name": "Johnny", "last_name": "Kennedy", "consent": False},
        secret=None,
        content_type=BOUNDARY,
        over_body=False,
        external_id="5747236631235621087",
    ),
    Sample(*("wix", "wix.built.json", _nothing, DIAZ), secret=wix_keys()[1], answers=(MAY,), external_id="0b1c"),
    Sample(
        *("generic", "generic.built.json", _header, AGREED),
        over_body=False,
        answers=(("notes", "Since May."),),
        external_id="row-17",
    ),
)
SIGNED = [sample for sample in EVERY if sample.secret]
