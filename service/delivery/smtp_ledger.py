"""What is still to be sent of a batch, and what became of each letter that was begun."""

from __future__ import annotations

import threading
import time
from collections import deque

from service.delivery.smtp_answers import CLOSING, MINUTE, REFUSED, Unwilling, closing, refusal, sender_refused
from service.delivery.smtp_commands import Event, mail_from, rcpt_to
from service.domain.mail import Batch, Envelope, Letter
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected

PATIENCE = 120.0  # seconds in which letters of a batch are begun; what is left then goes into the next
ASK_EVERY = 0.25  # seconds between two looks at the stop switch
_DOUBTS = 2  # then the relay is left alone
_ACCEPTED = Accepted()
NO_SMTPUTF8 = "the relay takes no address with such letters (no SMTPUTF8)"


class Ledger:
    """A letter that has no outcome in the end is to come later, for the reason that stopped us. `until`: of the
    monotonic clock."""

    def __init__(self, batch: Batch, now: int, stopping: threading.Event) -> None:
        self._batch = batch
        self._now = now
        self._stopping = stopping
        self.until = time.monotonic() + PATIENCE
        self._mail = {utf8: mail_from(batch.envelope.from_email, utf8) for utf8 in (False, True)}
        self._plain = _is_plain(batch.envelope)
        self._todo = deque(range(len(batch.letters)))
        self._found: dict[int, Outcome] = {}
        self._tried_again: set[int] = set()
        self._doubts = 0
        self._ask_at = 0.0
        self._stop: Later | None = None
        self._last = Later("the relay hung up", now + MINUTE)

    def __len__(self) -> int:
        """How many letters nobody has begun."""
        return len(self._todo)

    def letter(self, ticket: int) -> Letter:
        return self._batch.letters[ticket]

    def halted(self) -> bool:
        """Whether nothing more may be begun."""
        if self._stop is None and self._stopping.is_set():
            self._stop = Later("the worker was stopping", self._now)
        if self._stop is None and self._held():
            self._stop = Later("sending was stopped", self._now)
        if self._stop is None and time.monotonic() > self.until:
            self._stop = Later("the relay is slow", self._now)
        return self._stop is not None

    def _held(self) -> bool:
        """Not asked for each letter: it costs a look into the database."""
        now = time.monotonic()
        if now < self._ask_at:
            return False
        self._ask_at = now + ASK_EVERY
        return self._batch.held()

    def next(self, utf8_taken: bool) -> tuple[int, bytes, bytes] | None:
        """The next letter's ticket, its MAIL and its RCPT; those that cannot be said are settled on the way."""
        while self._todo:
            ticket = self._todo.popleft()
            to = self._batch.letters[ticket].to
            utf8 = not (self._plain and to.isascii())
            if utf8 and not utf8_taken:
                self._found[ticket] = self._unspeakable()
                continue
            try:
                return ticket, self._mail[utf8], rcpt_to(to)
            except ValueError as fault:
                self._found[ticket] = Rejected(str(fault), bad_address=True)
        return None

    def accepted(self, ticket: int) -> None:
        self._found[ticket] = _ACCEPTED

    def refused(self, event: Event) -> None:
        """By an answer of 400 and above, to whatever it was."""
        if event.reply.code == CLOSING:
            self._last = closing(self._now)
        if event.said == "DOT":
            self._found[event.ticket] = refusal(event.reply, self._now)
        elif event.reply.code == CLOSING:
            self._found[event.ticket] = self._last
        elif event.said == "MAIL":
            self._stop = self._found[event.ticket] = sender_refused(event.reply, self._now)
        else:
            self._found[event.ticket] = refusal(event.reply, self._now, of_address=event.said == "RCPT")

    def lost(self, doubtful: int | None, unsent: list[int], why: str) -> None:
        """A line broke. Whoever is certainly not sent gets one more try."""
        self._last = Later(f"the relay hung up ({why})", self._now + MINUTE)
        if doubtful is not None:
            self._found[doubtful] = Doubtful(f"the relay's answer was lost ({why})")
            self._doubts += 1
            if self._doubts >= _DOUBTS and self._stop is None:
                self._stop = Later("the relay does not answer", self._now + MINUTE, "outage")
        for ticket in unsent:
            self.again(ticket)

    def again(self, ticket: int) -> bool:
        """False when it has had its second try."""
        if ticket in self._tried_again:
            return False
        self._tried_again.add(ticket)
        self._todo.appendleft(ticket)
        return True

    def unwilling(self, why: Unwilling) -> None:
        self._last = why.later(self._now)

    def outcomes(self) -> list[Outcome]:
        rest = self._stop or self._last
        return [self._found.get(ticket, rest) for ticket in range(len(self._batch.letters))]

    def _unspeakable(self) -> Outcome:
        if self._plain:
            return Rejected(NO_SMTPUTF8)
        return Later(f"sender refused: {NO_SMTPUTF8}", self._now + REFUSED)


def _is_plain(envelope: Envelope) -> bool:
    """Whether all that stands in the headers as it is can go to any relay; names and subjects are encoded anyhow."""
    as_it_is = (envelope.from_email, envelope.reply_to, envelope.list_id, envelope.domain, envelope.unsubscribe_base)
    return all(text is None or text.isascii() for text in as_it_is)
