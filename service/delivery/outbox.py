"""The provider of the demo: a mailbox in our own database."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.delivery.greeting import of_outbox
from service.delivery.headers import readable
from service.delivery.provider import Lifted, Probe
from service.domain.mail import Batch, Letter, render
from service.domain.message import Accepted, Asked, Outcome
from service.domain.outbox_mail import OutboxMail
from service.domain.sender import Check


class OutboxProvider:
    """`put` keeps all its mails in one transaction of its own, and those it has already only once; `known` tells which
    refs it has. A `put` that fails raises: whoever sends has the same database and could record nothing either."""

    name = "outbox"

    def __init__(self, put: Callable[[Sequence[OutboxMail]], None], known: Callable[[Sequence[str]], set[str]]) -> None:
        self._put = put
        self._known = known

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        if not batch.letters:
            return []
        self._put([_mail(batch, letter, now) for letter in batch.letters])
        probe("after-bytes")
        probe("after-202")
        return [Accepted() for _ in batch.letters]

    def recall(self, asked: Sequence[Asked], _now: int) -> dict[str, bool]:
        refs = [each.ref for each in asked]
        known = self._known(refs)
        return {ref: ref in known for ref in refs}

    def lift(self, _email: str) -> Lifted:
        """There is no list but ours."""
        return "done"

    def greet(self, _name: str) -> Check:
        """There is nobody to connect to."""
        return of_outbox()

    def drain(self) -> None:
        """A batch is one short transaction: it is finished."""

    def close(self) -> None:
        """Nothing is kept open."""


def _mail(batch: Batch, letter: Letter, now: int) -> OutboxMail:
    rendered = render(batch.shape, letter.values, letter.token)
    return OutboxMail(
        ref=letter.ref,
        to=letter.to,
        subject=rendered.subject,
        headers=readable(batch.envelope, letter, rendered.subject, now),
        html=rendered.html,
        text=rendered.text,
        calendar=letter.calendar.ics if letter.calendar else None,
        at=now,
    )
