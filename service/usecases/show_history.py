"""A campaign's versions, newest first, each with what it changed in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.campaign_file import Campaign
from service.domain.edit_words import Edit, edits
from service.storage import campaigns
from service.storage.campaigns import VersionRow
from service.usecases.draft_campaign import save_draft
from service.usecases.kit import Kit
from service.usecases.show_campaign import Opened

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Version:
    """`edits` against the version before it; empty for the first one. `blank`: nothing happens in it."""

    number: int
    published_at: int
    edits: tuple[Edit, ...]
    first: bool
    blank: bool


def show_history(kit: Kit, opened: Opened) -> list[Version]:
    """The newest SHOWN."""
    with kit.db.read() as conn:
        rows = campaigns.versions_of(conn, opened.row.id)[: SHOWN + 1]
        read = kit.library.versions(conn, [row.id for row in rows])
    pairs = zip(rows, [*rows[1:], None], strict=True)
    return [_version(read, row, before) for row, before in pairs][:SHOWN]


def restore_version(kit: Kit, clinic_id: int, user_id: int | None, opened: Opened, number: int) -> bool:
    """The version's file and mails become the draft, which can be undone. False where there is no such version."""
    with kit.db.read() as conn:
        rows = campaigns.versions_of(conn, opened.row.id)
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        return False
    mails = {name: (mail["mjml"], mail["text"]) for name, mail in found.mails.items()}
    save_draft(kit, clinic_id, user_id, opened.row.key, found.source, mails)
    return True


def _version(read: dict[int, Campaign], row: VersionRow, before: VersionRow | None) -> Version:
    if before is None:
        return Version(row.number, row.published_at, (), True, read[row.id].definition.blank)
    rewritten = [name for name, mail in row.mails.items() if name in before.mails and before.mails[name] != mail]
    told = edits(read[before.id].definition, read[row.id].definition, rewritten)
    return Version(row.number, row.published_at, tuple(told), False, read[row.id].definition.blank)
