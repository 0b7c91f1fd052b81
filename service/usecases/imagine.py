"""An imagined lead for a simulation: what a person may say of one, checked, and run through a definition."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.content.campaign_file import Campaign, shipped
from service.domain.campaign import Definition
from service.domain.enrollment import Facts
from service.domain.timing import DAY
from service.usecases.library import read_campaign
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES
from service.usecases.simulate import Happening, simulate

KEYS = ("timezone", "interest", "consent", "clicked", "answered", "booked_after_days", "visit_in_days", "slots")


class UnknownLead(ValueError):
    """Says which key is off."""


@dataclass(frozen=True, slots=True)
class Imagined:
    """`booked_after_days` counts from sign-up: the goal is met then. `visit_in_days`: for campaigns about a visit."""

    zone: str = "America/Chicago"
    interest: str | None = None
    consent: bool = True
    clicked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    booked_after_days: float | None = None
    visit_in_days: float = 7
    slots: int = 3

    def run(self, definition: Definition, start: int) -> list[Happening]:
        booked_at = None if self.booked_after_days is None else start + int(self.booked_after_days * DAY)

        def know(now: int, facts: Facts) -> Facts:
            facts.goal_at = booked_at if booked_at is not None and now >= booked_at else None
            return facts

        return simulate(definition, self._facts(start), start, know)

    def _facts(self, start: int) -> Facts:
        return Facts(
            zone=self.zone,
            clinic_zone=self.zone,
            consent=self.consent,
            interest=self.interest,
            clicked=self.clicked,
            answered=self.answered,
            anchors={"appointment": start + int(self.visit_in_days * DAY)},
            slots_open=self.slots,
        )


def imagine(told: Any) -> Imagined:
    """From a JSON object of KEYS. Raises UnknownLead."""
    if not isinstance(told, Mapping):
        raise UnknownLead('give an object, such as {"timezone": "America/Chicago", "clicked": ["book"]}')
    for key in told:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            raise UnknownLead(f"unknown key '{key}'" + (f", did you mean '{near[0]}'?" if near else ""))
    plain = Imagined()
    try:
        return Imagined(
            zone=str(told.get("timezone", plain.zone)),
            interest=told.get("interest"),
            consent=bool(told.get("consent", True)),
            clicked=frozenset(told.get("clicked", ())),
            answered=frozenset(told.get("answered", ())),
            booked_after_days=told.get("booked_after_days"),
            visit_in_days=float(told.get("visit_in_days", plain.visit_in_days)),
            slots=int(told.get("slots", plain.slots)),
        )
    except (TypeError, ValueError) as fault:
        raise UnknownLead(f"a value is of the wrong kind: {fault}") from None


def shipped_campaign(key: str) -> Campaign | None:
    """The shipped file of that key, read and checked. Raises Faults."""
    file = shipped(CAMPAIGNS, TEMPLATES).get(key)
    return None if file is None else read_campaign(file.text, file.mails, f"campaigns/{key}.yaml")
