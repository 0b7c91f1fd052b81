"""Importing: a campaign file and the mails beside it become the clinic's next version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection

from service.content.campaign_file import mails_beside, parse_campaign, read_file
from service.storage import campaigns
from service.usecases.kit import Kit
from service.usecases.publish_campaign import TEMPLATES, publish


@dataclass(frozen=True, slots=True)
class Imported:
    """`new`: a version was made; False where the clinic's newest says the same already."""

    key: str
    version: int
    new: bool


def import_campaign(kit: Kit, clinic_id: int, file: Path) -> Imported:
    """New leads enter the new version; who is in an older one finishes it. Raises Faults, and nothing is changed. The
    same file and mails again make nothing new."""
    text, mails = read_file(file), mails_beside(file, TEMPLATES)
    with kit.db.read() as conn:
        known = {row.key for row in campaigns.of_clinic(conn, clinic_id)}
    key = parse_campaign(text, mails, file.name, known | set(_siblings(file))).definition.key
    with kit.db.write() as conn:
        before = _newest(conn, clinic_id, key)
        version_id = publish(conn, clinic_id, text, mails, kit.clock(), filename=file.name)
        number = campaigns.version_number(conn, version_id)
    return Imported(key, number, version_id != before)


def _siblings(file: Path) -> Iterator[str]:
    return (other.stem for other in file.parent.glob("*.yaml"))


def _newest(conn: Connection, clinic_id: int, key: str) -> int | None:
    row = campaigns.by_key(conn, clinic_id, key)
    return None if row is None else campaigns.versions_of(conn, row.id)[0].id
