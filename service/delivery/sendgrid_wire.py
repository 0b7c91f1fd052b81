"""How SendGrid's client reaches the wire: by our opener, watched from the connection to the answer."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from functools import partial
from typing import Any, cast
from urllib.request import (  # noqa: TID251 - this is the door out
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
)

import python_http_client

from service.delivery.provider import Probe, no_probe


class Call:
    """The call under way: where to tell its points, and how far it came."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._timer: threading.Timer | None = None
        self.probe: Probe = no_probe
        self.payload: bytes | None = None
        self.connected = False
        self.cut = False

    def begin(self, probe: Probe) -> None:
        self.probe, self.connected, self.cut = probe, False, False

    def watch(self, sock: socket.socket) -> None:
        """An answer that drips is cut off: each wait alone would never end."""
        self.connected = True
        self._timer = threading.Timer(self._deadline, self._cut, [sock])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.payload = None

    def _cut(self, sock: socket.socket) -> None:
        self.cut = True
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class WiredClient(python_http_client.Client):  # type: ignore[misc]
    """Like the original it takes its path apart by attributes; unlike it, it opens with our opener, and sends bytes
    that are JSON already as they are."""

    def __init__(self, origin: python_http_client.Client, opener: OpenerDirector, timeout: float, call: Call) -> None:
        # the client offers no other way to copy itself
        version, path = origin._version, origin._url_path  # noqa: SLF001
        super().__init__(origin.host, origin.request_headers, version, path, timeout=timeout)
        self._opener = opener
        self._of = call

    def _build_client(self, name: str | None = None) -> WiredClient:
        return WiredClient(super()._build_client(name), self._opener, self.timeout, self._of)

    def _make_request(self, _opener: object, request: Request, timeout: float | None = None) -> Any:
        if self._of.payload is not None:
            request.data = self._of.payload
        return super()._make_request(self._opener, request, timeout=timeout)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


class _Watched(http.client.HTTPConnection):
    """Tells the call when it is connected and when the whole request is out."""

    def __init__(self, *args: Any, call: Call, **named: Any) -> None:
        super().__init__(*args, **named)
        self._of = call

    def connect(self) -> None:
        super().connect()
        self._of.watch(cast(socket.socket, self.sock))

    def getresponse(self) -> http.client.HTTPResponse:
        self._of.probe("after-bytes")
        return super().getresponse()


class _WatchedTls(_Watched, http.client.HTTPSConnection):
    pass


class _Http(HTTPHandler):
    def __init__(self, call: Call) -> None:
        super().__init__()
        self._open_with = partial(_Watched, call=call)

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(cast(Any, self._open_with), req)


class _Https(HTTPSHandler):
    def __init__(self, call: Call, trusted: ssl.SSLContext) -> None:
        super().__init__()
        self._open_with = partial(_WatchedTls, call=call, context=trusted)

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(cast(Any, self._open_with), req)


def opener_for(call: Call, trusted: ssl.SSLContext) -> OpenerDirector:
    return build_opener(_Http(call), _Https(call, trusted), _NoRedirect)
