"""Somebody else changed a draft while a person looked at it: who, when, and what reads otherwise now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.edit_words import Edit, edits
from service.storage import campaigns, draft_texts, users
from service.usecases.edit_draft import ChangedMeanwhile, texts_of
from service.usecases.kit import Kit
from service.usecases.publish_campaign import digest_of
from service.usecases.read_draft import read_draft
from service.usecases.show_campaign import Opened

MOST_TEXTS, MOST_LINES = 20, 80


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """`who` None: a program. `at` None: the draft is gone, published or discarded. `edits` tell the change in words
    where both texts can be read; `lines` are the file's, begun by + or -."""

    who: str | None
    own: bool
    at: int | None
    edits: tuple[Edit, ...]
    lines: tuple[str, ...]


def show_meanwhile(kit: Kit, opened: Opened, user_id: int, seen: str, met: ChangedMeanwhile) -> Meanwhile:
    """`seen`: the digest of the text that the person looked at; one that is forgotten is told as the text before the
    last change."""
    row = opened.row
    with kit.db.read() as conn:
        _, now, mails = texts_of(conn, row)
        pairs = list(_earlier(conn, opened, mails))
        user = users.find(conn, met.by) if met.by is not None else None
    before, had = next((pair for pair in pairs if digest_of(*pair) == seen), pairs[0])
    old, new = _read(row.key, before, had), _read(row.key, now, mails)
    told = edits(old, new) if old and new else []
    lines = [line for line in unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0) if _tells(line)]
    return Meanwhile(user.name if user else None, met.by == user_id, met.at, tuple(told), tuple(lines[:MOST_LINES]))


def _earlier(
    conn: Connection, opened: Opened, mails: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Texts that the person may have looked at, the newest first, with the mails of then as far as they are known."""
    row = opened.row
    version = campaigns.versions(conn, [row.version_id])[0]
    published = {name: (mail["mjml"], mail["text"]) for name, mail in version.mails.items()}
    for text in draft_texts.newest(conn, row.id, "before", MOST_TEXTS):
        yield text, mails
        yield text, published
    yield version.source, published


def _read(key: str, source: str, mails: dict[str, tuple[str, str]]) -> Definition | None:
    campaign, _ = read_draft(source, tuple(sorted(mails.items())), key)
    return campaign.definition if campaign else None


def _tells(line: str) -> bool:
    return not line.startswith(("+++", "---", "@@"))
