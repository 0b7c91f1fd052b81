"""SendGrid's Email Logs, asked about mails in doubt: whether it took them. Not every plan has them.

A mail that is found under its own ref was taken. One that is not found was not taken only when the log is known to have
come past its hour. Few requests a round, each mail again after an hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from service.delivery.sendgrid_door import Answer, Door
from service.delivery.sendgrid_request import REF_ARGUMENT
from service.domain.message import Asked

MINUTE, HOUR = 60, 3_600
FIRST_AFTER = 10 * MINUTE  # by then the webhook has mostly told
AGAIN_AFTER = HOUR
SURE_AFTER = HOUR  # since it may have left: the log has had its time
AROUND = 2 * MINUTE  # between our clock and theirs
REQUESTS = 60  # a round
PAGE = 20  # mails to one address within minutes: more is no answer

log = structlog.get_logger()


class _Enough(Exception):
    """No more of it in this round."""


@dataclass(slots=True)
class Log:
    """`absent`: it cannot be asked at all, which is told once. All instants in UTC epoch seconds."""

    absent: bool = False
    _not_before: int = 0
    _next: dict[str, int] = field(default_factory=dict)

    def recall(self, door: Door, asked: Sequence[Asked], now: int) -> dict[str, bool]:
        """Whether SendGrid has them, for those of which its log tells."""
        self._next = {each.ref: self._next.get(each.ref, each.taken_at + FIRST_AFTER) for each in asked}
        found: dict[str, bool] = {}
        if self.absent or now < self._not_before:
            return found
        round_ = _Round(self, door, now)
        try:
            for each in sorted(asked, key=lambda one: self._next[one.ref]):
                if self._next[each.ref] > now:
                    break
                told = round_.has(each)
                self._next[each.ref] = now + AGAIN_AFTER
                if told is not None:
                    found[each.ref] = told
        except _Enough:
            return found
        return found

    def refused(self, status: int, reset: str | None, now: int) -> None:
        """An answer that was none."""
        if status == 429:
            self._not_before = max(now + MINUTE, int(reset) if reset is not None and reset.isdecimal() else 0)
        elif status in (400, 401, 403, 404, 405):
            self.absent = True
            log.warning("the provider has no log for us: mails in doubt go by its events and the rule", status=status)


@dataclass(slots=True)
class _Round:
    log: Log
    door: Door
    now: int
    requests: int = 0
    _past: int | None = None
    _found: dict[str, list[str]] = field(default_factory=dict)
    _refs: dict[str, str | None] = field(default_factory=dict)

    def has(self, asked: Asked) -> bool | None:
        if '"' in asked.to or "\\" in asked.to:
            return None
        query = (
            f'to_email = "{asked.to}" AND sg_message_id_created_at >= TIMESTAMP "{_instant(asked.taken_at - AROUND)}" '
            f'AND sg_message_id_created_at <= TIMESTAMP "{_instant(asked.until + AROUND)}"'
        )
        if query not in self._found:
            self._found[query] = list(self._ids(query, PAGE))
        ids = self._found[query]
        if any(self._ref_of(sg_message_id) == asked.ref for sg_message_id in ids):
            return True
        certain = asked.sure and len(ids) < PAGE and self.now >= asked.until + SURE_AFTER
        return False if certain and self._is_past(asked.until + AROUND) else None

    def _is_past(self, at: int) -> bool:
        """Whether the log holds a mail of later than that: nothing of before is still on its way into it."""
        if self._past is None or self._past <= at:
            query = f'sg_message_id_created_at > TIMESTAMP "{_instant(at)}"'
            self._past = at + 1 if any(self._ids(query, 1)) else self._past
        return self._past is not None and self._past > at

    def _ids(self, query: str, limit: int) -> Iterator[str]:
        for item in self._read(self._ask(query=query, limit=limit)).get("messages", ()):
            yield str(item["sg_message_id"])

    def _ref_of(self, sg_message_id: str) -> str | None:
        if sg_message_id not in self._refs:
            told = self._read(self._ask(sg_message_id=sg_message_id), gone=True)
            self._refs[sg_message_id] = (told.get("custom_args") or {}).get(REF_ARGUMENT)
        return self._refs[sg_message_id]

    def _ask(self, *, query: str = "", limit: int = 0, sg_message_id: str | None = None) -> Answer:
        if self.requests >= REQUESTS:
            raise _Enough
        self.requests += 1
        answer = self.door.search(query, limit) if sg_message_id is None else self.door.details(sg_message_id)
        if not isinstance(answer, Answer):
            raise _Enough
        return answer

    def _read(self, answer: Answer, *, gone: bool = False) -> dict[str, Any]:
        if answer.status == 200:
            try:
                found = orjson.loads(answer.body)
            except ValueError:
                raise _Enough from None
            if isinstance(found, dict):
                return found
            raise _Enough
        if gone and answer.status == 404:
            return {}
        self.log.refused(answer.status, answer.headers.get("x-ratelimit-reset"), self.now)
        raise _Enough


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
