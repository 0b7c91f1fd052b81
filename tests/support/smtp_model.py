"""A relay as a pure state machine, as moody as it is told to be, that remembers what it took on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

# Asked at each command: the words of the answer, "" for what an honest relay says, or None: it hangs up instead.
Mood = Callable[[str], str | None]


@dataclass
class ModelRelay:
    """`taken` are contents that it answered with 250 or meant to; `seen` all whose end it read; `said` each command.
    `lax`: it asks for a content though it has no recipient, as RFC 2920 warns of."""

    mood: Mood
    pipelining: bool = True
    lax: bool = False
    taken: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    hung_up: bool = False
    out: bytes = b""
    _buffer: bytes = b""
    _in_data: bool = False
    _recipient: bool = False
    _sender: bool = False

    def feed(self, octets: bytes) -> None:
        self._buffer += octets
        while not self.hung_up and self._step():
            pass

    def take(self) -> bytes:
        out, self.out = self.out, b""
        return out

    def _step(self) -> bool:
        end = b"\r\n.\r\n" if self._in_data else b"\r\n"
        # An empty content ends at once: the line before it was DATA's own.
        buffer = b"\r\n" + self._buffer if self._in_data else self._buffer
        if end not in buffer:
            return False
        found, _, self._buffer = buffer.partition(end)
        if self._in_data:
            self._content(found[2:])
        else:
            assert self.pipelining or not self._buffer, "it did not wait for the answer"
            self._command(found)
        return True

    def _content(self, content: bytes) -> None:
        self._in_data = self._sender = False
        taken, self._recipient = self._recipient, False
        if taken:
            self.seen.append(content)
        words = self.mood("DOT")
        if words is None:
            self.hung_up = True
        elif taken and (not words or words.startswith("2")):
            self.taken.append(content)
            self._say(words or "250 2.0.0 queued")
        else:
            self._say(words if words and not words.startswith("2") else "554 5.5.1 no valid recipients")

    def _command(self, line: bytes) -> None:
        self.said.append(line)
        verb = line[:4].decode().upper()
        words = self.mood(verb)
        if words is None:
            self.hung_up = True
            return
        honest = self._honest(verb)
        if words and honest.startswith(("2", "3")):
            self._say(words)
            accepted = words[0] in "23"
        else:
            self._say(honest)
            accepted = honest[0] in "23"
        if accepted:
            self._moves(verb)

    def _honest(self, verb: str) -> str:
        fits = {"MAIL": not self._sender, "RCPT": self._sender, "DATA": self._recipient or self.lax}.get(verb, True)
        if not fits:
            return "503 5.5.1 out of order"
        return "354 go ahead" if verb == "DATA" else "250 2.1.0 OK"

    def _moves(self, verb: str) -> None:
        if verb == "RSET":
            self._sender = self._recipient = False
        self._sender = self._sender or verb == "MAIL"
        self._recipient = self._recipient or verb == "RCPT"
        self._in_data = verb == "DATA"

    def _say(self, words: str) -> None:
        self.out += words.encode() + b"\r\n"
        self.hung_up = words.startswith("421")
