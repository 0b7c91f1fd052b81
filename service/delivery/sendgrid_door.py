"""SendGrid's client with its traps taken out.

A time limit on each wait and on the whole, no redirect followed (it would carry the key to another host), nothing of a
payload in a log, and the point known up to which a failed call came."""

from __future__ import annotations

import http.client
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
import sendgrid
from python_http_client.exceptions import HTTPError

from service.delivery.provider import Probe, no_probe
from service.delivery.sendgrid_wire import Call, WiredClient, opener_for

ERRORS_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end; header names in lower case.

    `errors`: (field, message) of each fault; None when the body is not SendGrid's way of saying no."""

    status: int
    headers: Mapping[str, str]
    errors: tuple[tuple[str, str], ...] | None = None
    body: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NotReached:
    """Nothing of the request was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived; its answer did not."""

    reason: str


class Door:
    """One way to SendGrid, in one thread's hands at a time. `timeout` seconds for each wait, `deadline` for the whole
    call; `trusted`: who vouches for the other side."""

    def __init__(self, api_key: str, host: str, timeout: float, deadline: float, trusted: ssl.SSLContext) -> None:
        quiet()
        self._call = Call(deadline)
        client = sendgrid.SendGridAPIClient(api_key, host=host)
        client.client = WiredClient(client.client, opener_for(self._call, trusted), timeout, self._call)
        self._api = client

    def post(self, request: bytes, probe: Probe) -> Answer | NotReached | Lost:
        """Sends mail: JSON as it is to go out."""
        self._call.payload = request
        return self._ask(lambda api: api.mail.send.post(request_body={}), probe)

    def search(self, query: str, limit: int) -> Answer | NotReached | Lost:
        """Asks the log for mails."""
        request = {"query": query, "limit": limit}
        return self._ask(lambda api: api.logs.post(request_body=request), no_probe)

    def details(self, sg_message_id: str) -> Answer | NotReached | Lost:
        """What the log knows of one mail."""
        return self._ask(lambda api: api.logs._(quote(sg_message_id, safe="")).get(), no_probe)

    def lift(self, email: str) -> Answer | NotReached | Lost:
        """Deletes the address from the global unsubscribes."""
        path = quote(email, safe="@")
        return self._ask(lambda api: api.asm.suppressions._("global")._(path).delete(), no_probe)

    def scopes(self) -> Answer | NotReached | Lost:
        """What the key may do."""
        return self._ask(lambda api: api.scopes.get(), no_probe)

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
        return Answer(int(response.status_code), _lower(response.headers), body=response.body or b"")


def quiet() -> None:
    """The client's debug lines hold the key and the payload: they are never written, whatever the log level."""
    for name in ("python_http_client", "python_http_client.client"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _lower(headers: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _errors(body: bytes | None) -> tuple[tuple[str, str], ...] | None:
    """(field, message) of each fault; None when this is not SendGrid speaking."""
    try:
        found = orjson.loads((body or b"")[:ERRORS_READ])["errors"]
        return tuple((str(item.get("field") or ""), str(item.get("message") or "")) for item in found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
