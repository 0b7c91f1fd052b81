"""SendGrid: up to 1,000 letters a request.

It has no idempotency key: what is not known to be refused, and not answered with 202, is in doubt. A recipient that it
does not take is set apart, so that one never holds back the others."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from service.delivery.greeting import PATIENCE as PATIENT_AT_A_PAGE
from service.delivery.greeting import of_scopes
from service.delivery.headers import sendable
from service.delivery.provider import Lifted, Probe
from service.delivery.sendgrid_bytes import encoded
from service.delivery.sendgrid_door import Answer, Door, Lost, NotReached
from service.delivery.sendgrid_log import Log
from service.delivery.sendgrid_request import groups
from service.domain.mail import Batch
from service.domain.message import Accepted, Asked, Doubtful, Later, Outcome, Rejected
from service.domain.sender import Check

MINUTE = 60
REFUSED = 15 * MINUTE
LONGEST_WAIT = 24 * 60 * MINUTE
PATIENCE = 120.0  # seconds a batch may take; what is left then goes into the next
LARGEST = 25_000_000  # bytes of a request: SendGrid takes less than 30 MB, however it counts them
MOST_REQUESTS = 2_100  # a batch of 1,000 in which each is refused alone
_PERSON = re.compile(r"personalizations[.\[](\d+)")
_TO = re.compile(r"personalizations[.\[]\d+\]?\.to\b")


class SendGridProvider:
    """`api_key` and `host` as the registry has checked them. `timeout` seconds for each wait, `deadline`
    for a request."""

    name = "sendgrid"

    def __init__(self, api_key: str, host: str, *, timeout: float = 30.0, deadline: float = 60.0) -> None:
        trusted = ssl.create_default_context()
        self._make: Callable[[], Door] = lambda: Door(api_key, host, timeout, deadline, trusted)
        self._hasty: Callable[[], Door] = lambda: Door(api_key, host, PATIENT_AT_A_PAGE, PATIENT_AT_A_PAGE, trusted)
        self._doors: SimpleQueue[Door] = SimpleQueue()
        self._stopping = threading.Event()
        self._log, self._asking = Log(), threading.Lock()

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        with self._door() as door:
            run = _Run(batch, now, probe, door, {}, time.monotonic() + PATIENCE, self._stopping)
            run.work()
        return [run.outcomes[index] for index in range(len(batch.letters))]

    def recall(self, asked: Sequence[Asked], now: int) -> dict[str, bool]:
        """By its log, where the plan has one. One hand at a time asks it."""
        if not self._asking.acquire(blocking=False):
            return {}
        try:
            with self._door() as door:
                return self._log.recall(door, asked, now)
        finally:
            self._asking.release()

    def lift(self, email: str) -> Lifted:
        """The global unsubscribes only: bounces, invalid addresses and complaints stay where they are. An address that
        is not among them is answered like one that was."""
        with self._door() as door:
            answer = door.lift(email)
        match answer:
            case Answer(200 | 204 | 404):
                return "done"
            case Answer(400 | 401 | 403):
                return "refused"
        return "later"

    def greet(self, _name: str) -> Check:
        """Asks what the key may do."""
        return of_scopes(self._hasty().scopes())

    def drain(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """Nothing is kept open between requests."""

    @contextmanager
    def _door(self) -> Iterator[Door]:
        """One for this thread alone, used before where one is free: the client keeps what it was last told."""
        try:
            door = self._doors.get_nowait()
        except Empty:
            door = self._make()
        try:
            yield door
        finally:
            self._doors.put(door)


@dataclass(slots=True)
class _Run:
    """One batch on its way. `waiting` holds groups of letters, by index; `stopped` is why nothing more is tried."""

    batch: Batch
    now: int
    probe: Probe
    door: Door
    outcomes: dict[int, Outcome]
    until: float
    stopping: threading.Event
    waiting: list[list[int]] = field(default_factory=list)
    stopped: Outcome | None = None
    requests: int = 0
    halved: list[int] | None = None  # what goes first of a refused request

    def work(self) -> None:
        letters = list(self._sendable())
        if not sendable(self.batch.envelope.from_email):
            self._settle(letters, Later("the clinic's sender address is not one", self.now + REFUSED))
            return
        self.waiting = list(groups(self.batch, letters))
        self.waiting.reverse()
        while self.waiting:
            members = self.waiting.pop()
            if self.stopped is None and self.stopping.is_set():
                self.stopped = Later("the worker was stopping", self.now)
            if self.stopped is None and self.batch.held():
                self.stopped = Later("sending was stopped", self.now)
            if self.stopped is None and (time.monotonic() > self.until or self.requests >= MOST_REQUESTS):
                self.stopped = Later("SendGrid is slow", self.now)
            if self.stopped is not None:
                self._settle(members, self.stopped)
                continue
            request = encoded(self.batch, members)
            if len(request) > LARGEST and len(members) > 1:
                half = len(members) // 2
                self.waiting += [members[half:], members[:half]]
                continue
            self.requests += 1
            self._take(members, self.door.post(request, self.probe))

    def _sendable(self) -> Iterator[int]:
        for index, letter in enumerate(self.batch.letters):
            if sendable(letter.to):
                yield index
            else:
                self.outcomes[index] = Rejected("the address is not one", bad_address=True)

    def _settle(self, members: Sequence[int], outcome: Outcome) -> None:
        for index in members:
            self.outcomes[index] = outcome

    def _take(self, members: list[int], answer: Answer | NotReached | Lost) -> None:
        match answer:
            case NotReached(reason):
                self._stop(members, Later(f"SendGrid cannot be reached ({reason})", self.now + MINUTE, "outage"))
            case Lost(reason):
                self._doubt(members, f"SendGrid's answer was lost ({reason})")
            case Answer(202, headers):
                self.probe("after-202")
                self._settle(members, Accepted(headers.get("x-message-id")))
                if members is self.halved:
                    self._halve(self.waiting.pop())  # the bad one must be in there
            case Answer(401 | 403, _, _):
                self._stop(members, Later("refused-key", self.now + REFUSED, "key"))
            case Answer(429, headers):
                self._stop(members, Later("429 asked to wait", self._reset(headers.get("x-ratelimit-reset")), "wait"))
            case Answer(400 | 413 as status, _, errors) if errors is not None:
                self._refused(members, status, errors)
            case Answer(404 | 405 as status, _, errors) if errors is not None:
                self._stop(members, Later(f"refused-request: {status}; look at SENDGRID_API_HOST", self.now + REFUSED))
            case Answer(status):
                self._doubt(members, f"SendGrid answered {status}")

    def _stop(self, members: Sequence[int], later: Later) -> None:
        self.stopped = later
        self._settle(members, later)

    def _doubt(self, members: Sequence[int], reason: str) -> None:
        """One request in doubt is enough for now: the rest is not risked."""
        self._settle(members, Doubtful(reason))
        self.stopped = Later("SendGrid does not answer as it should", self.now + MINUTE, "outage")

    def _reset(self, value: str | None) -> int:
        at = int(value) if value is not None and re.fullmatch(r"\d{1,12}", value) else self.now + MINUTE
        return min(max(at, self.now + 1), self.now + LONGEST_WAIT)

    def _refused(self, members: list[int], status: int, errors: Sequence[tuple[str, str]]) -> None:
        """Nothing of the request was taken. Alone, the letter is the fault; else the named ones go alone, or halves."""
        fields = [name for name, _ in errors]
        named = {members[place] for place in _places(fields) if place < len(members)}
        if fields and all(fields) and not any(_PERSON.match(name) for name in fields) and status == 400:
            self._stop(members, Later(f"refused-request: 400 {_clean(fields[0])}", self.now + REFUSED))
        elif len(members) == 1:
            to = any(_TO.match(name) for name in fields)
            reason = f"{status} {_clean(fields[0])}" if fields and fields[0] else str(status)
            self._settle(members, Rejected(reason, bad_address=to and status == 400))
        elif 0 < len(named) < len(members):
            self.waiting += [[index] for index in sorted(named, reverse=True)]
            self.waiting.append([index for index in members if index not in named])
        else:
            self._halve(members, status == 400)

    def _halve(self, members: list[int], bad_within: bool = True) -> None:
        first, rest = members[: len(members) // 2], members[len(members) // 2 :]
        self.halved = first if first and bad_within else None
        self.waiting += [rest, first] if first else [rest]


def _places(fields: Sequence[str]) -> Iterator[int]:
    for name in fields:
        found = _PERSON.match(name)
        if found:
            yield int(found[1])


def _clean(name: str) -> str:
    """The field, never the message: that may repeat an address."""
    return re.sub(r"[^a-z0-9_.\[\]]", "", name.lower())[:60]
