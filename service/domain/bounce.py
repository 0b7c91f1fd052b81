"""What a bounce says of an address, by its enhanced status (RFC 3463) and the provider's own class."""

from __future__ import annotations

import re
from typing import Literal

Verdict = Literal["invalid", "hard", "soft", "not-theirs"]

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})
_LASTING = re.compile(r"5\.(?:0\.0|1\.\d+|2\.[01])")
# What says something of the mail, of us or of the hour, not of the address.
_CLASSES = frozenset({"content", "frequency or volume too high", "reputation", "technical"})
# What a block must say to speak of the mailbox at all.
_MAILBOX = frozenset({"mailbox unavailable", "invalid address"})
_OF_MAILBOX = re.compile(r"[45]\.[12]\.\d+")
# Too big (x.2.3, x.3.4), systems and networks (x.3, x.4), protocol (x.5), content (x.6), policy and reputation (x.7).
_SUBJECTS = re.compile(r"[45]\.(?:2\.3|[34567]\.\d+)")


def status_in(text: str) -> str | None:
    """The first enhanced status code in a text, such as "5.1.1"."""
    found = _STATUS.search(text)
    return found[1] if found else None


def verdict(status: str | None, said: str = "", *, blocked: bool = False) -> Verdict:
    """`invalid`: there is no such address; `hard`: it takes no mail, for good; `soft`: not now; `not-theirs`: it says
    nothing of the address. `said`: SendGrid's bounce classification in small letters; `blocked`: the provider calls it
    a block, which never speaks of the address for good and seldom at all."""
    if said in _CLASSES or (status is not None and _SUBJECTS.fullmatch(status)):
        return "not-theirs"
    if blocked:
        theirs = said in _MAILBOX or (status is not None and _OF_MAILBOX.fullmatch(status) is not None)
        return "soft" if theirs else "not-theirs"
    if said == "invalid address" or status in _BAD_ADDRESS:
        return "invalid"
    return "hard" if status is None or _LASTING.fullmatch(status) else "soft"
