"""What every way out promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from service.domain.mail import Batch
from service.domain.message import Asked, Outcome

Probe = Callable[[str], None]
# `done`: on no such list any more. `refused`: it does not let us; there is nothing to wait for. `later`: ask again.
Lifted = Literal["done", "refused", "later"]


def no_probe(_point: str) -> None:
    """For whoever does not watch the points of sending."""


class Provider(Protocol):
    """One way out. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """outbox, smtp or sendgrid: as in `message.provider`."""

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        """One outcome a letter, in the letters' order. Never raises for what happens on the wire.

        Before each request or transaction `batch.held` is asked; once it says so, nothing more of the batch leaves. In
        each, `probe` is called with "after-bytes" once the bytes are out and with "after-202" once the answer is
        read."""

    def recall(self, asked: Sequence[Asked], now: int, /) -> dict[str, bool]:
        """By ref, for those of which the provider can tell by itself: whether it has them. Empty when it cannot
        tell."""

    def lift(self, email: str, /) -> Lifted:
        """Takes an address off the provider's own list of those who asked it to stop, and off no other list."""

    def drain(self) -> None:
        """The process is stopping: what is on the wire is finished, and nothing more is begun. Every letter that is not
        out yet is to come later. From any thread, for good."""

    def close(self) -> None:
        """Lets go of connections. The provider may be used again."""
