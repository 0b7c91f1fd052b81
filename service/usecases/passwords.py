"""Passwords: argon2id, and one cost for every answer."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.domain.weak_password import is_common

SHORTEST, LONGEST = 12, 200
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Raises ValueError for one that is too short, too long, or easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"choose a password of at least {SHORTEST} characters; a few words do well")
    if is_common(password):
        raise ValueError("choose another password: this one is among the first that are tried; a few words do well")
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Without a hash it costs the same and gives False, so that nobody learns which accounts there are."""
    try:
        _hasher.verify(password_hash or _nobodys(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_old(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def hash_code(code: str) -> str:
    """A code of ours, made by chance: it needs to be nobody's choice."""
    return _hasher.hash(code)


def code_matches(code_hash: str, code: str) -> bool:
    return matches(code_hash, code)
