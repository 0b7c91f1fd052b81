"""Clicks: a person's hit on one of our own links, told apart from the machines that open every link."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Flag = Literal["scanner", "proxy", "too-soon", "burst", "hidden-link"]

COUNTS_AFTER = 300  # seconds: time enough for a scanner to give itself away
TOO_SOON = 10  # seconds after hand-over or delivery in which no person has read a mail
BURST_LINKS = 3  # so many different links of one mail within BURST_SECONDS are one machine's
BURST_SECONDS = 10
TRAP = "hidden"  # the link of each mail that no person can see; who follows it follows every link
TRAP_SECONDS = 60  # hits on the mail's other links so near to it are the same machine's

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scan|proofpoint|mimecast|barracuda|safelinks|forcepoint|symantec|trendmicro"
    r"|sophos|fireeye|ironport|urldefense|headless|phantom|python-|curl|wget|libwww|java/|go-http|okhttp|axios|node-fetch"
    r"|httpclient|facebookexternalhit|whatsapp|telegram|skypeuri|slack|discord|validator|monitor",
    re.IGNORECASE,
)
_PROXIES = re.compile(r"googleimageproxy|yahoomailproxy|ggpht|duckduckgo-favicons", re.IGNORECASE)


_APPLE = re.compile(r"17(?:\.\d{1,3}){3}")  # the whole network is theirs: 17.0.0.0/8


def flag_of(user_agent: str, method: str, at: int, handed_over: int | None, delivered: int | None) -> Flag | None:
    """What shows at once that no person was there; None when nothing does."""
    known = _machine(user_agent.strip())
    if known == "proxy":
        return known
    if method == "HEAD" or known is not None:
        return "scanner"
    if too_soon(at, handed_over, delivered):
        return "too-soon"
    return None


def too_soon(at: int, *since: int | None) -> bool:
    """Whether `at` follows one of these instants, as far as they are known, more closely than a person can."""
    return any(each is not None and each <= at < each + TOO_SOON for each in since)


def open_flag(user_agent: str, ip: str, said_machine: bool) -> Flag | None:
    """Of an open that a provider tells of: Apple's proxy loads the pictures of every mail, read or not; Google's and
    Yahoo's hide who did."""
    agent = user_agent.strip()
    if said_machine or agent == "Mozilla/5.0" or _APPLE.fullmatch(ip.strip()):
        return "proxy"
    return _machine(agent)


@lru_cache(maxsize=4_096)  # many people read with one program, and to look for every name costs fifty µs
def _machine(agent: str) -> Flag | None:
    """Which machine names itself so; None for what a person may read with."""
    if _PROXIES.search(agent):
        return "proxy"
    return "scanner" if not agent or _MACHINES.search(agent) else None
