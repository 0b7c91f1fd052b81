"""Opaque tokens for the links in mails: fixed width, no name or number readable in them, none can be guessed."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WIDTH = 22
# A link keeps its place in this row.
KINDS = ("message", "lead", "appointment", "post", "hook-lead", "hook-call", "staff")
_BLOCK = 16
_NOTHING = bytes(7)
_LARGEST = 2**63 - 1


class Links:
    """Makes and reads tokens: one AES block over the kind (1 byte), zeros (7 bytes) and the id (8 bytes).

    A forged token decrypts to noise, and its zeros fail but once in 2**56. Equal (kind, id) give equal tokens."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: the installation's secret, at least 16 bytes. Raises ValueError for a shorter one."""
        if len(secret) < _BLOCK:
            raise ValueError("the secret for links is too short: give at least 16 bytes")
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"meridian links 1").derive(secret)
        # Each block is a unique value already (a kind and an id), so the mode needs no chaining and no nonce.
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305

    def mint(self, kind: str, id: int) -> str:  # noqa: A002
        """The token, 22 characters of base64url. Raises ValueError for an unknown kind or an id outside 63 bits."""
        return self.mint_many(kind, [id])[0]

    def mint_many(self, kind: str, ids: Sequence[int]) -> list[str]:
        """A token for each id, in order, in one pass of the cipher."""
        head = bytes([_byte(kind)]) + _NOTHING
        try:
            plain = b"".join([head + id.to_bytes(8) for id in ids])  # noqa: A001
        except OverflowError as wrong:
            raise ValueError("an id in a link is from 0 to 2**63 - 1") from wrong
        if ids and max(ids) > _LARGEST:
            raise ValueError("an id in a link is from 0 to 2**63 - 1")
        sealed = self._cipher.encryptor().update(plain)
        return [urlsafe_b64encode(sealed[at : at + _BLOCK])[:WIDTH].decode() for at in range(0, len(sealed), _BLOCK)]

    def read(self, token: str) -> tuple[str, int] | None:
        """(kind, id), or None for anything this installation did not mint."""
        sealed = _sealed(token)
        if sealed is None:
            return None
        plain = self._cipher.decryptor().update(sealed)
        kind, number = plain[0], int.from_bytes(plain[8:])
        if plain[1:8] != _NOTHING or not 1 <= kind <= len(KINDS) or number > _LARGEST:
            return None
        return KINDS[kind - 1], number


def _byte(kind: str) -> int:
    if kind not in KINDS:
        raise ValueError(f"no link kind {kind!r}: use {', '.join(KINDS)}")
    return KINDS.index(kind) + 1


def _sealed(token: str) -> bytes | None:
    """The block behind a token in its one spelling; 22 characters hold four bits more than a block, which must be 0."""
    if len(token) != WIDTH or not token.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(token + "==")
    except (NotBase64, ValueError):
        return None
    return sealed if urlsafe_b64encode(sealed)[:WIDTH].decode() == token else None
