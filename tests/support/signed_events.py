"""SendGrid's event posts, signed with a key of the tests' own."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.web.hooks.sendgrid import SIGNATURE, TIMESTAMP

_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def body(*reports: dict[str, Any]) -> bytes:
    return json.dumps(reports).encode() + b"\r\n"


def sign(raw: bytes, at: int) -> dict[str, str]:
    """The headers of a post at that instant."""
    signature = _KEY.sign(str(at).encode() + raw, ec.ECDSA(SHA256()))
    return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: str(at), "Content-Type": "application/json"}


def report(event: str, ref: str | None, at: int, number: int = 1, **more: object) -> dict[str, Any]:
    """A report as SendGrid words it."""
    named = {} if ref is None else {"meridian_ref": ref}
    return {"email": "alice@example.org", "timestamp": at, "event": event, "sg_event_id": f"e{number}", **named, **more}
