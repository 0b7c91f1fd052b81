"""Web servers as `python -m service serve` starts them, and clients that ask as fast as they are answered."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.hands import ROOT

READY_WITHIN = 60.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Burst:
    """`took` and `begun`: seconds a request, and the monotonic instant at which it was made, in the same order."""

    seconds: float
    took: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds


class Server:
    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def cpu(self) -> float:
        """Seconds that the server's processes have worked so far."""
        return sum(_cpu(pid) for pid in _family(self._process.pid))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """Answers when the block begins; ends with it."""
    # None of this machine's own settings may reach the server.
    known = {name: value for name, value in os.environ.items() if not name.startswith(("MERIDIAN_", "SENDGRID_"))}
    process = subprocess.Popen(
        list(command),
        cwd=ROOT,
        env={**known, **environment, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_answers(port)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_answers(port: int) -> None:
    """Raises TimeoutError after a minute."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1.0) as door:
                door.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if door.recv(12).startswith(b"HTTP/1."):
                    return
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError("the server does not answer")


def request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A whole POST, ready to be written."""
    own = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def burst(port: int, requests: Sequence[bytes], clients: int) -> Burst:
    """Each client on a connection of its own, its next request as soon as the last is answered."""
    shares = [list(requests[number::clients]) for number in range(clients)]
    parts = [Burst(0.0) for _ in shares]
    threads = [
        threading.Thread(target=_ask, args=(port, share, part)) for share, part in zip(shares, parts, strict=True)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Burst(time.monotonic() - began)
    for part in parts:
        whole.took += part.took
        whole.begun += part.begun
        whole.statuses += part.statuses
    return whole


def _ask(port: int, requests: Sequence[bytes], told: Burst) -> None:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ready in requests:
            began = time.monotonic()
            wire.sendall(ready)
            status = _answered(wire)
            told.took.append(time.monotonic() - began)
            told.begun.append(began)
            told.statuses.append(status)


def _answered(wire: socket.socket) -> int:
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += _some(wire)
    head = got[:end].lower()
    place = head.find(b"content-length:")
    whole = end + 4 + (int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0)
    while len(got) < whole:
        got += _some(wire)
    return int(head[9:12])


def _some(wire: socket.socket) -> bytes:
    chunk = wire.recv(65_536)
    if not chunk:
        raise ConnectionError("the server closed the connection")
    return chunk


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        found = [int(child) for child in children.read_text().split()]
    except OSError:
        return []
    return [pid, *(each for child in found for each in _family(child))]


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def granian(target: str) -> list[str]:
    """The command of a server like ours for another application, at PORT."""
    return [sys.executable, "-m", "bench.limit_server", target]
