"""Correcting a letter that has begun to leave: who has it keeps what they got, who has not gets the new words."""

from __future__ import annotations

from service.content.letter_mail import LetterText, faults_of
from service.storage import audits, letters
from service.storage.letters import DRAFT
from service.usecases.kit import Kit
from service.usecases.letters.show_letters import opened
from service.usecases.letters.write_letter import Gone, Written, publish_text


def correct_letter(kit: Kit, clinic_id: int, user_id: int | None, key: str, text: LetterText) -> Written:
    """A new version of the mail; whom it goes to, and when, stay. Nobody gets it twice: who has had a mail of it, or
    may have, is not written to again. Raises Gone."""
    faults = faults_of(text, kit.studio)
    if faults:
        return Written(None, faults)
    now = kit.clock()
    with kit.db.write() as conn:
        row = letters.locked(conn, clinic_id, key)
        if row is None or row.state == DRAFT:
            raise Gone
        campaign_id = publish_text(conn, clinic_id, key, opened(conn, kit, row).with_text(text), now)
        version_id = letters.get(conn, campaign_id).version_id
        people = letters.move_on(conn, campaign_id, version_id)
        audits.record(conn, clinic_id, user_id, now, "letter corrected", "letter", {"key": key, "people": people})
    return Written(key)
