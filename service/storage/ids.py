"""Ids made by the client: 63 bits, rising with time, contiguous in a batch. They never leave the house."""

from __future__ import annotations

import secrets
import threading
import time

_EPOCH_MS = 1_700_000_000_000
_last = 0
_lock = threading.Lock()


def take(count: int) -> range:
    """`count` fresh ids, contiguous and rising: 41 bits of milliseconds (for their order only), 22 of chance."""
    global _last  # noqa: PLW0603 - one counter a process is what keeps ids apart
    with _lock:
        base = ((time.time_ns() // 1_000_000 - _EPOCH_MS) << 22) | secrets.randbits(21)
        base = max(base, _last + 1)
        _last = base + count
        return range(base, base + count)


def new() -> int:
    return take(1)[0]
