"""SendGrid's Mail Send on loopback: keeps what it accepted, and answers each request as it was told to.

Every request is held to the schemas of Mail Send, and what breaks one fails the test at its end. It has Email Logs too.

with FakeSendGrid() as fake:
    fake.answers(status(500), accepted)
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Literal
from urllib.parse import unquote

import jsonschema

from tests.support import mail_send
from tests.support.clock import Clock
from tests.support.fake_log import BadQuery, Entry, search

SEND = "/v3/mail/send"
LOGS = "/v3/logs"
BAD = "no address at all"


@dataclass(frozen=True)
class Mail:
    """One letter as its recipient would get it."""

    ref: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Request:
    body: dict[str, Any]
    headers: dict[str, str]
    path: str

    def mails(self) -> Iterator[Mail]:
        parts = {part["type"]: part["value"] for part in self.body["content"]}
        for person in self.body["personalizations"]:
            tags = person.get("substitutions", {})
            yield Mail(
                ref=person["custom_args"]["meridian_ref"],
                to=person["to"][0]["email"],
                subject=_substituted(person.get("subject", self.body["subject"]), tags),
                text=_substituted(parts["text/plain"], tags),
                html=_substituted(parts["text/html"], tags),
                headers=person.get("headers", {}),
            )

    @property
    def refs(self) -> list[str]:
        return [person["custom_args"]["meridian_ref"] for person in self.body["personalizations"]]

    @property
    def key(self) -> str:
        """The API key it came with: who asked, where each has one of their own."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


@dataclass
class Taken:
    """A request that was taken on. `number` is its place among all moments of the fake; `lost`: the answer certainly
    did not arrive whole."""

    number: int
    at: int
    request: Request
    name: str
    lost: bool = False

    def entries(self) -> Iterator[Entry]:
        for place, (person, mail) in enumerate(
            zip(self.request.body["personalizations"], self.request.mails(), strict=True)
        ):
            yield Entry(
                sg_message_id=f"{self.name}.recvd-fake.{place}",
                at=self.at,
                from_email=self.request.body["from"]["email"],
                to_email=mail.to,
                subject=mail.subject,
                custom_args=person["custom_args"],
                categories=tuple(self.request.body.get("categories", ())),
            )


Answer = Callable[["_Handler", Request], None]


@dataclass
class FakeSendGrid:
    """`seen` holds every request, `kept` those it took on; `refused` addresses get a 400 that names them (with `mute`:
    names nobody). `when_read` is called when a whole request has been read, before anything is answered, and
    `when_taken` when one was taken on, before its answer. `log`: up, none (a plan without it) or down; `asked` holds
    the requests for it. `clock` dates what is taken. `scopes`: how a question what the key may do is answered."""

    seen: list[Request] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    log: Literal["up", "none", "down"] = "none"
    clock: Callable[[], int] = field(default_factory=Clock)
    when_taken: Callable[[Taken], None] | None = None
    refused: set[str] = field(default_factory=set)
    mute: bool = False
    unsubscribed: set[str] = field(default_factory=set)
    when_read: Callable[[Request], None] | None = None
    scopes: tuple[int, list[str]] = (200, ["mail.send"])

    def __post_init__(self) -> None:
        self._plan: deque[Answer] = deque()
        self._lock = threading.RLock()
        self._moments = count(1)
        self.over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler, self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> FakeSendGrid:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        assert not self.wrong, f"Mail Send would not have it: {self.wrong[0]}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answers(self, *plan: Answer) -> None:
        """For the next requests, in turn; afterwards it is SendGrid at its best again."""
        self._plan.extend(plan)

    def forget_plan(self) -> None:
        self._plan.clear()

    def moment(self) -> int:
        """A number for now: what happens later has a higher one."""
        return next(self._moments)

    @property
    def kept(self) -> list[Request]:
        with self._lock:
            return [taken.request for taken in self.taken]

    @property
    def ledger(self) -> Counter[str]:
        """How often each ref was taken on."""
        return Counter(ref for request in self.kept for ref in request.refs)

    @property
    def mails(self) -> list[Mail]:
        return [mail for request in self.kept for mail in request.mails()]

    def keep(self, request: Request, *, lost: bool = False) -> Taken:
        with self._lock:
            taken = Taken(self.moment(), self.clock(), request, f"fake-{len(self.taken) + 1}", lost)
            self.taken.append(taken)
        if (hears := self.when_taken) is not None:
            hears(taken)
        return taken

    def logged(self) -> list[Entry]:
        with self._lock:
            return [entry for taken in self.taken for entry in taken.entries()]

    def take(self, request: Request) -> Answer:
        if request.path == SEND:
            self._hold(request)
        with self._lock:
            self.seen.append(request)
            planned = self._plan.popleft() if self._plan else None
        if (reads := self.when_read) is not None:
            reads(request)
        return planned or accepted

    def _hold(self, request: Request) -> None:
        try:
            mail_send.hold(request.body)
        except (AssertionError, jsonschema.ValidationError) as fault:
            with self._lock:
                self.wrong.append(str(fault)[:500])


def accepted(handler: _Handler, request: Request) -> None:
    """202, unless SendGrid would say 400: an address that is none, refused, or there twice."""
    fake = handler.server.fake
    errors = list(_faults(request, fake))
    if errors:
        handler.reply(400, {"errors": errors})
        return
    taken = fake.keep(request)
    try:
        handler.reply(202, None, {"X-Message-Id": taken.name})
    except OSError:
        taken.lost = True


def status(code: int, **headers: str) -> Answer:
    """An error as SendGrid words it, for example status(429, X_RateLimit_Reset="1700000000")."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"errors": [{"message": "as told", "field": None, "help": None}]}
    return lambda handler, _request: handler.reply(code, body, named)


def blames(field_name: str) -> Answer:
    """400 that finds fault with a field of the request."""
    body = {"errors": [{"message": "as told", "field": field_name, "help": None}]}
    return lambda handler, _request: handler.reply(400, body)


def page(code: int) -> Answer:
    """An answer that SendGrid would not give, from something in between."""
    return lambda handler, _request: handler.reply(code, None, {}, raw=b"<html>gateway</html>")


def redirected(to: str) -> Answer:
    return lambda handler, _request: handler.reply(302, None, {"Location": to})


def accepted_then_reset(handler: _Handler, request: Request) -> None:
    """Taken on; the line breaks before the answer."""
    handler.server.fake.keep(request, lost=True)
    handler.break_off()


def accepted_then_truncated(handler: _Handler, request: Request) -> None:
    """Taken on; the answer ends in its middle."""
    handler.server.fake.keep(request, lost=True)
    handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: cut\r\nContent-Length: 50\r\n\r\nhalf")
    handler.wfile.flush()
    handler.close_connection = True


def accepted_then_drips(handler: _Handler, request: Request) -> None:
    """Taken on; the answer never comes to its end, though each byte comes in time."""
    fake = handler.server.fake
    fake.keep(request, lost=True)
    try:
        handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Drip: ")
        while not fake.over.wait(0.02):
            handler.wfile.write(b".")
    except OSError:
        handler.close_connection = True


def reset(handler: _Handler, _request: Request) -> None:
    """Read, not taken on; the line breaks."""
    handler.break_off()


def taken_but(answer: Answer) -> Answer:
    """Taken on, and then this is said."""

    def both(handler: _Handler, request: Request) -> None:
        handler.server.fake.keep(request, lost=True)
        answer(handler, request)

    return both


def hangs(handler: _Handler, _request: Request) -> None:
    """Reads, and says nothing until the test is over."""
    handler.server.fake.over.wait()
    handler.close_connection = True


def _faults(request: Request, fake: FakeSendGrid) -> Iterator[dict[str, Any]]:
    addresses: set[str] = set()
    for place, person in enumerate(request.body["personalizations"]):
        address = person["to"][0]["email"].lower()
        if address in fake.refused or "@" not in address:
            name = None if fake.mute else f"personalizations.{place}.to.0.email"
            yield {"message": BAD, "field": name, "help": None}
        if address in addresses:
            yield {"message": "Each email address must be unique", "field": "personalizations", "help": None}
        addresses.add(address)


def _substituted(text: str, tags: dict[str, str]) -> str:
    for tag, value in tags.items():
        text = text.replace(tag, value)
    return text


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[_Handler], fake: FakeSendGrid) -> None:
        super().__init__(address, handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that is gone is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        request = Request(json.loads(raw), dict(self.headers.items()), self.path)
        if self.path == LOGS:
            self._search(request)
        else:
            self.server.fake.take(request)(self, request)

    def _search(self, request: Request) -> None:
        if self._has_log(request):
            try:
                self.reply(200, search(self.server.fake.logged(), request.body))
            except BadQuery as fault:
                self._says(400, str(fault))

    def _has_log(self, request: Request) -> bool:
        fake = self.server.fake
        fake.asked.append(request)
        if fake.log != "up":
            self._says(403 if fake.log == "none" else 500, "as told")
        return fake.log == "up"

    def _says(self, code: int, message: str) -> None:
        self.reply(code, {"errors": [{"message": message}]})

    def do_DELETE(self) -> None:
        """The global unsubscribes: answered as planned, else 204 as for any address."""
        request = Request({}, dict(self.headers.items()), self.path)
        planned = self.server.fake.take(request)
        if planned is not accepted:
            planned(self, request)
            return
        self.server.fake.unsubscribed.discard(unquote(self.path.rpartition("/")[2]))
        self.reply(204, None)

    def do_GET(self) -> None:
        if self.path.startswith(f"{LOGS}/"):
            self._details(unquote(self.path.removeprefix(f"{LOGS}/")))
            return
        self.server.fake.seen.append(Request({}, dict(self.headers.items()), self.path))
        if self.path == "/v3/scopes":
            code, scopes = self.server.fake.scopes
            self.reply(code, {"scopes": scopes} if code == 200 else {"errors": [{"message": "no"}]})
            return
        self.reply(200, {})

    def _details(self, sg_message_id: str) -> None:
        if not self._has_log(Request({}, dict(self.headers.items()), self.path)):
            return
        found = next((entry for entry in self.server.fake.logged() if entry.sg_message_id == sg_message_id), None)
        if found is None:
            self._says(404, "not found")
        else:
            self.reply(200, found.details())

    def reply(self, code: int, body: object, headers: dict[str, str] | None = None, raw: bytes | None = None) -> None:
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def break_off(self) -> None:
        """A reset, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Quiet."""

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return
