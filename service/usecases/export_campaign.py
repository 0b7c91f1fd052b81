"""Exporting: the file of a clinic's campaign, to the letter as it was published, and its mails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from service.storage import campaigns
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Exported:
    """`mails`: (MJML file, text file) by name."""

    key: str
    version: int
    text: str
    mails: dict[str, tuple[str, str]]

    def write(self, folder: Path) -> Path:
        """Writes the file, and the mails into a folder of its name beside it: what an import reads. Gives the file."""
        beside = folder / self.key
        beside.mkdir(parents=True, exist_ok=True)
        for name, (mjml, plain) in self.mails.items():
            (beside / f"{name}.mjml").write_bytes(mjml.encode())
            (beside / f"{name}.txt").write_bytes(plain.encode())
        file = folder / f"{self.key}.yaml"
        file.write_bytes(self.text.encode())
        return file


def export_campaign(kit: Kit, clinic_id: int, key: str) -> Exported | None:
    """The version that new leads enter; None where the clinic has no such campaign."""
    with kit.db.read() as conn:
        row = campaigns.by_key(conn, clinic_id, key)
        if row is None:
            return None
        version = campaigns.versions(conn, [row.version_id])[0]
    mails = {name: (mail["mjml"], mail["text"]) for name, mail in version.mails.items()}
    return Exported(key, version.number, version.source, mails)
