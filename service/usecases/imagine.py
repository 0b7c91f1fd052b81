"""An imagined lead for a simulation: what a person may say of one, checked, and run through a definition."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign, mails_beside, read_file, shipped
from service.domain.campaign import Definition
from service.domain.conditions import Deed, Happened
from service.domain.enrollment import Facts
from service.domain.timing import DAY
from service.storage import campaign_texts, campaigns
from service.storage.clinics import ClinicRow
from service.usecases.closures import Closed
from service.usecases.knowledge import date_anchors
from service.usecases.library import read_campaign
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES
from service.usecases.simulate import Happening, simulate

KEYS = (
    "timezone",
    "interest",
    "consent",
    "clicked",
    "answered",
    "confirmed",
    "booked_after_days",
    "visit_in_days",
    "slots",
    "fields",
    "tags",
    "score",
    "events",
    "minor",
    "paused_days",
)
EVENT_KEYS = ("kind", "link", "days_ago", "after_days")
HALF_LIFE = 30


class UnknownLead(ValueError):
    """Says which key is off."""


@dataclass(frozen=True, slots=True)
class Imagined:
    """`booked_after_days` counts from sign-up: the goal is met then. `visit_in_days`: for campaigns about a visit.
    `events` are (kind, link, days after sign-up; minus before it): one counts from its hour on."""

    zone: str = "America/Chicago"
    interest: str | None = None
    consent: bool = True
    clicked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    confirmed: bool = False
    booked_after_days: float | None = None
    visit_in_days: float = 7
    slots: int = 3
    fields: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    score: float = 0.0
    events: tuple[tuple[str, str | None, float], ...] = ()
    minor: bool = False
    paused_days: float = 0

    def run(
        self, definition: Definition, start: int, clinic: ClinicRow | None = None, closed: Closed | None = None
    ) -> list[Happening]:
        """With a clinic, its closed days, quiet hours, caps and clock count."""
        booked_at = None if self.booked_after_days is None else start + int(self.booked_after_days * DAY)
        happened = sorted(Happened(kind, link, start + int(days * DAY)) for kind, link, days in self.events)

        def know(now: int, facts: Facts) -> Facts:
            facts.goal_at = booked_at if booked_at is not None and now >= booked_at else None
            since = [each for each in happened if start <= each.at <= now]
            facts.clicked = self.clicked | {each.link for each in since if each.kind == "clicked" and each.link}
            facts.answered = self.answered | {each.link for each in since if each.kind == "answered" and each.link}
            return facts

        facts = self._facts(definition, start, clinic, closed)
        facts.events = happened
        return simulate(
            definition,
            facts,
            start,
            know,
            wakes=[each.at for each in happened if each.at > start],
            phrases=closed.phrases if closed else {},
            half_life=clinic.score_half_life if clinic else HALF_LIFE,
        )

    def _facts(self, definition: Definition, start: int, clinic: ClinicRow | None, closed: Closed | None) -> Facts:
        interest = {"interest": self.interest} if self.interest else {}
        fields = {**interest, **self.fields}
        dates = date_anchors(definition, fields, self.zone)
        facts = Facts(
            zone=self.zone,
            clinic_zone=clinic.zone if clinic else self.zone,
            consent=self.consent,
            interest=self.interest,
            confirmed=self.confirmed,
            anchors={"appointment": start + int(self.visit_in_days * DAY), **dates},
            slots_open=self.slots,
            fields=fields,
            tags=self.tags,
            score=self.score,
            minor=self.minor,
            paused_until=start + int(self.paused_days * DAY) if self.paused_days else None,
        )
        if clinic is not None:
            facts.cap_day, facts.cap_week, facts.quiet = clinic.cap_day, clinic.cap_week, clinic.quiet
        if closed is not None:
            facts.closed = closed.days
        return facts


def imagine(told: Any) -> Imagined:
    """From a JSON object of KEYS. Raises UnknownLead."""
    if not isinstance(told, Mapping):
        raise UnknownLead('give an object, such as {"timezone": "America/Chicago", "clicked": ["book"]}')
    _only(told, KEYS)
    plain = Imagined()
    try:
        return Imagined(
            zone=str(told.get("timezone", plain.zone)),
            interest=told.get("interest"),
            consent=bool(told.get("consent", True)),
            clicked=frozenset(told.get("clicked", ())),
            answered=frozenset(told.get("answered", ())),
            confirmed=bool(told.get("confirmed", False)),
            booked_after_days=None if told.get("booked_after_days") is None else float(told["booked_after_days"]),
            visit_in_days=float(told.get("visit_in_days", plain.visit_in_days)),
            slots=int(told.get("slots", plain.slots)),
            fields={str(name): str(value) for name, value in dict(told.get("fields", {})).items()},
            tags=frozenset(map(str, told.get("tags", ()))),
            score=float(told.get("score", 0)),
            events=tuple(_event(each) for each in told.get("events", ())),
            minor=bool(told.get("minor", False)),
            paused_days=float(told.get("paused_days", 0)),
        )
    except UnknownLead:
        raise
    except (TypeError, ValueError) as fault:
        raise UnknownLead(f"a value is of the wrong kind: {fault}") from None


def _event(told: Any) -> tuple[str, str | None, float]:
    if not isinstance(told, Mapping):
        raise UnknownLead('an event is an object, such as {"kind": "clicked", "link": "book", "after_days": 3}')
    _only(told, EVENT_KEYS)
    kinds: tuple[str, ...] = get_args(Deed)
    kind = str(told.get("kind", ""))
    if kind not in kinds:
        raise UnknownLead(f"unknown event '{kind}'" + _near(kind, kinds))
    days = float(told["after_days"]) if "after_days" in told else -float(told.get("days_ago", 0))
    return kind, told.get("link"), days


def _only(told: Mapping[Any, Any], keys: Sequence[str]) -> None:
    for key in told:
        if key not in keys:
            raise UnknownLead(f"unknown key '{key}'" + _near(str(key), keys))


def _near(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, 1)
    return f", did you mean '{near[0]}'?" if near else f"; use one of: {', '.join(words)}"


def find_campaign(name: str, conn: Connection | None, clinic: ClinicRow | None) -> Campaign | None:
    """By a file's path, by the clinic's draft or published campaign, or by the shipped file's key. Raises Faults."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return read_campaign(read_file(path), mails_beside(path, TEMPLATES), path.name)
    if conn is not None and clinic is not None:
        row = campaigns.by_key(conn, clinic.id, name)
        if row is not None:
            source, mails = campaign_texts.newest(conn, row)
            return read_campaign(source, mails, f"{name}.yaml")
    return shipped_campaign(name)


def shipped_campaign(key: str) -> Campaign | None:
    """The shipped file of that key, read and checked. Raises Faults."""
    file = shipped(CAMPAIGNS, TEMPLATES).get(key)
    return None if file is None else read_campaign(file.text, file.mails, f"campaigns/{key}.yaml")
