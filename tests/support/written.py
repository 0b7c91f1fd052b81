"""Campaigns given as values, for series that a test makes up: a carrier file brings the mails, the value the steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain.campaign import Definition
from service.storage import campaigns
from service.usecases.library import Library
from tests.support.cast import Cast, campaign_file, mail_files


class WrittenLibrary(Library):
    """Knows some versions by value; reads all others as everybody does."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[int, Definition] = {}

    def versions(self, conn: Connection, version_ids: Iterable[int]) -> dict[int, Campaign]:
        found = super().versions(conn, version_ids)
        return {
            version_id: replace(campaign, definition=self.written.get(version_id, campaign.definition))
            for version_id, campaign in found.items()
        }


def writing(play: Cast) -> Cast:
    """The same cast, able to `write`."""
    return replace(play, kit=replace(play.kit, library=WrittenLibrary()))


def write(play: Cast, definition: Definition) -> int:
    """The definition's next version goes live; gives its id."""
    library = play.kit.library
    assert isinstance(library, WrittenLibrary), "the cast must come from `writing`"
    mails = {step.mail: step.service for step in definition.mails()}
    mails |= {step.without_slots: step.service for step in definition.mails() if step.without_slots}
    files = {name: mail_files(name, service=service)[name] for name, service in (mails or {"m": False}).items()}
    steps = "".join(f"\n  - {{key: {name}, mail: {name}}}" for name in files)
    steps = f"\n  # {len(library.written)}{steps}"
    carrier = campaign_file(definition.key, steps, entry="{on: by-hand}", goal="none")
    version_id = play.publishes(carrier, files)
    library.written[version_id] = definition
    described: dict[str, object] = {
        "family": definition.family,
        "priority": definition.priority,
        "entry_on": definition.entry.on,
        "goal": definition.goal,
        "has_service": any(mails.values()),
    }
    with play.db.write() as conn:
        campaigns.describe(conn, play.campaigns[definition.key], described)
    return version_id
