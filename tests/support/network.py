"""Tests reach this machine only."""

import ipaddress
import sys

_LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost"}
_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


class NetworkReached(RuntimeError):
    """A test reached for another machine."""


def block_other_machines() -> None:
    """From now on any socket call of this process that names another machine raises NetworkReached."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _EVENTS:
        return
    address = arguments[0] if event.startswith("socket.get") else arguments[1]
    host = address[0] if isinstance(address, tuple) else address
    is_host = isinstance(address, tuple) or event.startswith("socket.get")  # a plain string is a unix socket's path
    if is_host and not _is_local(host):
        raise NetworkReached(f"tests reach 127.0.0.1 only, this one wanted {host!r}")


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
