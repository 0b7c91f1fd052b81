"""Rate limits of the web's open doors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", headers_enabled=False)


class AMinute:
    """Up to `most` a minute and key. For a door where hundreds come a second: it keeps one number a key and starts no
    thread. Safe to share between threads."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def hit(self, key: str) -> bool:
        """Counts one more; False when it is one too many."""
        minute = int(self._clock() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return count <= self._most
