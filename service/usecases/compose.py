"""From a decision to a letter: what is printed, for whom, under which opaque name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from service.content.calendar_file import invite
from service.content.campaign_file import Campaign
from service.content.mail_file import MailSource
from service.content.studio import Shared
from service.domain.enrollment import Facts
from service.domain.mail import Calendar, Envelope, Letter, Shape
from service.domain.refs import ref
from service.storage import consents, practitioners
from service.storage.enrollments import DueRow
from service.storage.practitioners import PractitionerRow
from service.usecases.facts import Loaded
from service.usecases.kit import Kit
from service.usecases.person import Person, envelope, person, shared, visit_values


class Uncomposable(Exception):
    """A template that cannot be rendered for this lead."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to be recorded and handed over. `kept` is what a resend prints again."""

    shape: Shape
    envelope: Envelope
    letter: Letter
    kept: dict[str, Any]
    useful_until: int | None


class Composer:
    """Composes a batch. Loads what the batch shares once, at `prepare`."""

    def __init__(self, kit: Kit, conn: Connection, loaded: Loaded, versions: Mapping[int, Campaign], now: int) -> None:
        self._kit = kit
        self._conn = conn
        self._loaded = loaded
        self._versions = versions
        self._now = now
        self._wordings: dict[int, str] = {}
        self._practitioners: dict[int, PractitionerRow] = {}
        self._shared: dict[tuple[int, bool], Shared] = {}
        self._envelopes: dict[tuple[int, bool], Envelope] = {}
        self._offering: dict[tuple[int, str], bool] = {}

    def prepare(self, wanted: Sequence[tuple[DueRow, str]]) -> None:
        """`wanted`: each row with its mail's key. One query a kind."""
        if not wanted:
            return
        self._wordings = consents.given_wordings(self._conn, {row.lead_id for row, _ in wanted})
        if any(row.appointment_id is not None for row, _ in wanted):
            self._practitioners = practitioners.by_id(self._conn)
        for row, mail in wanted:
            source = self._source(row, mail)
            key = (row.clinic_id, self._offers(row, mail, source))
            if key not in self._shared:
                clinic = self._loaded.clinics[row.clinic_id]
                self._shared[key] = shared(self._conn, clinic, self._kit.base_url, self._now, [source])

    def compose(
        self,
        row: DueRow,
        facts: Facts,
        mail: str,
        *,
        step: str,
        visit: int,
        token: str,
        kept: Person | None = None,
        resend: bool = False,
    ) -> Composed:
        """`kept`: print these values again rather than today's. Raises Uncomposable."""
        source = self._source(row, mail)
        offers = self._offers(row, mail, source)
        try:
            printed = kept if kept is not None else self._person(row, facts)
            shape, values = self._kit.studio.split(source, self._shared[row.clinic_id, offers], printed)
            calendar = self._calendar(row, source, token)
        except (ValueError, ArithmeticError, LookupError) as fault:
            raise Uncomposable(str(fault)) from fault
        letter = Letter(
            ref=ref(self._kit.ref_key, row.id, step, visit),
            to=row.email or "",
            values=values,
            token=token,
            calendar=calendar,
            resend=resend,
        )
        visit_at = facts.anchors.get("appointment")
        ahead = visit_at is not None and visit_at > self._now
        return Composed(
            shape=shape,
            envelope=self._envelope(row.clinic_id, source.service),
            letter=letter,
            kept=printed,
            useful_until=visit_at if source.service and ahead else None,
        )

    def _source(self, row: DueRow, mail: str) -> MailSource:
        return self._versions[row.version_id].mails[mail]

    def _offers(self, row: DueRow, mail: str, source: MailSource) -> bool:
        """Whether the mail prints open slots; its text is looked through once a batch."""
        key = (row.version_id, mail)
        found = self._offering.get(key)
        if found is None:
            found = self._offering[key] = "slots" in source.mjml or "slots" in source.text
        return found

    def _envelope(self, clinic_id: int, service: bool) -> Envelope:
        """The same object for the same clinic, so that a batch is grouped by it cheaply."""
        found = self._envelopes.get((clinic_id, service))
        if found is None:
            clinic = self._loaded.clinics[clinic_id]
            found = envelope(clinic, self._kit.base_url, service, self._kit.inbound)
            self._envelopes[clinic_id, service] = found
        return found

    def _person(self, row: DueRow, facts: Facts) -> Person:
        clinic = self._loaded.clinics[row.clinic_id]
        visit = self._loaded.appointments.get(row.appointment_id or 0)
        values = visit_values(visit, self._practitioners[visit.practitioner_id], clinic) if visit is not None else None
        return person(row, facts, clinic, self._wordings.get(row.lead_id, ""), values)

    def _calendar(self, row: DueRow, source: MailSource, token: str) -> Calendar | None:
        visit = self._loaded.appointments.get(row.appointment_id or 0)
        if source.attach != "calendar" or visit is None:
            return None
        clinic = self._loaded.clinics[row.clinic_id]
        return invite(
            method="CANCEL" if visit.state == "cancelled" else "REQUEST",
            uid=visit.uid,
            sequence=visit.sequence,
            starts=visit.starts_at,
            ends=visit.ends_at,
            now=self._now,
            clinic_name=clinic.name,
            clinic_address=clinic.address,
            from_email=clinic.from_email,
            to_email=row.email or "",
            url=f"{self._kit.base_url}/v/{token}",
        )
