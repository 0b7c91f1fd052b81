"""The door to a clinic's own webhooks: one signed POST (Standard Webhooks), to an address looked up once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass

from service.domain.hook_address import HookAddress, may_reach, read_address
from service.domain.hook_call import Done, Later, Outcome, Refused

TIMEOUT = 10  # seconds for the connection, and for each wait after it
DEADLINE = 20  # for the whole call
BODY_READ = 64 * 1024
_WAITS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HookPost:
    """`call_id` is the same at each attempt; `at` is this attempt's instant, UTC epoch seconds."""

    url: str
    secret: str
    call_id: str
    at: int
    body: bytes


def post(what: HookPost, *, loopback: bool = False) -> Outcome:
    """Makes the call; never raises for what the other side does. Redirects are not followed, and the answer's words
    are not kept. `loopback`: this machine itself may be called, by http too."""
    try:
        address = read_address(what.url, loopback=loopback)
        host = address.host.encode("idna").decode()
    except ValueError as fault:
        return Refused(str(fault))
    try:
        peer = _peer(host, address, loopback=loopback)
    except OSError:
        return Later("its name could not be looked up", silent=True)
    if peer is None:
        return Refused("its name leads into a private network")
    return _call(_Pinned(host, address, peer), what, address.target)


def signature(what: HookPost) -> str:
    """v1: HMAC-SHA256 over id, instant and body; its key is what follows whsec_."""
    key = base64.b64decode(what.secret.removeprefix("whsec_"))
    signed = b".".join((what.call_id.encode(), str(what.at).encode(), what.body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _peer(host: str, address: HookAddress, *, loopback: bool) -> str | None:
    """The IP address to connect to: the one that was examined is the one that is called. None when the name has one
    that must not be reached; plain http goes to this machine only."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)]
    fine = [
        may_reach(peer, loopback=loopback) and (address.tls or not may_reach(peer, loopback=False)) for peer in found
    ]
    return found[0] if found and all(fine) else None


def _call(connection: _Pinned, what: HookPost, target: str) -> Outcome:
    try:
        connection.request(
            "POST",
            target,
            what.body,
            {
                "Content-Type": "application/json",
                "User-Agent": "Meridian",
                "webhook-id": what.call_id,
                "webhook-timestamp": str(what.at),
                "webhook-signature": signature(what),
            },
        )
        response = connection.getresponse()
        if connection.cut:  # half a head would pass for a whole one
            return Later("it answered too slowly", silent=True)
        with contextlib.suppress(OSError, http.client.HTTPException):
            response.read(BODY_READ)  # so that the other side is not cut off in mid-sentence; the status alone counts
        return _outcome(response.status, response.getheader("Retry-After", ""))
    except ssl.SSLCertVerificationError:
        return Later("its certificate does not hold", silent=True)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        return Later(f"it did not answer ({type(fault).__name__})", silent=True)
    finally:
        connection.close()


def _outcome(status: int, wait: str) -> Outcome:
    said = f"it answered {status}"
    if 200 <= status < 300:
        return Done()
    if status in _WAITS or status >= 500:
        seconds = int(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 8 else 0
        return Later(said, silent=status == 429, wait=seconds)
    if 300 <= status < 400:
        return Refused(f"{said}: redirects are not followed; give the address it leads to")
    return Refused(said)


class _Pinned(http.client.HTTPConnection):
    """Connects to the one IP address, under the name's certificate, and ends at the deadline whatever drips in."""

    def __init__(self, host: str, address: HookAddress, peer: str) -> None:
        super().__init__(host, address.port, timeout=TIMEOUT)
        self.default_port = 443 if address.tls else 80
        self._peer, self._tls = peer, address.tls
        self.cut = False
        self._timer = threading.Timer(DEADLINE, self._cut)
        self._timer.daemon = True

    def connect(self) -> None:
        sock = socket.create_connection((self._peer, self.port), TIMEOUT)
        self.sock = sock
        self._timer.start()
        if self._tls:
            secure = ssl.create_default_context().wrap_socket(
                sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = secure
            secure.do_handshake()

    def close(self) -> None:
        self._timer.cancel()
        super().close()

    def _cut(self) -> None:
        sock, self.cut = self.sock, True
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
