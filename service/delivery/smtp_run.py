"""One batch over the open lines, all driven by the calling thread: a line that was answered gets the next letter."""

from __future__ import annotations

import selectors
import threading
import time
from contextlib import suppress

from service.delivery.mime import Mould
from service.delivery.mime_content import Content
from service.delivery.provider import Probe
from service.delivery.smtp_answers import CLOSING, Unwilling
from service.delivery.smtp_commands import Event
from service.delivery.smtp_ledger import Ledger
from service.delivery.smtp_line import Line
from service.delivery.smtp_pool import Pool
from service.domain.mail import Batch
from service.domain.message import Outcome

LETTERS_A_LINE = 8  # for fewer, a further line does not pay
_LOSSES = 3  # of a line, with nothing accepted between them: then it is left alone. One letter can cause but two
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


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
    """For one use: `outcomes`."""

    def __init__(
        self, batch: Batch, mould: Mould, pool: Pool, now: int, probe: Probe, stopping: threading.Event
    ) -> None:
        self._ledger = Ledger(batch, now, stopping)
        self._name = batch.envelope.domain
        self._mould = mould
        self._pool = pool
        self._now = now
        self._probe = probe
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
        return self._ledger.outcomes()

    def _open(self) -> None:
        wanted = min(self._pool.server.lines, -(-len(self._ledger) // LETTERS_A_LINE))
        if self._ledger.halted():
            return
        try:
            self._lanes.append(_Lane(self._pool.first(self._name, self._ledger.until)))
        except Unwilling as unwilling:
            self._ledger.unwilling(unwilling)
            return
        while len(self._lanes) < wanted and (line := self._pool.further(self._name, self._ledger.until)):
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
            if event.kind == "refused":
                self._refused(lane, event)
            elif event.kind == "accepted":
                self._ledger.accepted(event.ticket)
                lane.losses = 0
                self._probe("after-202")
            elif self._ledger.halted():
                lane.line.wire.over = "the content is kept back"
            else:
                lane.line.wire.content(event.ticket, lane.content)

    def _refused(self, lane: _Lane, event: Event) -> None:
        if event.reply.code == CLOSING and event.said != "DOT":
            worn_out = event.said == "MAIL" and lane.line.mails > 1
            if worn_out and self._ledger.again(event.ticket):
                return  # it takes no more over one line
            lane.reopens = False
        self._ledger.refused(event)

    def _advance(self, lane: _Lane) -> None:
        """Gives the line its next letter where it can take one, and writes what can be written."""
        line = lane.line
        ticket = self._begin(line) if line.wire.ready and line.mails < self._pool.server.mails else None
        try:
            if line.flush():
                self._probe("after-bytes")
        except OSError as error:
            return self._break(lane, type(error).__name__)
        if ticket is not None:
            # Poured while the relay considers the envelope.
            lane.content = self._mould.pour(self._ledger.letter(ticket), self._now)
        if line.wire.idle:
            return self._finish(lane)
        lane.until = min(time.monotonic(), self._ledger.until) + self._pool.server.timeout
        if line.writing != lane.writes:
            lane.writes = line.writing
            self._selector.modify(line, _READ | _WRITE if lane.writes else _READ, lane)
        return None

    def _begin(self, line: Line) -> int | None:
        letter = None if self._ledger.halted() else self._ledger.next("SMTPUTF8" in line.offers)
        if letter is None:
            return None
        line.wire.begin(*letter)
        line.mails += 1
        return letter[0]

    def _finish(self, lane: _Lane) -> None:
        """Nothing is open on this line: it goes back, or, worn out, makes room for another."""
        if not self._ledger or lane.line.mails < self._pool.server.mails or self._ledger.halted():
            return self._end(lane, keep=True)
        return self._reopen(lane)

    def _break(self, lane: _Lane, why: str) -> None:
        """Nothing can be written any more; what the relay said before may still be read."""
        with suppress(OSError):
            self._hear(lane, lane.line.read() or b"")
        self._lose(lane, why)

    def _lose(self, lane: _Lane, why: str) -> None:
        lane.losses += 1
        if lane.reopens:
            self._ledger.lost(*lane.line.wire.lost(), why)
        if not self._ledger or lane.losses >= _LOSSES or not lane.reopens or self._ledger.halted():
            return self._end(lane, keep=False)
        return self._reopen(lane)

    def _reopen(self, lane: _Lane) -> None:
        self._selector.unregister(lane.line)
        try:
            lane.line = self._pool.anew(lane.line, self._name, self._ledger.until)
        except Unwilling as unwilling:
            self._ledger.unwilling(unwilling)
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
