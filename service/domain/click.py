"""Clicks: a person's hit on one of our own links, told apart from the machines that open every link."""

from __future__ import annotations

import re
from typing import Literal

Flag = Literal["scanner", "proxy"]

COUNTS_AFTER = 300  # seconds: time enough for a scanner to give itself away
TOO_SOON = 10  # seconds after hand-over or delivery in which no person has read a mail
BURST_LINKS = 3  # so many different links of one mail within BURST_SECONDS are one machine's
BURST_SECONDS = 10

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scan|proofpoint|mimecast|barracuda|safelinks|forcepoint|symantec|trendmicro"
    r"|sophos|fireeye|ironport|urldefense|headless|phantom|python-|curl|wget|libwww|java/|go-http|okhttp|axios|node-fetch"
    r"|httpclient|facebookexternalhit|whatsapp|telegram|skypeuri|slack|discord|validator|monitor",
    re.IGNORECASE,
)
_PROXIES = re.compile(r"googleimageproxy|yahoomailproxy|ggpht|duckduckgo-favicons", re.IGNORECASE)


def flag_of(user_agent: str, method: str, at: int, handed_over: int | None, delivered: int | None) -> Flag | None:
    """What shows at once that no person was there; None when nothing does."""
    if _PROXIES.search(user_agent):
        return "proxy"
    if method == "HEAD" or not user_agent.strip() or _MACHINES.search(user_agent):
        return "scanner"
    if any(since is not None and since <= at < since + TOO_SOON for since in (handed_over, delivered)):
        return "scanner"
    return None
