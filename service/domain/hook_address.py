"""Where a webhook may go: to the open internet by https; to this machine itself where the installation allows it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 2_000
_PLAIN = re.compile(r"[!-~]+")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_TUNNELS = tuple(ipaddress.ip_network(text) for text in ("2002::/16", "2001::/32"))


@dataclass(frozen=True, slots=True)
class HookAddress:
    """`target`: path and query, as they stand in a request's first line."""

    tls: bool
    host: str
    port: int
    target: str


def read_address(text: str, *, loopback: bool) -> HookAddress:
    """Raises ValueError, with what to do. `loopback`: http and https to this machine are allowed as well."""
    if not _PLAIN.fullmatch(text) or len(text) > LONGEST:
        raise ValueError(f"Write one address without spaces, percent-encoded, of at most {LONGEST} characters.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as fault:
        raise ValueError("This is no web address: check the brackets and the number after the colon.") from fault
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("Write the whole address, from https:// on.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave user and password out: each call is signed instead.")
    if parts.fragment:
        raise ValueError("Leave out what follows the #: it is never sent.")
    if parts.scheme == "http" and not (loopback and _is_this_machine(host)):
        raise ValueError("Use https: the call must not be read or changed on its way.")
    fixed = _literal(host)
    if (fixed is not None and not may_reach(fixed, loopback=loopback)) or (not loopback and _is_this_machine(host)):
        raise ValueError("This leads into a private network; give an address that the internet reaches.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return HookAddress(parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80), target)


def may_reach(peer: str, *, loopback: bool) -> bool:
    """Whether a call may go to this IP address: never into a private network, whatever wraps it."""
    found = ipaddress.ip_address(peer.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found in _TRANSLATED:
            found = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        elif found.is_site_local or any(found in tunnel for tunnel in _TUNNELS):
            return False
    if found.is_loopback:
        return loopback
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_loopback_url(url: str) -> bool:
    """Whether only this machine itself reaches the address."""
    try:
        return _is_this_machine(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    fixed = _literal(host)
    return host == "localhost" if fixed is None else ipaddress.ip_address(fixed).is_loopback
