"""Taking a mail that came back: kept as it came and committed, before anything is made of it."""

from __future__ import annotations

from service.storage import incoming_mails
from service.usecases.kit import Kit
from service.usecases.read_incoming import read_incoming


def take_mail(kit: Kit, channel: str, external_id: str, content_type: str, body: bytes) -> bool:
    """Keeps the mail and reads it at once. `external_id` names it: the same mail again is kept once. True when it is
    new."""
    with kit.db.write() as conn:
        mail_id = incoming_mails.add(
            conn, channel=channel, external_id=external_id, content_type=content_type, body=body, now=kit.clock()
        )
    if mail_id is not None:
        read_incoming(kit, mail_id)
    return mail_id is not None
