"""A kept mail as a person of the clinic reads it, and one more try at reading it ourselves."""

from __future__ import annotations

from dataclasses import dataclass

from service.delivery.mail_text import LONGEST, tidy
from service.storage import incoming_mails
from service.storage.incoming_mails import IncomingRow
from service.usecases.kit import Kit
from service.usecases.read_incoming import read_incoming, read_kept


@dataclass(frozen=True, slots=True)
class Written:
    """A kept mail as a person reads it."""

    sender: str
    subject: str
    text: str


def written(row: IncomingRow) -> Written:
    """Never fails: of what cannot be read, the bytes as they are."""
    try:
        mail = read_kept(row)
    except Exception:  # noqa: BLE001 - somebody wants to see what there is
        return Written("", "", tidy(row.body[:LONGEST].decode("utf-8", "replace")))
    return Written(mail.sender, mail.subject, mail.text)


def read_again(kit: Kit, mail_id: int) -> IncomingRow | None:
    """One that could not be read or placed is read once more; gives it as it stands then."""
    with kit.db.write() as conn:
        opened = incoming_mails.reopen(conn, mail_id)
    if opened:
        read_incoming(kit, mail_id)
    with kit.db.read() as conn:
        return incoming_mails.find(conn, mail_id)
