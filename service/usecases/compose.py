"""From a decision to a letter: what is printed, for whom, under which opaque name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.engine import Connection

from service.content.calendar_file import invite
from service.content.campaign_file import Campaign
from service.content.mail_file import MailSource
from service.content.studio import Shared
from service.domain.clock_words import date_words
from service.domain.enrollment import Facts
from service.domain.mail import Calendar, Envelope, Letter, Shape
from service.domain.refs import refs
from service.storage import consents, practitioners
from service.storage.database import dumps
from service.storage.enrollments import DueRow
from service.storage.practitioners import PractitionerRow
from service.usecases.kit import Kit
from service.usecases.loaded import Loaded
from service.usecases.person import Person, envelope, person, shared, visit_values


class Uncomposable(Exception):
    """A template that cannot be rendered for this lead."""


class Composed(NamedTuple):
    """A mail ready to be recorded and handed over. `kept` is what a resend prints again, as JSON."""

    shape: Shape
    envelope: Envelope
    letter: Letter
    kept: str
    useful_until: int | None


class _Print(NamedTuple):
    """What all print of whom the same is printed."""

    shape: Shape
    values: tuple[str, ...]
    kept: str


class Composer:
    """Composes a batch. Loads what the batch shares once, at `prepare`."""

    def __init__(self, kit: Kit, conn: Connection, loaded: Loaded, versions: Mapping[int, Campaign], now: int) -> None:
        self._kit = kit
        self._conn = conn
        self._loaded = loaded
        self._versions = versions
        self._now = now
        self._wordings: Mapping[int, str] = {}
        self._practitioners: dict[int, PractitionerRow] = {}
        self._shared: dict[tuple[int, bool, str], Shared] = {}
        self._envelopes: dict[tuple[int, bool], Envelope] = {}
        self._offering: dict[tuple[int, str], bool] = {}
        self._prints: dict[tuple[object, ...], _Print] = {}
        self._ref = refs(kit.ref_key)

    def prepare(self, wanted: Sequence[tuple[DueRow, str]]) -> None:
        """`wanted`: each row with its mail's key. One query a kind."""
        if not wanted:
            return
        known = self._loaded.print
        if known is None:
            self._wordings = consents.given_wordings(self._conn, [row.lead_id for row, _ in wanted])
        else:
            self._wordings = known.wordings
        if any(row.appointment_id is not None for row, _ in wanted):
            self._practitioners = practitioners.by_id(self._conn)
        mails = {(row.clinic_id, row.version_id, mail, row.locale): row for row, mail in wanted}
        for (clinic_id, _, mail, _), row in mails.items():
            source = self._source(row, mail)
            key = (clinic_id, self._offers(row, source), source.language)
            if key not in self._shared:
                clinic = self._loaded.clinics[clinic_id]
                house = known.houses[clinic_id] if known is not None else None
                self._shared[key] = shared(
                    self._conn, clinic, self._kit.base_url, self._now, [source], house, source.language
                )

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
        try:
            found = self._kept(row, source, kept) if kept is not None else self._printed(row, facts, source, mail)
            calendar = self._calendar(row, source, token) if row.appointment_id is not None else None
        except (ValueError, ArithmeticError, LookupError) as fault:
            raise Uncomposable(str(fault)) from fault
        visit_at = facts.anchors.get("appointment")
        ahead = visit_at is not None and visit_at > self._now
        return Composed(
            found.shape,
            self._envelope(row.clinic_id, source.service),
            Letter(self._ref(row.id, step, visit), row.email or "", found.values, token, calendar, resend),
            found.kept,
            visit_at if source.service and ahead else None,
        )

    def _printed(self, row: DueRow, facts: Facts, source: MailSource, mail: str) -> _Print:
        """Of those who differ in nothing that a mail may print, once a batch."""
        clinic, wording = self._loaded.clinics[row.clinic_id], self._wordings.get(row.lead_id, "")
        given = "" if row.consent_at is None else date_words(row.consent_at, clinic.zone)
        clicked = "book" in facts.clicked
        key = (row.version_id, mail, row.clinic_id, row.first_name, row.locale, clicked, given, wording)
        found = self._prints.get(key)
        if found is None or row.appointment_id is not None:
            found = self._kept(row, source, self._person(row, facts, source.language))
            if row.appointment_id is None:
                self._prints[key] = found
        return found

    def _kept(self, row: DueRow, source: MailSource, printed: Person) -> _Print:
        shared_with = self._shared[row.clinic_id, self._offers(row, source), source.language]
        shape, values = self._kit.studio.split(source, shared_with, printed)
        return _Print(shape, values, dumps(printed))

    def _source(self, row: DueRow, mail: str) -> MailSource:
        return self._versions[row.version_id].said(mail, row.locale)

    def _offers(self, row: DueRow, source: MailSource) -> bool:
        """Whether the mail prints open slots; its text is looked through once a batch."""
        key = (row.version_id, source.key)
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

    def _person(self, row: DueRow, facts: Facts, language: str) -> Person:
        clinic = self._loaded.clinics[row.clinic_id]
        visit = self._loaded.appointments.get(row.appointment_id or 0)
        values = None
        if visit is not None:
            values = visit_values(visit, self._practitioners[visit.practitioner_id], clinic, language)
        return person(row, facts, clinic, self._wordings.get(row.lead_id, ""), values, language)

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
            language=source.language,
        )
