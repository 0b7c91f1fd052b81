"""How a clinic's mail leaves, and what name servers are to be asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["well", "mend", "note", "unseen"]
Question = tuple[str, str]  # kind, name
Answers = Mapping[Question, Sequence[str] | None]  # None: could not be seen; empty: there is none

SENDGRID_SELECTORS = ("s1", "s2")
FREE = frozenset(
    {
        "aol.com", "gmail.com", "gmx.com", "gmx.de", "googlemail.com", "hotmail.com", "icloud.com", "live.com",
        "mail.com", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "web.de", "yahoo.com",
    }
)  # fmt: skip
TWO_PARTS = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})  # as in co.uk


@dataclass(frozen=True, slots=True)
class Sender:
    """How a clinic's mail leaves. `relay`: the SMTP host. `selector`: of our own DKIM key, if one is set."""

    from_email: str
    from_name: str
    reply_to: str
    address: str
    provider: str
    relay: str
    selector: str
    base_url: str

    @property
    def domain(self) -> str:
        return self.from_email.rpartition("@")[2].strip().lower()


@dataclass(frozen=True, slots=True)
class Check:
    """`mend`: what to do, in plain words. `record`: what to type at the domain's name server, ready to be copied."""

    key: str
    state: State
    what: str
    mend: str = ""
    record: str = ""


def questions(sender: Sender) -> list[Question]:
    """All that one look asks; the reverse name of the relay is asked in a second step."""
    domain = sender.domain
    if not domain or domain in FREE:
        return []
    asked = [("TXT", domain), ("MX", domain), ("TXT", f"_dmarc.{domain}")]
    if organisation(domain) != domain:
        asked.append(("TXT", f"_dmarc.{organisation(domain)}"))
    asked += [("TXT", f"{selector}._domainkey.{domain}") for selector in selectors(sender)]
    if sender.provider == "smtp" and sender.relay:
        asked.append(("A", sender.relay))
    return asked


def selectors(sender: Sender) -> tuple[str, ...]:
    if sender.provider == "sendgrid":
        return SENDGRID_SELECTORS
    return (sender.selector,) if sender.selector else ()


def organisation(name: str) -> str:
    """sun.example of mail.sun.example: the part that is registered, near enough to compare two names of one house."""
    parts = name.lower().rstrip(".").split(".")
    keep = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in TWO_PARTS else 2
    return ".".join(parts[-keep:])
