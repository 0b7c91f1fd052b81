"""A clock that moves when a test says so."""

from datetime import UTC, datetime

NOW = int(datetime(2026, 11, 24, 14, 42, tzinfo=UTC).timestamp())


class Clock:
    """Call it for the instant, in UTC epoch seconds."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int:
        """Move on; gives the new instant."""
        self.at += seconds + 60 * (minutes + 60 * (hours + 24 * days))
        return self.at
