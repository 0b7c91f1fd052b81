"""The language in which a person is written to, as the staff have learned it."""

from __future__ import annotations

from service.domain.language import LANGUAGES, known
from service.storage import audits, leads
from service.storage.users import UserRow
from service.usecases.kit import Kit


def change_language(kit: Kit, user: UserRow, lead_id: int, language: str) -> bool:
    """False where it was so already. Raises ValueError for a language that nobody here writes in."""
    if language not in LANGUAGES:
        raise ValueError(f"Choose one of {', '.join(LANGUAGES.values())}.")
    now = kit.clock()
    with kit.db.write() as conn:
        row = leads.lock(conn, lead_id)
        if known(row.locale) == language:
            return False
        leads.change(conn, lead_id, {"locale": language}, now)
        data = {"from": row.locale, "to": language}
        audits.record(conn, user.clinic_id, user.id, now, "language changed", str(lead_id), data)
    return True
