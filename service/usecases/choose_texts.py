"""Which text is to be published: a file's, the draft's, or the shipped file's."""

from __future__ import annotations

import re
from pathlib import Path

from service.content.campaign_file import mails_beside, read_file, shipped
from service.domain.timing import DAY, HOUR
from service.storage import campaigns
from service.usecases.draft_campaign import newest_texts, open_draft
from service.usecases.kit import Kit
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES, Texts

_SPAN = re.compile(r"(\d{1,4})([dh])")


class NoTexts(LookupError):
    """Says what is missing."""


def choose(kit: Kit, clinic_id: int, key: str, file: Path | None = None) -> tuple[str, Texts]:
    """The campaign file's text and its mails. A `file` without mails beside it keeps those of the clinic's newest
    version. Raises NoTexts."""
    with kit.db.read() as conn:
        row = campaigns.by_key(conn, clinic_id, key)
        newest = newest_texts(conn, row) if row is not None else None
    if file is not None:
        if not file.is_file():
            raise NoTexts(f"no such file: {file}")
        return read_file(file), mails_beside(file, TEMPLATES) or (newest[1] if newest else {})
    draft = open_draft(kit, clinic_id, key) if row is not None else None
    if draft is not None:
        return draft.source, draft.mails
    found = shipped(CAMPAIGNS, TEMPLATES).get(key)
    if found is None:
        raise NoTexts(f"'{key}' has no draft and does not ship; name its file: --file FILE")
    return found.text, found.mails


def span(text: str | None) -> int | None:
    """30d, 12h: seconds. Raises ValueError."""
    if text is None:
        return None
    found = _SPAN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ValueError(f"'{text}' is no span; write it like 30d or 12h")
    return int(found[1]) * (DAY if found[2] == "d" else HOUR)
