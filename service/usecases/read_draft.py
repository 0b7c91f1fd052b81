"""A draft's text, read as far as it can be, and which step each fault belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from service.content.campaign_file import Campaign, parse_campaign
from service.content.faults import Fault, Faults
from service.content.mail_file import MailSource, parse_mail

_KEYED = re.compile(r"[\s{-]key:\s*['\"]?([a-z0-9-]+)")


@lru_cache(maxsize=16)
def read_draft(
    source: str,
    mails: tuple[tuple[str, tuple[str, str]], ...],
    key: str,
    known: frozenset[str] | None = None,
    called: frozenset[str] | None = None,
) -> tuple[Campaign | None, tuple[Fault, ...]]:
    """Kept for the next look at the same text: a mail takes longer to read than all else here."""
    try:
        found = parse_campaign(source, dict(mails), f"{key}.yaml", None if known is None else known | {key}, called)
    except Faults as wrong:
        return None, wrong.faults
    if found.definition.key != key:
        what = f"the key is '{found.definition.key}', and this is the campaign '{key}'"
        return None, (Fault(f"{key}.yaml", 1, what, f"write key: {key}; a campaign keeps its key for good"),)
    return found, ()


def readable_mails(mails: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, MailSource]]:
    """Those without faults, by name."""
    for name, files in mails.items():
        try:
            yield name, parse_mail(name, *files, f"{name}.mjml")
        except Faults:
            continue


def by_step(source: str, faults: tuple[Fault, ...], key: str) -> dict[str, tuple[Fault, ...]]:
    """A fault belongs to the step whose line is the last at or above it."""
    lines = [(at, told[1]) for at, line in enumerate(source.split("\n"), 1) if (told := _KEYED.search(line))]
    found: dict[str, tuple[Fault, ...]] = {}
    for fault in faults:
        if fault.file == f"{key}.yaml":
            above = [step for at, step in lines if at <= fault.line]
            if above:
                found[above[-1]] = (*found.get(above[-1], ()), fault)
    return found
