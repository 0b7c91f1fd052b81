"""A relay's answers, out of the bytes as they come."""

from __future__ import annotations

from typing import NamedTuple

_CODES = {b"%d" % code: code for code in range(200, 600)}
_LONGEST = 4_096  # octets of a line that does not end; RFC 5321 allows 512
_MOST = 200  # lines of one answer


class Reply(NamedTuple):
    """`words` may name the patient: of them only the enhanced status may be kept."""

    code: int
    words: bytes


class Replies:
    """Feed it bytes, take whole answers. `garbled`: what came is no answer, and nothing after it can be trusted."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = 0
        self.garbled = False

    @property
    def empty(self) -> bool:
        """Whether all that came has been taken."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        found: list[Reply] = []
        for line in lines:
            code = _CODES.get(line[:3])
            mark = line[3:4]
            if code is None or mark not in b" -\r" or (self._lines and code != self._code):
                self.garbled = True
                return found
            if mark == b"-":
                self._code = code
                self._lines.append(line[4:].rstrip(b"\r"))
            elif self._lines:
                found.append(Reply(code, b"\n".join([*self._lines, line[4:].rstrip(b"\r")])))
                self._lines = []
            else:
                found.append(Reply(code, line[4:].rstrip(b"\r")))
        self.garbled = len(self._rest) > _LONGEST or len(self._lines) > _MOST
        return found
