"""What the clinic's campaigns claim about health, by whom it is supported, and until when the clinic vouches for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.mail_file import Claim, Source
from service.domain import words
from service.domain.review import LASTS, WARNS, Review, review
from service.storage import campaigns
from service.storage.campaigns import CampaignRow
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim of a mail, with what supports it."""

    mail: str
    title: str
    claim: Claim
    source: Source


@dataclass(frozen=True, slots=True)
class Series:
    row: CampaignRow
    reviewed_at: int
    review: Review
    claims: list[Claimed]

    @property
    def mails(self) -> int:
        return len({each.mail for each in self.claims})


Rows = list[tuple[CampaignRow, int]]


def show_claims(kit: Kit, conn: Connection, clinic_id: int, now: int) -> list[Series]:
    """Every series with claims, the one whose review ends first before the others."""
    return _claims(kit, conn, campaigns.reviews(conn, clinic_id, now), now)


def reviews_ending(conn: Connection, clinic_id: int, now: int) -> Rows:
    """The campaigns whose review ends soon or is over. One statement."""
    return campaigns.reviews(conn, clinic_id, now - LASTS + WARNS)


def claims_ending(kit: Kit, conn: Connection, rows: Rows, now: int) -> list[Series]:
    """Those of `reviews_ending` that claim something, and that people can enter."""
    return _claims(kit, conn, [(row, at) for row, at in rows if row.state == campaigns.LIVE], now)


def _claims(kit: Kit, conn: Connection, rows: Rows, now: int) -> list[Series]:
    versions = kit.library.versions(conn, {row.version_id for row, _at in rows})
    found = []
    for row, reviewed_at in rows:
        content = versions[row.version_id]
        titles = {step.mail: words.title(step.title) for step in content.definition.mails()}
        claims = [
            Claimed(
                key,
                titles.get(key) or words.title(mail.subject),
                claim,
                next(each for each in mail.sources if each.id == claim.source),
            )
            for key, mail in content.mails.items()
            for claim in mail.claims
        ]
        if claims:
            found.append(Series(row, reviewed_at, review(reviewed_at, now), claims))
    return found
