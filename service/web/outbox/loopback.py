"""Whether a request comes from this very machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_RELAYED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def from_this_machine(remote: str | None, host: str, headers: Mapping[str, str]) -> bool:
    """From a loopback address, not passed on by a proxy (which would be on loopback too), and under a loopback name, so
    that no other site's name can be made to point here."""
    if any(headers.get(name) for name in _RELAYED):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return ipaddress.ip_address(remote or "").is_loopback and (name == "localhost" or _is_loopback(name))
    except ValueError:
        return False


def _is_loopback(name: str) -> bool:
    return ipaddress.ip_address(name).is_loopback
