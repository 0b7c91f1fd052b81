"""Acts on a campaign's draft: the draft is begun where there is none, and kept at once, faults and all; each can be
undone and done again, also tomorrow."""

from __future__ import annotations

from functools import reduce

from sqlalchemy.engine import Connection

from service.content.document import read_document, write_document
from service.content.faults import Fault
from service.domain.edit import Act, Refused, apply
from service.storage import campaigns, draft_texts, drafts
from service.storage.campaigns import CampaignRow
from service.storage.draft_texts import Side
from service.storage.drafts import DraftRow
from service.usecases.draft_campaign import NoCampaign, faults_of, newest_texts
from service.usecases.kit import Kit
from service.usecases.publish_campaign import Texts, digest_of


class ChangedMeanwhile(Exception):
    """Another change came first, and this one was not made. `by` None: a program, or the version was published."""

    def __init__(self, by: int | None, at: int | None) -> None:
        super().__init__("the draft was changed meanwhile")
        self.by, self.at = by, at


def edit_draft(
    kit: Kit, clinic_id: int, user_id: int | None, key: str, digest: str, *acts: Act, written: Texts | None = None
) -> tuple[Fault, ...]:
    """The acts together, undone as one. `digest`: the text that the person looked at; `written`: mails that are new or
    read otherwise. Gives what keeps the draft from being published. Raises NoCampaign, ChangedMeanwhile, Refused, and
    Faults for a text that only a person can mend; then nothing is changed."""
    with kit.db.write() as conn:
        row, source, mails = _looked_at(conn, clinic_id, key, digest)
        changed = write_document(reduce(apply, acts, read_document(source, f"{key}.yaml"))) if acts else source
        if changed != source:
            draft_texts.push(conn, row.id, "before", source)
            draft_texts.forget(conn, row.id, "after")
        return _keep(kit, conn, row, user_id, changed, {**mails, **(written or {})})


def undo_edit(kit: Kit, clinic_id: int, user_id: int | None, key: str, digest: str) -> tuple[Fault, ...]:
    """Raises as `edit_draft` does."""
    return _turn(kit, clinic_id, user_id, key, digest, "before", "after")


def redo_edit(kit: Kit, clinic_id: int, user_id: int | None, key: str, digest: str) -> tuple[Fault, ...]:
    """Raises as `edit_draft` does."""
    return _turn(kit, clinic_id, user_id, key, digest, "after", "before")


def texts_of(conn: Connection, row: CampaignRow) -> tuple[DraftRow | None, str, dict[str, tuple[str, str]]]:
    """The draft, its file and its mails; those of the newest version where none is begun."""
    found = drafts.get(conn, row.id)
    if found is None:
        return None, *newest_texts(conn, row)
    return found, found.source, {name: (mail["mjml"], mail["text"]) for name, mail in found.mails.items()}


def _turn(
    kit: Kit, clinic_id: int, user_id: int | None, key: str, digest: str, taken: Side, given: Side
) -> tuple[Fault, ...]:
    with kit.db.write() as conn:
        row, source, mails = _looked_at(conn, clinic_id, key, digest)
        other = draft_texts.pop(conn, row.id, taken)
        if other is None:
            raise Refused("There is nothing to undo." if taken == "before" else "There is nothing to do again.")
        draft_texts.push(conn, row.id, given, source)
        return _keep(kit, conn, row, user_id, other, mails)


def _looked_at(conn: Connection, clinic_id: int, key: str, digest: str) -> tuple[CampaignRow, str, Texts]:
    row = campaigns.by_key(conn, clinic_id, key)
    if row is None:
        raise NoCampaign(key)
    found, source, mails = texts_of(conn, row)
    if digest_of(source, mails) != digest:
        raise ChangedMeanwhile(found.changed_by if found else None, found.changed_at if found else None)
    return row, source, mails


def _keep(
    kit: Kit, conn: Connection, row: CampaignRow, user_id: int | None, source: str, mails: Texts
) -> tuple[Fault, ...]:
    stored = {name: {"mjml": mjml, "text": plain} for name, (mjml, plain) in mails.items()}
    drafts.put(conn, DraftRow(row.id, row.clinic_id, source, stored, user_id, kit.clock()))
    return faults_of(conn, row.clinic_id, row.key, source, mails)
