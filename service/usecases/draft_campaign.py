"""A campaign as it is being changed: kept as it is typed, faults and all; published only without."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.faults import Fault, Faults
from service.storage import audits, campaigns, draft_texts, drafts
from service.storage.campaigns import CampaignRow
from service.storage.drafts import DraftRow
from service.usecases.kit import Kit
from service.usecases.publish_campaign import Texts, digest_of, read_for


class NoCampaign(LookupError):
    """The clinic has no campaign of this key."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`faults`: what keeps it from being published, each with its line. `changed`: it differs from the newest
    version. `digest` names this very text with these mails."""

    key: str
    source: str
    mails: Texts
    faults: tuple[Fault, ...]
    changed: bool
    changed_by: int | None
    changed_at: int
    digest: str


def save_draft(
    kit: Kit, clinic_id: int, user_id: int | None, key: str, source: str, mails: Texts | None = None
) -> tuple[Fault, ...]:
    """Keeps the text whatever is wrong with it, and tells what is. `mails` None: those of the draft before, else of the
    newest version. Raises NoCampaign."""
    with kit.db.write() as conn:
        row = _row(conn, clinic_id, key)
        kept = mails if mails is not None else _mails(conn, row)
        before = drafts.get(conn, row.id)
        draft_texts.push(conn, row.id, "before", before.source if before else newest_texts(conn, row)[0])
        draft_texts.forget(conn, row.id, "after")
        stored = {name: {"mjml": mjml, "text": plain} for name, (mjml, plain) in kept.items()}
        drafts.put(conn, DraftRow(row.id, clinic_id, source, stored, user_id, kit.clock()))
        return faults_of(conn, clinic_id, key, source, kept)


def open_draft(kit: Kit, clinic_id: int, key: str) -> Draft | None:
    """None where nothing is being changed. Raises NoCampaign."""
    with kit.db.read() as conn:
        row = _row(conn, clinic_id, key)
        found = drafts.get(conn, row.id)
        if found is None:
            return None
        mails = _pairs(found)
        digest = digest_of(found.source, mails)
        return Draft(
            key,
            found.source,
            mails,
            faults_of(conn, clinic_id, key, found.source, mails),
            digest != campaigns.versions_of(conn, row.id)[0].digest,
            found.changed_by,
            found.changed_at,
            digest,
        )


def discard_draft(kit: Kit, clinic_id: int, user_id: int | None, key: str) -> bool:
    """False where there was none. Raises NoCampaign."""
    with kit.db.write() as conn:
        row = _row(conn, clinic_id, key)
        gone = drafts.drop(conn, row.id)
        if gone:
            audits.record(conn, clinic_id, user_id, kit.clock(), "draft discarded", str(row.id), {})
    return gone


def faults_of(conn: Connection, clinic_id: int, key: str, source: str, mails: Texts) -> tuple[Fault, ...]:
    try:
        read_for(conn, clinic_id, key, source, mails, f"{key}.yaml")
    except Faults as wrong:
        return wrong.faults
    return ()


def newest_texts(conn: Connection, row: CampaignRow) -> tuple[str, dict[str, tuple[str, str]]]:
    """The newest version's file, and each mail's (MJML file, text file)."""
    version = campaigns.versions(conn, [row.version_id])[0]
    return version.source, {name: (mail["mjml"], mail["text"]) for name, mail in version.mails.items()}


def _row(conn: Connection, clinic_id: int, key: str) -> CampaignRow:
    row = campaigns.by_key(conn, clinic_id, key)
    if row is None:
        raise NoCampaign(key)
    return row


def _mails(conn: Connection, row: CampaignRow) -> Texts:
    found = drafts.get(conn, row.id)
    return _pairs(found) if found is not None else newest_texts(conn, row)[1]


def _pairs(row: DraftRow) -> dict[str, tuple[str, str]]:
    return {name: (mail["mjml"], mail["text"]) for name, mail in row.mails.items()}
