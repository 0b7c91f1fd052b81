"""What a relay's answer makes of a letter. Of its words only the enhanced status is kept: they may name the patient."""

from __future__ import annotations

import re

from service.delivery.smtp_replies import Reply
from service.domain.message import Later, Outcome, Rejected

MINUTE = 60
GREYLISTED = 10 * MINUTE
REFUSED = 15 * MINUTE
CLOSING = 421
REFUSED_KEY = "refused-key"
_ENHANCED = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")
_BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})


class Unwilling(Exception):
    """No line to the relay can be had now. `wait`: seconds."""

    def __init__(self, reason: str, wait: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait

    def later(self, now: int) -> Later:
        """A relay that is at work for others is not away."""
        if self.wait == 0:
            return Later(self.reason, now)
        return Later(self.reason, now + self.wait, "key" if self.reason.startswith(REFUSED_KEY) else "outage")


def refusal(reply: Reply, now: int, *, of_address: bool = True) -> Outcome:
    """A letter's outcome by an answer of 400 and above. `of_address`: to the recipient or the content, not to DATA."""
    if reply.code < 500:
        wait = MINUTE if reply.code == CLOSING else GREYLISTED
        return Later(reason("asked to wait", reply), now + wait)
    bad = of_address and reply.code == 550 and _status(reply) in _BAD_ADDRESS
    return Rejected(reason("refused", reply), bad_address=bad)


def sender_refused(reply: Reply, now: int) -> Later:
    """For the whole batch: it is the clinic's address, and no recipient's fault."""
    return Later(reason("sender refused", reply), now + (REFUSED if reply.code >= 500 else GREYLISTED))


def closing(now: int) -> Later:
    return Later("421 the relay is closing", now + MINUTE)


def reason(what: str, reply: Reply) -> str:
    return " ".join(filter(None, (what, str(reply.code), _status(reply))))


def _status(reply: Reply) -> str | None:
    found = _ENHANCED.search(reply.words)
    return found[1].decode() if found else None
