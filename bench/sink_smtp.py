"""A relay that takes everything, with PIPELINING: one thread, one look at each byte. Of a mail it keeps the Message-ID;
what it checks is that each is whole and can be unsubscribed from."""

from __future__ import annotations

import json
import selectors
import socket
import sys
import tempfile

CHUNK = 1 << 18
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n"
END = b"\r\n.\r\n"
HEAD = 4_096  # octets in which the headers stand


class Ledger:
    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.faults: list[str] = []

    def add(self, mail: bytes) -> None:
        head = mail[:HEAD]
        place = head.find(b"Message-ID: <")
        self.names.append(head[place + 13 : head.find(b"@", place)] if place >= 0 else b"?")
        if (place < 0 or b"List-Unsubscribe: <" not in head or b"</html>" not in mail[-200:]) and len(self.faults) < 5:
            self.faults.append("a mail without a name, a way to stop, or its end")

    def take(self) -> str:
        with tempfile.NamedTemporaryFile("wb", prefix="meridian-ledger-", delete=False) as ledger:
            ledger.write(b"\n".join(self.names))
        told = {"ledger": ledger.name, "requests": len(self.names), "faults": self.faults}
        self.names, self.faults = [], []
        return json.dumps(told)


class Line:
    """One connection."""

    def __init__(self, conn: socket.socket, ledger: Ledger) -> None:
        self._conn = conn
        self._ledger = ledger
        self._waiting = b""
        self._in_mail = False
        conn.sendall(b"220 sink ESMTP\r\n")

    def read(self) -> bool:
        """False when the other side has gone."""
        chunk = self._conn.recv(CHUNK)
        if not chunk:
            return False
        waiting = self._waiting + chunk if self._waiting else chunk
        answers: list[bytes] = []
        at = 0
        while True:
            end = waiting.find(END if self._in_mail else b"\r\n", at)
            if end < 0:
                break
            if self._in_mail:
                self._ledger.add(waiting[at:end])
                self._in_mail = False
                answers.append(b"250 2.0.0 taken\r\n")
                at = end + 5
                continue
            answers.append(self._answer(waiting[at : at + 4].upper()))
            at = end + 2
        self._waiting = waiting[at:]
        if answers:
            self._conn.sendall(b"".join(answers))
        return b"221 2.0.0 bye\r\n" not in answers

    def _answer(self, command: bytes) -> bytes:
        if command == b"DATA":
            self._in_mail = True
            return b"354 go\r\n"
        if command in (b"EHLO", b"HELO"):
            return HELLO
        return b"221 2.0.0 bye\r\n" if command == b"QUIT" else b"250 2.1.0 fine\r\n"


def main() -> None:
    ledger = Ledger()
    watch = selectors.EpollSelector()
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        watch.register(door, selectors.EVENT_READ)
        watch.register(sys.stdin, selectors.EVENT_READ)
        print(door.getsockname()[1], flush=True)
        while True:
            for key, _ in watch.select():
                if key.fileobj is door:
                    conn, _address = door.accept()
                    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    watch.register(conn, selectors.EVENT_READ, Line(conn, ledger))
                elif key.fileobj is sys.stdin:
                    if not sys.stdin.readline():
                        return
                    print(ledger.take(), flush=True)
                elif not key.data.read():
                    watch.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
