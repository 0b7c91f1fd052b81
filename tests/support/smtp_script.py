"""A relay that does on each connection what a test has written down, to the octet."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EHLO = "250-relay.test\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"


class Caller:
    """The far end of one of our lines. `said` is every command that it read."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.said: list[str] = []
        self.contents: list[bytes] = []
        self._buffer = bytearray()

    def say(self, words: str) -> None:
        self.sock.sendall(words.encode())

    def hear(self, count: int = 1) -> list[str]:
        """So many commands."""
        lines = [self._until(b"\r\n").decode() for _ in range(count)]
        self.said += lines
        return lines

    def greets(self, ehlo: str = EHLO) -> Caller:
        self.say("220 relay.test\r\n")
        self.hear()
        self.say(ehlo)
        return self

    def envelope(self, rcpt: str = "250 2.1.5 OK") -> None:
        """A group of three, answered as one."""
        self.hear(3)
        self.say(f"250 2.1.0 OK\r\n{rcpt}\r\n{'354 go' if rcpt.startswith('2') else '554 no'}\r\n")

    def content(self, answer: str | None = "250 2.0.0 queued") -> None:
        self.contents.append(self._until(b"\r\n.\r\n"))
        if answer is not None:
            self.say(f"{answer}\r\n")

    def takes(self, count: int) -> None:
        for _ in range(count):
            self.envelope()
            self.content()

    def _until(self, end: bytes) -> bytes:
        searched = 0
        while (place := self._buffer.find(end, searched)) < 0:
            searched = max(0, len(self._buffer) - len(end))
            data = self.sock.recv(65_536)
            if not data:
                raise EOFError
            self._buffer += data
        found = bytes(self._buffer[:place])
        del self._buffer[: place + len(end)]
        return found


@contextmanager
def scripted(*scripts: Callable[[Caller], None]) -> Iterator[tuple[int, list[Caller]]]:
    """Its port, and its callers so far. The nth connection gets the nth script, and is closed at its end; the last one
    is for all further ones. What a script trips over, other than our hanging up, is raised at the end."""
    callers: list[Caller] = []
    faults: list[BaseException] = []
    threads: list[threading.Thread] = []
    door = socket.create_server(("127.0.0.1", 0))

    def serve(caller: Caller, script: Callable[[Caller], None]) -> None:
        with caller.sock:
            try:
                script(caller)
            except (EOFError, ConnectionError):
                pass
            except BaseException as fault:  # noqa: BLE001 - shown by the test's own thread
                faults.append(fault)

    def open_up() -> None:
        while True:
            try:
                sock, _ = door.accept()
            except OSError:
                return
            sock.settimeout(10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            callers.append(Caller(sock))
            script = scripts[min(len(callers), len(scripts)) - 1]
            threads.append(threading.Thread(target=serve, args=(callers[-1], script)))
            threads[-1].start()

    opening = threading.Thread(target=open_up)
    opening.start()
    try:
        yield door.getsockname()[1], callers
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        for thread in [opening, *threads]:
            thread.join()
    if faults:
        raise faults[0]
