"""Websites by their origin, such as https://www.example.com: who may show a clinic's form on a page of theirs."""

from __future__ import annotations

import re

MOST = 10
_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(:\d{1,5})?")


def read_sites(text: str) -> tuple[str, ...]:
    """The origins in what was typed, one a word; a page's address counts as its site's. Raises ValueError, with what to
    do."""
    found: dict[str, None] = {}
    for word in text.replace(",", " ").split():
        found[_origin(word)] = None
    if len(found) > MOST:
        raise ValueError(f"At most {MOST} websites can show one form: take out those that do no longer.")
    return tuple(found)


def with_www(sites: tuple[str, ...]) -> tuple[str, ...]:
    """Each with and without www.: people type either, and a website answers to both."""
    found: dict[str, None] = {}
    for site in sites:
        scheme, _, host = site.partition("://")
        bare = host.removeprefix("www.")
        found |= dict.fromkeys((site, f"{scheme}://{bare}"))
        if "." in bare.partition(":")[0] and not bare.partition(":")[0].replace(".", "").isdigit():
            found[f"{scheme}://www.{bare}"] = None
    return tuple(found)


def _origin(word: str) -> str:
    typed = word if "://" in word else f"https://{word}"
    scheme, _, rest = typed.lower().partition("://")
    site = f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}"
    named = _ORIGIN.fullmatch(site)
    if named is None or ("." not in named[2] and named[2] != "localhost"):
        raise ValueError(f"“{word[:80]}” is no website’s address: write it like https://www.example.com.")
    return site
