"""Passwords: argon2id, and one cost for every answer."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Raises ValueError for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"choose a password of at least {SHORTEST} characters; a few words do well")
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Without a hash it costs the same and gives False, so that nobody learns which accounts there are."""
    try:
        _hasher.verify(password_hash or _nobodys(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_old(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
