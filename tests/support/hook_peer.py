"""A clinic's own system on loopback: keeps each call, and answers as it was told to.

with HookPeer() as peer:
    peer.answers(500, 200)
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from service.sources.standard_webhooks import StandardWebhooks

Answer = int | bytes  # a status, or the very bytes to answer with; none at all: the connection is closed


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def holds(self, secret: str, now: int) -> bool:
        """Whether our own reading side takes its signature."""
        return StandardWebhooks().verify(self.raw, self.headers, secret, now)


class HookPeer:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.headers: dict[str, str] = {}
        self.when_read: Callable[[Received], object] | None = None
        self._answers: deque[Answer] = deque()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                got = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
                peer.received.append(got)
                if peer.when_read is not None:
                    peer.when_read(got)
                peer._answer(self)

            def log_message(self, *_args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def answers(self, *answers: Answer) -> None:
        """In turn; after them, 200."""
        self._answers = deque(answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HookPeer:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        answer = self._answers.popleft() if self._answers else 200
        if isinstance(answer, bytes):
            handler.wfile.write(answer)
            return
        handler.send_response(answer)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
