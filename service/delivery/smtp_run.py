"""One batch over the open lines, all driven by the calling thread: a line that was answered gets the next letter."""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from contextlib import suppress

from service.delivery.mime import Mould
from service.delivery.mime_content import Content
from service.delivery.provider import Probe
from service.delivery.smtp_answers import CLOSING, MINUTE, REFUSED, Unwilling, closing, refusal, sender_refused
from service.delivery.smtp_line import Line
from service.delivery.smtp_pool import MAILS, MOST, Pool
from service.delivery.smtp_wire import Event, mail_from, rcpt_to
from service.domain.mail import Batch
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected

PATIENCE = 120.0  # seconds in which letters of a batch are begun; what is left then goes into the next
LETTERS_A_LINE = 8  # for fewer, a further line does not pay
_LOSSES = 2  # of a line, one after the other, or of answers: then the relay is left alone
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
NO_SMTPUTF8 = "the relay takes no address with such letters (no SMTPUTF8)"


class _Lane:
    """A line at work on this batch. `content` waits for the relay's "go"; `until` is when its patience ends."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.content = Content(b"")
        self.until = 0.0
        self.writes = False
        self.losses = 0
        self.reopens = True


class Run:
    """For one use: `outcomes`. A letter that has none in the end is to come later, for the reason that stopped us."""

    def __init__(
        self, batch: Batch, mould: Mould, pool: Pool, now: int, probe: Probe, stopping: threading.Event
    ) -> None:
        self._batch = batch
        self._mould = mould
        self._pool = pool
        self._now = now
        self._probe = probe
        self._stopping = stopping
        self._until = time.monotonic() + PATIENCE
        self._mail = {utf8: mail_from(batch.envelope.from_email, utf8) for utf8 in (False, True)}
        self._plain = batch.envelope.from_email.isascii()
        self._todo = deque(range(len(batch.letters)))
        self._found: dict[int, Outcome] = {}
        self._tried_again: set[int] = set()
        self._doubts = 0
        self._stop: Later | None = None
        self._last = Later("the relay hung up", now + MINUTE)
        self._lanes: list[_Lane] = []
        self._selector = selectors.DefaultSelector()

    def outcomes(self) -> list[Outcome]:
        try:
            self._open()
            for lane in list(self._lanes):
                self._selector.register(lane.line, _READ, lane)
                self._advance(lane)
            while self._lanes:
                self._turn()
        finally:
            for lane in list(self._lanes):
                self._end(lane, keep=False)
            self._selector.close()
        rest = self._stop or self._last
        return [self._found.get(ticket, rest) for ticket in range(len(self._batch.letters))]

    def _open(self) -> None:
        wanted = min(MOST, -(-len(self._todo) // LETTERS_A_LINE))
        if self._halt() is not None:
            return
        try:
            self._lanes.append(_Lane(self._pool.first(self._batch.envelope.domain, self._until)))
        except Unwilling as unwilling:
            self._last = unwilling.later(self._now)
            return
        while len(self._lanes) < wanted and (line := self._pool.further(self._batch.envelope.domain, self._until)):
            self._lanes.append(_Lane(line))

    def _turn(self) -> None:
        began = time.monotonic()
        ready = self._selector.select(max(0.0, min(lane.until for lane in self._lanes) - began))
        heard = [key.data for key, _ in ready]
        for lane in heard:
            self._listen(lane)
        for lane in [late for late in self._lanes if late.until <= began and late not in heard]:
            self._lose(lane, "TimeoutError")

    def _listen(self, lane: _Lane) -> None:
        try:
            data = lane.line.read()
        except OSError as error:
            return self._lose(lane, type(error).__name__)
        if data == b"":
            return self._lose(lane, "EOFError")
        if data:
            self._hear(lane, data)
        if lane.line.wire.over is not None:
            return self._lose(lane, lane.line.wire.over)
        return self._advance(lane)

    def _hear(self, lane: _Lane, data: bytes) -> None:
        for event in lane.line.wire.feed(data):
            if event.kind == "go":
                if self._halt() is None:
                    lane.line.wire.content(event.ticket, lane.content)
                else:
                    lane.line.wire.over = "the content is kept back"
            elif event.kind == "answered":
                self._answered(lane, event)
            else:
                self._refused(lane, event)

    def _answered(self, lane: _Lane, event: Event) -> None:
        if event.reply.code >= 300:
            self._found[event.ticket] = refusal(event.reply, self._now)
            if event.reply.code == CLOSING:
                self._last = closing(self._now)
            return
        self._found[event.ticket] = Accepted()
        lane.losses = 0
        self._probe("after-202")

    def _refused(self, lane: _Lane, event: Event) -> None:
        if event.reply.code == CLOSING:
            if event.said == "MAIL" and lane.line.mails > 1 and event.ticket not in self._tried_again:
                return self._again(event.ticket)  # enough mails over one line, it says
            lane.reopens = False
            self._last = self._found[event.ticket] = closing(self._now)
        elif event.said == "MAIL":
            self._stop = self._found[event.ticket] = sender_refused(event.reply, self._now)
        else:
            self._found[event.ticket] = refusal(event.reply, self._now, of_address=event.said == "RCPT")
        return None

    def _advance(self, lane: _Lane) -> None:
        """Gives the line its next letter where it can take one, and writes what can be written."""
        line = lane.line
        ticket = self._begin(line) if line.wire.ready and line.mails < MAILS and self._halt() is None else None
        try:
            if line.flush():
                self._probe("after-bytes")
        except OSError as error:
            return self._break(lane, type(error).__name__)
        if ticket is not None:
            # Poured while the relay considers the envelope.
            lane.content = self._mould.pour(self._batch.letters[ticket], self._now)
        if line.wire.idle:
            return self._finish(lane)
        lane.until = min(time.monotonic(), self._until) + self._pool.server.timeout
        if line.writing != lane.writes:
            lane.writes = line.writing
            self._selector.modify(line, _READ | _WRITE if lane.writes else _READ, lane)
        return None

    def _begin(self, line: Line) -> int | None:
        while self._todo:
            ticket = self._todo.popleft()
            to = self._batch.letters[ticket].to
            try:
                rcpt = rcpt_to(to)
            except ValueError as fault:
                self._found[ticket] = Rejected(str(fault), bad_address=True)
                continue
            utf8 = not (self._plain and to.isascii())
            if utf8 and "SMTPUTF8" not in line.offers:
                self._found[ticket] = self._unspeakable()
                continue
            line.wire.begin(ticket, self._mail[utf8], rcpt)
            line.mails += 1
            return ticket
        return None

    def _unspeakable(self) -> Outcome:
        if self._plain:
            return Rejected(NO_SMTPUTF8)
        return Later(f"sender refused: {NO_SMTPUTF8}", self._now + REFUSED)

    def _finish(self, lane: _Lane) -> None:
        """Nothing is open on this line: it goes back, or, worn out, makes room for another."""
        if not self._todo or lane.line.mails < MAILS or self._halt() is not None:
            return self._end(lane, keep=True)
        return self._reopen(lane)

    def _break(self, lane: _Lane, why: str) -> None:
        """Nothing can be written any more; what the relay said before may still be read."""
        try:
            data = lane.line.read()
        except OSError:
            data = None
        if data:
            self._hear(lane, data)
        self._lose(lane, why)

    def _lose(self, lane: _Lane, why: str) -> None:
        doubtful, unsent = lane.line.wire.lost()
        if doubtful is not None:
            self._found[doubtful] = Doubtful(f"the relay's answer was lost ({why})")
            self._doubts += 1
            if self._doubts >= _LOSSES:
                self._stop = self._stop or Later("the relay does not answer", self._now + MINUTE)
        for ticket in unsent:
            self._again(ticket)
        lane.losses += 1
        if lane.reopens:
            self._last = Later(f"the relay hung up ({why})", self._now + MINUTE)
        if not self._todo or lane.losses >= _LOSSES or not lane.reopens or self._halt() is not None:
            return self._end(lane, keep=False)
        return self._reopen(lane)

    def _again(self, ticket: int) -> None:
        """Certainly not sent: one more try."""
        if ticket not in self._tried_again:
            self._tried_again.add(ticket)
            self._todo.appendleft(ticket)

    def _reopen(self, lane: _Lane) -> None:
        self._selector.unregister(lane.line)
        try:
            lane.line = self._pool.anew(lane.line, self._batch.envelope.domain, self._until)
        except Unwilling as unwilling:
            self._last = unwilling.later(self._now)
            self._lanes.remove(lane)
            return
        lane.writes = False
        self._selector.register(lane.line, _READ, lane)
        self._advance(lane)

    def _end(self, lane: _Lane, *, keep: bool) -> None:
        self._lanes.remove(lane)
        with suppress(KeyError):  # not yet registered
            self._selector.unregister(lane.line)
        if not keep:
            lane.line.close()
        self._pool.back(lane.line)

    def _halt(self) -> Later | None:
        """Why nothing more may be begun."""
        if self._stop is None and self._stopping.is_set():
            self._stop = Later("the worker was stopping", self._now)
        if self._stop is None and time.monotonic() > self._until:
            self._stop = Later("the relay is slow", self._now)
        return self._stop
