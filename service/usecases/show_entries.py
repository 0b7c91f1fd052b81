"""The series that a sign-up begins: what a clinic chooses its first one from."""

from __future__ import annotations

from dataclasses import dataclass

from service.storage import campaigns
from service.storage.campaigns import CampaignRow
from service.usecases.kit import Kit
from service.usecases.step_words import entry_words


@dataclass(frozen=True, slots=True)
class EntryLine:
    row: CampaignRow
    entry: str
    mails: int


def show_entries(kit: Kit, clinic_id: int) -> list[EntryLine]:
    """Highest priority first; two statements."""
    with kit.db.read() as conn:
        rows = [row for row in campaigns.entered_by(conn, clinic_id, "signup") if row.kind == campaigns.SERIES]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
    return [
        EntryLine(row, entry_words(found.entry), sum(1 for _ in found.mails()))
        for row in rows
        for found in (versions[row.version_id].definition,)
    ]
