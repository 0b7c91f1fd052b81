"""Published versions, read once: they never change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign, parse_campaign
from service.storage import campaigns

KEPT = 500


def read_campaign(
    text: str, mails: Mapping[str, tuple[str, str]], filename: str, known: frozenset[str] | None = None
) -> Campaign:
    """A campaign file with its mails, each pair (MJML, text), read and checked; `known`: the campaigns
    that a step may enter or leave. Raises Faults."""
    return _read(text, tuple(sorted(mails.items())), filename, known)


@lru_cache(maxsize=200)
def _read(
    text: str, mails: tuple[tuple[str, tuple[str, str]], ...], filename: str, known: frozenset[str] | None
) -> Campaign:
    """The shipped files are read by every clinic that begins: once a process is enough."""
    return parse_campaign(text, dict(mails), filename, known)


class Library:
    """Campaigns by version id, parsed once a process."""

    def __init__(self) -> None:
        self._kept: dict[int, Campaign] = {}

    def version(self, conn: Connection, version_id: int) -> Campaign:
        return self.versions(conn, [version_id])[version_id]

    def versions(self, conn: Connection, version_ids: Iterable[int]) -> dict[int, Campaign]:
        """Every asked version. Raises KeyError for an id that is none."""
        wanted = set(version_ids)
        missing = wanted - self._kept.keys()
        if missing:
            if len(self._kept) + len(missing) > KEPT:
                self._kept.clear()
                missing = wanted
            for row in campaigns.versions(conn, missing):
                mails = {name: (mail["mjml"], mail["text"]) for name, mail in row.mails.items()}
                self._kept[row.id] = read_campaign(row.source, mails, f"version {row.number}")
        return {version_id: self._kept[version_id] for version_id in wanted}
