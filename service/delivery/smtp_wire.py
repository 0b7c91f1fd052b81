"""One open line to a relay as a pure state machine: answers in, commands and events out; no socket, no clock.

With PIPELINING (RFC 2920) an envelope is one group, and follows the content before it in the same write; in its absence
each command waits for the answer to the one before."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from service.delivery.mime_content import Content
from service.delivery.smtp_answers import CLOSING
from service.delivery.smtp_commands import DATA, DOT, RSET, Event, Said
from service.delivery.smtp_replies import Replies, Reply

_OK = Reply(250, b"")
_YES, _GO = rb"2\d\d [^\r\n]*\r\n", rb"354 [^\r\n]*\r\n"
# What is heard all day, taken at one look: yes to a group, and yes to a content and to the group that followed it.
_SMOOTH = {False: re.compile(_YES * 2 + _GO), True: re.compile(_YES * 3 + _GO)}


@dataclass(slots=True)
class _Open:
    """An envelope that is being agreed on."""

    ticket: int
    unsaid: list[tuple[Said, bytes]]
    refused: tuple[Said, Reply] | None = None


class Wire:
    """Letters are known by a ticket. `over` says why nothing more can be said; the line is then to be closed."""

    def __init__(self, pipelining: bool) -> None:
        self._pipelining = pipelining
        self._replies = Replies()
        self._asked: deque[Said] = deque()
        self._out: list[bytes] = []
        self._open: _Open | None = None
        self._dotted: int | None = None
        self._queued = self._written = self._dot_ends = 0
        self._reset = self._smooth = False
        self._told = True
        self.over: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the next envelope may be given."""
        return self.over is None and self._open is None and (self._pipelining or not self._asked)

    @property
    def idle(self) -> bool:
        return not self._asked and self._open is None

    def begin(self, ticket: int, mail: bytes, rcpt: bytes) -> None:
        """Only when `ready`; `mail` and `rcpt` as smtp_commands makes them."""
        group = mail + rcpt + DATA
        if self._pipelining and not self._reset:
            self._smooth = len(self._asked) == (self._dotted is not None)
            self._open = _Open(ticket, [])
            self._asked += ("MAIL", "RCPT", "DATA")
            self._out.append(group)
            self._queued += len(group)
            return
        unsaid: list[tuple[Said, bytes]] = [("MAIL", mail), ("RCPT", rcpt), ("DATA", DATA)]
        if self._reset:
            unsaid.insert(0, ("RSET", RSET))
            self._reset = False
        self._open = _Open(ticket, unsaid)
        while self._pipelining and len(unsaid) > 1:
            self._say_next(self._open)
        self._say_next(self._open)

    def content(self, ticket: int, content: Content) -> None:
        """Once its "go" came."""
        self._dotted, self._open = ticket, None
        self._told = False
        self._asked.append("DOT")
        self._out += (content, DOT)
        self._dot_ends = self._queued = self._queued + len(content) + len(DOT)

    def take(self) -> bytes:
        """What is to be written now."""
        whole = b"".join(self._out)
        self._out.clear()
        return whole

    def wrote(self, octets: int) -> bool:
        """That many more are out; True once for each content, when the last of its octets has gone."""
        self._written += octets
        before, self._told = self._told, self._told or self._written >= self._dot_ends
        return self._told and not before

    def feed(self, data: bytes) -> list[Event]:
        smooth, self._smooth = self._smooth, False
        if smooth and self._told and self._replies.empty and self.over is None:
            found = self._at_one_look(data)
            if found is not None:
                return found
        events: list[Event] = []
        for reply in self._replies.feed(data):
            if not self._asked:
                self.over = "it answered unasked"
            if self.over is not None:
                return events
            event = self._hear(self._asked.popleft(), reply)
            if event is not None:
                events.append(event)
        if self._replies.garbled:
            self.over = self.over or "its answer is none"
        return events

    def lost(self) -> tuple[int | None, list[int]]:
        """The line is gone: who is in doubt, for all of their content went out and no answer came; and who is certainly
        not sent of those begun."""
        out = self._dotted is not None and self._written >= self._dot_ends
        unsent = [] if out or self._dotted is None else [self._dotted]
        if self._open is not None:
            unsent.append(self._open.ticket)
        return (self._dotted if out else None), unsent

    def _at_one_look(self, data: bytes) -> list[Event] | None:
        """Only for a group that was said as one, with nothing but a content before it."""
        ended = self._dotted
        if self._open is None or not _SMOOTH[ended is not None].fullmatch(data):
            return None
        self._asked.clear()
        self._dotted = None
        go = Event("go", self._open.ticket, "DATA", _OK)
        return [go] if ended is None else [Event("accepted", ended, "DOT", _OK), go]

    def _say(self, said: Said, octets: bytes) -> None:
        self._asked.append(said)
        self._out.append(octets)
        self._queued += len(octets)

    def _say_next(self, opened: _Open) -> None:
        self._say(*opened.unsaid.pop(0))

    def _hear(self, said: Said, reply: Reply) -> Event | None:
        if reply.code == CLOSING:
            return self._closes(said, reply)
        if said == "DOT":
            return self._answered(reply)
        if said in ("RSET", "VOID"):
            fits = reply.code < 300 if said == "RSET" else not 300 <= reply.code < 400
        else:
            fits = not 300 <= reply.code < 400 if said != "DATA" else reply.code == 354 or reply.code >= 400
        if not fits:
            self.over = "its answers are out of step"
            return None
        if self._open is None or said == "VOID":
            return None
        return self._data(self._open, reply) if said == "DATA" else self._envelope(self._open, said, reply)

    def _envelope(self, opened: _Open, said: Said, reply: Reply) -> Event | None:
        if reply.code >= 400:
            opened.refused = opened.refused or (said, reply)
            return None if self._pipelining else self._refused(opened, opened.refused)
        if not self._pipelining:
            self._say_next(opened)
        return None

    def _data(self, opened: _Open, reply: Reply) -> Event:
        if reply.code == 354 and opened.refused is None:
            return Event("go", opened.ticket, "DATA", reply)
        event = self._refused(opened, opened.refused or ("DATA", reply))
        if reply.code == 354:
            # A content for nobody: RFC 2920 wants it ended at once, and the relay to send it to no one.
            self._reset = False
            self._say("VOID", DOT)
        return event

    def _refused(self, opened: _Open, refused: tuple[Said, Reply]) -> Event:
        self._open, self._reset = None, True
        return Event("refused", opened.ticket, *refused)

    def _answered(self, reply: Reply) -> Event | None:
        if 300 <= reply.code < 400 or self._dotted is None:
            self.over = "its answers are out of step"
            return None
        if not self._told:
            # A no may come before the end of the content; a yes to what it has not had is no answer.
            self.over = "it answered too early"
            if reply.code < 300:
                return None
        ticket, self._dotted = self._dotted, None
        return Event("accepted" if reply.code < 300 else "refused", ticket, "DOT", reply)

    def _closes(self, said: Said, reply: Reply) -> Event | None:
        self.over = "it is closing"
        if said == "DOT":
            return self._answered(reply)
        if self._open is None:
            return None
        opened, self._open = self._open, None
        heard = opened.refused or ("MAIL" if said in ("RSET", "VOID") else said, reply)
        return Event("refused", opened.ticket, *heard)
