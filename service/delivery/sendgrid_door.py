"""SendGrid's client with its traps taken out.

A time limit on each wait and on the whole, no redirect followed (it would carry the key to another host), nothing of a
payload in a log, and the point known up to which a failed call came."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import quote
from urllib.request import (  # noqa: TID251 - this is the door out
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
)

import orjson
import python_http_client
import sendgrid
from python_http_client.exceptions import HTTPError

from service.delivery.provider import Probe, no_probe

ERRORS_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end; header names in lower case.

    `errors`: (field, message) of each fault; None when the body is not SendGrid's way of saying no."""

    status: int
    headers: Mapping[str, str]
    errors: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class NotReached:
    """Nothing of the request was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived; its answer did not."""

    reason: str


class Door:
    """One thread's way to SendGrid. `timeout` seconds for each wait, `deadline` for the whole call."""

    def __init__(self, api_key: str, host: str, timeout: float, deadline: float) -> None:
        quiet()
        self._call = _Call(deadline)
        client = sendgrid.SendGridAPIClient(api_key, host=host)
        client.client = _Client(client.client, _opener(self._call), timeout)
        self._api = client

    def post(self, request: Mapping[str, Any], probe: Probe) -> Answer | NotReached | Lost:
        return self._ask(lambda api: api.mail.send.post(request_body=request), probe)

    def lift(self, email: str) -> Answer | NotReached | Lost:
        """Deletes the address from the global unsubscribes."""
        path = quote(email, safe="@")
        return self._ask(lambda api: api.asm.suppressions._("global")._(path).delete(), no_probe)

    def _ask(self, ask: Callable[[Any], Any], probe: Probe) -> Answer | NotReached | Lost:
        call = self._call
        call.begin(probe)
        try:
            response = ask(self._api.client)
        except HTTPError as error:
            return Answer(int(error.status_code), _lower(error.headers), _errors(error.body))
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            word = type(cause if isinstance(cause, BaseException) else error).__name__
            return Lost(word) if call.connected else NotReached(word)
        finally:
            call.end()
        if call.cut:
            return Lost("cut off at the deadline")
        return Answer(int(response.status_code), _lower(response.headers))


def quiet() -> None:
    """The client's debug lines hold the key and the payload: they are never written, whatever the log level."""
    for name in ("python_http_client", "python_http_client.client"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Call:
    """The call under way: where to tell its points, and how far it came."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._timer: threading.Timer | None = None
        self.probe: Probe = no_probe
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

    def _cut(self, sock: socket.socket) -> None:
        self.cut = True
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class _Client(python_http_client.Client):  # type: ignore[misc]
    """Like the original it takes its path apart by attributes; unlike it, it opens with our opener."""

    def __init__(self, origin: python_http_client.Client, opener: OpenerDirector, timeout: float) -> None:
        # the client offers no other way to copy itself
        version, path = origin._version, origin._url_path  # noqa: SLF001
        super().__init__(origin.host, origin.request_headers, version, path, timeout=timeout)
        self._opener = opener

    def _build_client(self, name: str | None = None) -> _Client:
        return _Client(super()._build_client(name), self._opener, self.timeout)

    def _make_request(self, _opener: object, request: Request, timeout: float | None = None) -> Any:
        return super()._make_request(self._opener, request, timeout=timeout)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


class _Watched(http.client.HTTPConnection):
    """Tells the call when it is connected and when the whole request is out."""

    def __init__(self, *args: Any, call: _Call, **named: Any) -> None:
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
    def __init__(self, call: _Call) -> None:
        super().__init__()
        self._open_with = partial(_Watched, call=call)

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(cast(Any, self._open_with), req)


class _Https(HTTPSHandler):
    def __init__(self, call: _Call) -> None:
        super().__init__()
        self._open_with = partial(_WatchedTls, call=call, context=ssl.create_default_context())

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(cast(Any, self._open_with), req)


def _opener(call: _Call) -> OpenerDirector:
    return build_opener(_Http(call), _Https(call), _NoRedirect)


def _lower(headers: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _errors(body: bytes | None) -> tuple[tuple[str, str], ...] | None:
    """(field, message) of each fault; None when this is not SendGrid speaking."""
    try:
        found = orjson.loads((body or b"")[:ERRORS_READ])["errors"]
        return tuple((str(item.get("field") or ""), str(item.get("message") or "")) for item in found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
