"""Asking name servers, all questions at once and for a short time. A name server that is silent is no fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

SECONDS = 3.0
MOST_AT_ONCE = 8

Resolve = Callable[[str, str], list[str] | None]  # kind, name → the records; None: could not be seen


def resolve(kind: str, name: str) -> list[str] | None:
    """Of the machine's own name servers. TXT records are put together of their parts."""
    import dns.exception  # noqa: PLC0415 - a tenth of a second at each start, for a page that is rarely opened
    import dns.resolver  # noqa: PLC0415
    import dns.reversename  # noqa: PLC0415

    try:
        asked = dns.reversename.from_address(name) if kind == "PTR" else name
        answer = dns.resolver.Resolver().resolve(asked, kind, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError):
        return None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


def look(questions: Iterable[tuple[str, str]], ask: Resolve = resolve) -> dict[tuple[str, str], list[str] | None]:
    """Every question with its answer, and the reverse name of each number that came back."""
    asked = list(dict.fromkeys(questions))
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        found = dict(zip(asked, pool.map(lambda each: ask(*each), asked), strict=True))
        numbers = [("PTR", number) for (kind, _), records in found.items() if kind == "A" for number in records or ()]
        found |= dict(zip(numbers, pool.map(lambda each: ask(*each), numbers), strict=True))
    return found
