"""Doing a transaction once more when the database had two of them wait for each other, and ended ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

Done = TypeVar("Done")
MOST = 3
_ENDED = frozenset({"40001", "40P01"})  # SQL states: serialization failure, deadlock detected


def again(work: Callable[[], Done]) -> Done:
    """`work` is one whole transaction that may be done anew: nothing of it stands when it was ended. Three times at
    most; then what the database said is raised."""
    for _ in range(MOST - 1):
        try:
            return work()
        except OperationalError as fault:
            if getattr(fault.orig, "sqlstate", None) not in _ENDED:
                raise
    return work()
