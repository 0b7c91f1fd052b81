"""The publish dialog: what can be published, what it would do, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.campaign_file import Campaign, shipped
from service.content.lint import lint_mail
from service.domain.edit_words import Edit, edits
from service.storage import campaigns, publications
from service.storage.campaigns import CampaignRow
from service.storage.publications import PublicationRow
from service.usecases.blast_radius import BlastRadius, Mode, preview
from service.usecases.draft_campaign import Draft, newest_texts, open_draft
from service.usecases.kit import Kit
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES, Texts, digest_of, read_for

MOST_FAULTS = 8


@dataclass(frozen=True, slots=True)
class Choices:
    """`draft` None: nothing is being changed. `ships`: the shipped file differs from the clinic's version."""

    draft: Draft | None
    ships: bool
    source: str


@dataclass(frozen=True, slots=True)
class Looked:
    """`faults` of changed mails do not forbid publishing."""

    found: BlastRadius
    edits: list[Edit]
    mails: int
    faults: list[str]


def show_choices(kit: Kit, row: CampaignRow) -> Choices:
    draft = open_draft(kit, row.clinic_id, row.key)
    theirs = shipped(CAMPAIGNS, TEMPLATES).get(row.key)
    with kit.db.read() as conn:
        newest = campaigns.versions(conn, [row.version_id])[0]
    ships = theirs is not None and digest_of(theirs.text, theirs.mails) != newest.digest
    return Choices(draft, ships, draft.source if draft else newest.source)


def shipped_texts(key: str) -> tuple[str, Texts] | None:
    theirs = shipped(CAMPAIGNS, TEMPLATES).get(key)
    return None if theirs is None else (theirs.text, theirs.mails)


def look(kit: Kit, row: CampaignRow, draft: Draft, mode: Mode, reach_back: int | None) -> Looked:
    """Raises Faults."""
    found = preview(kit, row.clinic_id, row.key, draft.source, draft.mails, mode, reach_back)
    with kit.db.read() as conn:
        old = kit.library.version(conn, row.version_id)
        _, had = newest_texts(conn, row)
        new = read_for(conn, row.clinic_id, row.key, draft.source, draft.mails, f"{row.key}.yaml")
    rewritten = [name for name in new.every if name in had and had[name] != tuple(draft.mails[name])]
    told = edits(old.definition, new.definition, rewritten)
    fresh = [name for name in new.every if name in rewritten or name not in had]
    return Looked(found, told, len(new.mails), _faults(kit, new, fresh))


def progress(kit: Kit, row: CampaignRow) -> PublicationRow | None:
    with kit.db.read() as conn:
        return publications.newest(conn, row.id)


def _faults(kit: Kit, new: Campaign, names: list[str]) -> list[str]:
    found = [str(fault) for name in names for fault in lint_mail(new.every[name], kit.studio)]
    return found[:MOST_FAULTS]
