"""A consent's receipt: a salted commitment to what stands in the ledger, chained to the one before it in its clinic.

Whoever changes, adds or takes out a row changes a commitment or a link from there on. What was erased takes its salt
with it: its commitment can then be told from nothing, and the chain still holds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

FIRST = "0" * 64
SHOWN = 12  # letters of a link that stand on a printed receipt


@dataclass(frozen=True, slots=True)
class Fact:
    """What the ledger says. `lead_id` as it was then: two entries of one person may have been made one since."""

    consent_id: int
    lead_id: int
    source_id: int | None
    kind: str
    wording: str
    version: str
    how: str
    page: str | None
    ip: str | None
    at: int


def commit(salt: str, fact: Fact) -> str:
    """64 hexadecimal letters."""
    told = json.dumps(asdict(fact), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(f"{salt}\n{told}".encode()).hexdigest()


def link(before: str, commitment: str) -> str:
    """The chain's next link."""
    return sha256(f"{before}\n{commitment}".encode()).hexdigest()


def seal(receipt_link: str) -> str:
    """A link as people compare it: abcd ef01 2345."""
    shown = receipt_link[:SHOWN]
    return " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))
