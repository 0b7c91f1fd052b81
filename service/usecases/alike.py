"""Deciding once for all who stand alike.

Most of a batch stands at one step with nothing known of any of them but what their rows say. A decision is shared by
those whose rows are equal in all that it is shared by, unless it looked at anything else of the lead: then each is
decided on alone. That it looked is seen, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any

from service.domain.campaign import Definition, MailStep
from service.domain.decision import Decision, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.rate import DayFull
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.usecases.loaded import Loaded

# Who came into a campaign's hands while it was being paused.
REST = Wait(None, "campaign-paused")


@dataclass(slots=True, eq=False)
class Verdict:
    """A decision with what it rests on; several runs may share one, so nothing of it is changed. `made`: what a batch
    works out of it once, by name."""

    definition: Definition
    facts: Facts
    clinic: ClinicRow
    decision: Decision
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> MailStep:
        """The step that sends."""
        return self._sends.step

    @property
    def mail(self) -> str:
        """What is sent."""
        return self._sends.mail

    @property
    def _sends(self) -> Send:
        if not isinstance(self.decision, Send):
            raise TypeError("this decision sends nothing")
        return self.decision


class Verdicts:
    """The verdicts of one batch. `resting`: campaigns that are paused."""

    def __init__(self, loaded: Loaded, resting: Collection[int]) -> None:
        self._loaded = loaded
        self._resting = resting
        self._shared: dict[tuple[object, ...], Verdict | None] = {}
        self._changed: dict[tuple[int, object], Verdict] = {}

    def of(self, row: DueRow) -> Verdict:
        """What becomes of the run."""
        if self._loaded.lone(row):
            return self._alone(row)
        key = (
            *(row.version_id, row.step, row.visit, row.due_at, row.held_at, row.guard, row.clinic_id, row.zone),
            *(row.consent, row.paused_until, row.pace, row.minor, row.urgent, tuple(row.refused_topics)),
            *(self._loaded.sent(row) if row.lead_id in self._loaded.mailed else ()),
        )
        found = self._shared.get(key)
        if found is None:
            if key in self._shared:
                return self._alone(row)
            found = self._watched(row)
            self._shared[key] = found
            if found is None:
                return self._alone(row)
        return found

    def full(self, row: DueRow, verdict: Verdict, full: DayFull) -> Verdict:
        """Decided anew for a run whose clinic has no more mails left today."""
        facts = replace(verdict.facts, day_full=full, lead_id=row.lead_id)
        decision = decide(verdict.definition, at(row), facts, self._loaded.now)
        return Verdict(verdict.definition, facts, verdict.clinic, decision)

    def broken(self, verdict: Verdict) -> Verdict:
        """For those whose mail cannot be made."""
        key = (id(verdict), "broken")
        if key not in self._changed:
            self._changed[key] = Verdict(
                verdict.definition, verdict.facts, verdict.clinic, Wait(None, "content-broken")
            )
        return self._changed[key]

    def _alone(self, row: DueRow) -> Verdict:
        facts, definition = self._loaded.facts_of(row), self._loaded.definitions[row.version_id]
        if row.campaign_id in self._resting:
            decision: Decision = REST
        else:
            decision = decide(definition, at(row), facts, self._loaded.now)
        decision = _until_a_click_counts(decision, self._loaded.counts_at(row))
        return Verdict(definition, facts, self._loaded.clinics[row.clinic_id], decision)

    def _watched(self, row: DueRow) -> Verdict | None:
        """None when the decision looked at what is not shared."""
        definition, clinic = self._loaded.definitions[row.version_id], self._loaded.clinics[row.clinic_id]
        known = self._loaded.facts_of(row)
        if row.campaign_id in self._resting:
            return Verdict(definition, known, clinic, REST)
        facts, run = WatchedFacts.like(known), WatchedRun.like(at(row))
        decision = decide(definition, run, facts, self._loaded.now)
        return None if facts.looked or run.looked else Verdict(definition, known, clinic, decision)


def at(row: DueRow) -> Enrollment:
    """The row as the engine knows it."""
    return Enrollment(
        id=row.id,
        lead_id=row.lead_id,
        step=row.step,
        visit=row.visit,
        entered_at=row.entered_at,
        since=row.since,
        due_at=row.due_at,
        held_at=row.held_at,
        visits=row.visits or {},
    )


def _until_a_click_counts(decision: Decision, counts_at: int | None) -> Decision:
    """A branch that would wait longer looks again as soon as a click that it has not seen yet counts."""
    match decision:
        case Wait(int(until), "not-yet") if counts_at is not None and counts_at < until:
            return replace(decision, until=counts_at)
    return decision


def _watched(of: type, name: str) -> Any:
    slot = getattr(of, name)

    def look(self: Any) -> Any:
        self.looked = True
        return slot.__get__(self)

    def put(self: Any, value: Any) -> None:
        slot.__set__(self, value)

    return property(look, put)


def _like(kind: type, of: type) -> Callable[[Any], Any]:
    names = [each.name for each in fields(of)]

    def like(known: Any) -> Any:
        made = kind(**{name: getattr(known, name) for name in names})
        made.looked = False
        return made

    return like


class WatchedFacts(Facts):
    """Tells whether anybody `looked` at what those who stand alike do not share."""

    __slots__ = ("looked",)
    looked: bool
    lead_id: Any = _watched(Facts, "lead_id")
    confirmed: Any = _watched(Facts, "confirmed")
    interest: Any = _watched(Facts, "interest")

    @classmethod
    def like(cls, known: Facts) -> WatchedFacts:
        found: WatchedFacts = _like(cls, Facts)(known)
        return found


class WatchedRun(Enrollment):
    """The same of a run."""

    __slots__ = ("looked",)
    looked: bool
    id: Any = _watched(Enrollment, "id")
    lead_id: Any = _watched(Enrollment, "lead_id")
    entered_at: Any = _watched(Enrollment, "entered_at")
    since: Any = _watched(Enrollment, "since")

    @classmethod
    def like(cls, run: Enrollment) -> WatchedRun:
        found: WatchedRun = _like(cls, Enrollment)(run)
        return found
