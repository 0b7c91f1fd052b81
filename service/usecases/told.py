"""All that is known of one lead's past and present, read at once: what its story is told from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain import words
from service.domain.campaign import MailStep
from service.storage import campaigns, clinics, delivery_events, enrollments, hook_calls, timeline
from service.storage.campaigns import CampaignRow
from service.storage.clinics import ClinicRow
from service.storage.delivery_events import Seen
from service.storage.enrollments import DueRow
from service.storage.hook_calls import ToldCall
from service.storage.leads import LeadRow
from service.storage.timeline import EventRow, RefusalRow, SendRow
from service.usecases import facts as known
from service.usecases.kit import Kit
from service.usecases.loaded import Loaded

TELLS = "sendgrid"  # the one provider that tells of opens and clicks


@dataclass(slots=True)
class Told:
    """`runs` are the running enrollments; `versions` hold every version that anything here names."""

    lead: LeadRow
    clinic: ClinicRow
    now: int
    events: list[EventRow]
    sends: list[SendRow]
    refusals: list[RefusalRow]
    calls: list[ToldCall]
    seen: list[Seen]
    runs: list[DueRow]
    versions: Mapping[int, Campaign]
    campaigns: Mapping[int, CampaignRow]
    loaded: Loaded

    @property
    def zone(self) -> str:
        return self.lead.zone

    def title(self, version_id: int, step: str, mail: str = "") -> str:
        version = self.versions[version_id]
        if mail in version.mails:
            return words.title(version.mails[mail].title)
        found = version.definition.steps.get(step)
        return words.title(found.title) if isinstance(found, MailStep) else ""

    def campaign(self, campaign_id: int | None) -> str:
        row = self.campaigns.get(campaign_id or 0)
        return row.name if row else "a series"

    def campaign_by_key(self, key: object) -> str:
        return next((row.name for row in self.campaigns.values() if row.key == key), str(key or "a series"))

    def goal(self, campaign_id: int) -> str:
        row = self.campaigns.get(campaign_id)
        return row.goal if row else "none"

    def visit_time(self, at: object) -> str:
        """Visits are told in the clinic's time."""
        if not isinstance(at, int):
            return "a visit"
        return f"{words.day(at, self.clinic.zone)} {words.clock(at, self.clinic.zone)} in {self.clinic.city}"


def read_told(kit: Kit, conn: Connection, lead: LeadRow, now: int, clinic: ClinicRow | None = None) -> Told:
    events, sends = timeline.events(conn, lead.id), timeline.sends(conn, lead.id)
    refusals, runs = timeline.refusals(conn, lead.id), enrollments.of_lead(conn, lead.id)
    wanted = {row.version_id for part in (sends, refusals, runs) for row in part}
    versions = kit.library.versions(conn, wanted)
    definitions = {key: version.definition for key, version in versions.items()}
    loaded = known.load(conn, runs, definitions, now) if runs else Loaded()
    return Told(
        lead=lead,
        clinic=clinic or clinics.get(conn, lead.clinic_id),
        now=now,
        events=events,
        sends=sends,
        refusals=refusals,
        calls=hook_calls.of_lead(conn, lead.id),
        seen=delivery_events.seen_of(conn, [row.id for row in sends if row.provider == TELLS], timeline.MOST),
        runs=runs,
        versions=versions,
        campaigns={row.id: row for row in campaigns.of_clinic(conn, lead.clinic_id)},
        loaded=loaded,
    )
