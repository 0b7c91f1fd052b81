"""SendGrid's Email Logs API over what a fake SendGrid took on: POST /v3/logs, GET /v3/logs/{sg_message_id}.

Only what `tsg_logs_v3.json` allows is understood; anything else is answered 400, as there."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST = 1_000
_TEXT = r"\"[^\"]*\"|'[^']*'"
_CONDITION = re.compile(
    rf"(?P<field>\w+)\s*(?P<how>>=|<=|=|>|<|\bIN\b)\s*(?P<value>TIMESTAMP\s+(?:{_TEXT})|{_TEXT}|\([^)]*\))"
)
_AND = re.compile(r"\s+AND\s+")
_COMPARES = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_ALLOWED = {
    "sg_message_id": {"="},
    "subject": {"="},
    "to_email": {"="},
    "reason": {"="},
    "status": {"IN"},
    "categories": {"IN"},
    "sg_message_id_created_at": set(_COMPARES),
}
_STATES = {"processed", "delivered", "deferred", "dropped", "bounced", "blocked"}
Test = Callable[["Entry"], bool]


class BadQuery(ValueError):
    """What SendGrid would answer 400 to."""


@dataclass(frozen=True)
class Entry:
    """A mail as the log knows it. `at` in epoch seconds."""

    sg_message_id: str
    at: int
    from_email: str
    to_email: str
    subject: str
    custom_args: Mapping[str, str]
    categories: tuple[str, ...] = ()
    status: str = "processed"

    def summary(self) -> dict[str, Any]:
        """EmailLogsMessage: no custom argument in it."""
        return {
            "from_email": self.from_email,
            "sg_message_id": self.sg_message_id,
            "subject": self.subject,
            "to_email": self.to_email,
            "reason": "",
            "status": self.status,
            "sg_message_id_created_at": datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def details(self) -> dict[str, Any]:
        """EmailLogsGetMessageByIdResponse: the custom arguments apart, not merged."""
        processed = {
            "event": "processed",
            "email": self.to_email,
            "sg_message_id": self.sg_message_id,
            "sg_event_id": f"log-{self.sg_message_id}",
            "smtp-id": f"<{self.sg_message_id}@fake>",
            "timestamp": self.at,
            "custom_args": dict(self.custom_args),
        }
        return {
            "from_email": self.from_email,
            "sg_message_id": self.sg_message_id,
            "subject": self.subject,
            "to_email": self.to_email,
            "status": self.status,
            "api_key_id": "fake",
            "client_ip": "127.0.0.1",
            "category": list(self.categories),
            "custom_args": dict(self.custom_args),
            "events": [processed],
        }


def search(entries: Iterable[Entry], request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to POST /v3/logs: newest first, `limit` of them. Raises BadQuery."""
    limit = request.get("limit", 10)
    if not isinstance(limit, int) or not 1 <= limit <= MOST or set(request) - {"query", "limit", "subusers"}:
        raise BadQuery("limit must be 1 to 1000")
    tests = _tests(request.get("query", ""))
    found = [entry for entry in entries if all(test(entry) for test in tests)]
    found.sort(key=lambda entry: -entry.at)
    return {"messages": [entry.summary() for entry in found[:limit]]}


def _tests(query: object) -> list[Test]:
    if not isinstance(query, str):
        raise BadQuery("query must be a string")
    tests, rest = [], query.strip()
    while rest:
        found = _CONDITION.match(rest)
        if found is None or found["how"] not in _ALLOWED.get(found["field"], ()):
            raise BadQuery(f"cannot read: {rest[:40]}")
        tests.append(_test(found["field"], found["how"], found["value"]))
        rest = rest[found.end() :]
        joint = _AND.match(rest)
        if bool(joint) != bool(rest):
            raise BadQuery(f"AND expected: {rest[:40]}")
        rest = rest[joint.end() :] if joint else ""
        if joint and not rest:
            raise BadQuery("nothing after AND")
    return tests


def _test(field: str, how: str, value: str) -> Test:
    if field == "sg_message_id_created_at":
        if not value.startswith("TIMESTAMP"):
            raise BadQuery("a TIMESTAMP is expected")
        at, compare = _instant(value.removeprefix("TIMESTAMP").strip()[1:-1]), _COMPARES[how]
        return lambda entry: bool(compare(entry.at, at))
    if how == "IN":
        wanted = {word[1:-1] for word in re.findall(_TEXT, value)}
        if not value.startswith("(") or not wanted or (field == "status" and wanted - _STATES):
            raise BadQuery(f"{field} IN needs a list of its values")
        if field == "status":
            return lambda entry: entry.status in wanted
        return lambda entry: bool(wanted.intersection(entry.categories))
    if value.startswith(("(", "TIMESTAMP")):
        raise BadQuery(f"{field} needs a text")
    text = value[1:-1]
    return lambda entry: (getattr(entry, field, "") or "") == text


def _instant(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(f"no instant: {text}") from error
    if found.tzinfo is None:
        raise BadQuery("an instant needs its zone")
    return found.timestamp()
