"""A message's opaque name outside the house: the same after a restore, so that what a provider had is recognised."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b


def ref(key: bytes, enrollment_id: int, step: str, visit: int) -> str:
    """32 hexadecimal digits, from the installation's key (at most 64 bytes), the enrollment, the step and its visit."""
    return blake2b(f"{enrollment_id}:{step}:{visit}".encode(), key=key, digest_size=16).hexdigest()


def refs(key: bytes) -> Callable[[int, str, int], str]:
    """`ref` for many of one installation: the key is worked in once."""
    keyed = blake2b(key=key, digest_size=16)

    def of(enrollment_id: int, step: str, visit: int) -> str:
        digest = keyed.copy()
        digest.update(b"%d:%b:%d" % (enrollment_id, step.encode(), visit))
        return digest.hexdigest()

    return of
