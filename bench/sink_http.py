"""A sink for Mail Send: 202 to each request after `latency` milliseconds. Bodies are kept as they come and looked at
only when asked, so that looking is no part of a round."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

ANSWER = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: bench-%016d\r\nContent-Length: 0\r\n\r\n"
REFUSAL = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CHUNK = 1 << 20


class Kept:
    """Bodies in a file, each after its length."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - kept for as long as the sink stands
        self.count = 0

    def add(self, body: bytes) -> int:
        with self._lock:
            self._file.write(len(body).to_bytes(8) + body)
            self.count += 1
            return self.count

    def take(self) -> Iterator[bytes]:
        with self._lock:
            self._file.seek(0)
            while head := self._file.read(8):
                yield self._file.read(int.from_bytes(head))
            self._file.seek(0)
            self._file.truncate()
            self.count = 0


def serve(conn: socket.socket, kept: Kept, latency: float) -> None:
    """One connection, for as long as it is kept."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = bytearray()
    with conn:
        while True:
            end = waiting.find(b"\r\n\r\n")
            if end < 0:
                if not _more(conn, waiting):
                    return
                continue
            head = bytes(waiting[:end]).lower()
            whole = end + 4 + _length(head)
            while len(waiting) < whole:
                if not _more(conn, waiting):
                    return
            body = bytes(waiting[end + 4 : whole])
            del waiting[:whole]
            if not head.startswith(b"post /v3/mail/send ") or b"authorization: bearer " not in head:
                conn.sendall(REFUSAL)
                return
            number = kept.add(body)
            if latency:
                time.sleep(latency)
            conn.sendall(ANSWER % number)
            if b"connection: close" in head:
                return


def look(body: bytes) -> tuple[list[str], str | None]:
    """The opaque names in a request, and what is wrong with it, if anything is."""
    request = orjson.loads(body)
    people = request["personalizations"]
    refs = [next(iter(person["custom_args"].values())) for person in people]
    parts = {part["type"]: part["value"] for part in request["content"]}
    if len(people) > 1_000 or set(parts) != {"text/plain", "text/html"}:
        return refs, "more than 1,000 people, or not two parts"
    if len({person["to"][0]["email"] for person in people}) != len(people):
        return refs, "an address twice"
    for person in people:
        if not all(tag in parts["text/html"] + parts["text/plain"] for tag in person.get("substitutions", {})):
            return refs, "a tag that stands nowhere"
        if "List-Unsubscribe" not in person["headers"]:
            return refs, "no List-Unsubscribe"
    return refs, None


def answer(kept: Kept) -> None:
    """To each line of the standard input: what was taken since the last."""
    for _ in sys.stdin:
        with tempfile.NamedTemporaryFile("w", prefix="meridian-ledger-", delete=False) as ledger:
            requests = kept.count
            faults: list[str] = []
            for body in kept.take():
                refs, fault = look(body)
                ledger.write("\n".join(refs) + "\n")
                if fault and len(faults) < 5:
                    faults.append(fault)
        print(json.dumps({"ledger": str(Path(ledger.name)), "requests": requests, "faults": faults}), flush=True)


def main(latency: float) -> None:
    kept = Kept()
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        print(door.getsockname()[1], flush=True)
        threading.Thread(target=answer, args=[kept], daemon=True).start()
        while True:
            conn, _ = door.accept()
            threading.Thread(target=serve, args=[conn, kept, latency], daemon=True).start()


def _more(conn: socket.socket, waiting: bytearray) -> bool:
    chunk = conn.recv(CHUNK)
    waiting += chunk
    return bool(chunk)


def _length(head: bytes) -> int:
    place = head.find(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0


if __name__ == "__main__":
    main(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0)
