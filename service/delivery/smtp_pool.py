"""The lines that are open to a relay: a few, shared by all threads, kept for the next batch."""

from __future__ import annotations

import ssl
import threading
import time

from service.delivery.smtp_answers import Unwilling
from service.delivery.smtp_line import Line, SmtpServer, open_line

IDLE = 60.0  # seconds after which a line is not trusted any more: what lies between may have forgotten it
SHY = 60.0  # seconds for which no further line is tried after the relay refused one


class Pool:
    """`name` in EHLO is that of the clinic that opens a line."""

    def __init__(self, server: SmtpServer, context: ssl.SSLContext) -> None:
        self.server = server
        self._context = context
        self._idle: list[Line] = []
        self._lent = 0
        self._freed = threading.Condition()
        self._shy_until = 0.0

    def first(self, name: str, until: float) -> Line:
        """Waits for a line to come free, until that instant of the monotonic clock. Raises Unwilling."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._lent < self.server.lines, until - time.monotonic()):
                raise Unwilling("the relay is slow", 0)
            self._lent += 1
        return self._opened(name, until)

    def further(self, name: str, until: float) -> Line | None:
        """One more where the pool and the relay have one to spare."""
        with self._freed:
            if self._lent >= self.server.lines or (not self._idle and time.monotonic() < self._shy_until):
                return None
            self._lent += 1
        try:
            return self._opened(name, until)
        except Unwilling:
            self._shy_until = time.monotonic() + SHY
            return None

    def anew(self, line: Line, name: str, until: float) -> Line:
        """Another line in the place of one that is gone. Raises Unwilling; the place is then free."""
        line.leave()
        return self._opened(name, until)

    def back(self, line: Line) -> None:
        """Kept when it may be used again."""
        line.used = time.monotonic()
        keep = line.wire.idle and line.wire.over is None and not line.writing and line.mails < self.server.mails
        with self._freed:
            if keep:
                self._idle.append(line)
            self._lent -= 1
            self._freed.notify()
        if not keep:
            line.leave()

    def try_line(self, name: str, patience: float) -> None:
        """Opens one, signs in, and leaves. Raises Unwilling."""
        open_line(self.server, name, self._context, patience).leave()

    def close(self) -> None:
        """Lines that are lent stay open until they come back."""
        with self._freed:
            idle, self._idle = self._idle, []
        for line in idle:
            line.leave()

    def _opened(self, name: str, until: float) -> Line:
        try:
            return self._kept() or open_line(self.server, name, self._context, self._patience(until))
        except BaseException:
            with self._freed:
                self._lent -= 1
                self._freed.notify()
            raise

    def _kept(self) -> Line | None:
        while True:
            with self._freed:
                if not self._idle:
                    return None
                line = self._idle.pop()
            if time.monotonic() - line.used < IDLE and line.quiet:
                return line
            line.leave()

    def _patience(self, until: float) -> float:
        return max(0.01, min(self.server.timeout, until - time.monotonic()))
