"""Secrets at rest: readable with the installation's secret key, and not from a copy of the database."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Unreadable(Exception):
    """It was sealed with another secret key, for something else, or was changed."""


def seal(secret: bytes, what: str, plain: str) -> str:
    """`what` is bound to it: sealed for one account, it opens for no other."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + _cipher(secret).encrypt(nonce, plain.encode(), what.encode())).decode()


def unseal(secret: bytes, what: str, sealed: str) -> str:
    raw = base64.b64decode(sealed)
    try:
        return _cipher(secret).decrypt(raw[:_NONCE], raw[_NONCE:], what.encode()).decode()
    except InvalidTag as wrong:
        raise Unreadable from wrong


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"meridian sealed 1").derive(secret))
