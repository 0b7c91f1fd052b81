"""The dated chain behind a mail's hour: when it was ready, what it had to let pass, and what held it on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from service.domain import words
from service.domain.campaign import BranchStep, Definition, MailStep
from service.domain.decision import Send, Wait
from service.domain.enrollment import Enrollment, Facts
from service.domain.places import in_window, instant
from service.domain.reasons import moved_because
from service.domain.timing import day_start, local_day
from service.usecases.walk import Decided

TO_TOMORROW = frozenset({"capped", "no-capacity"})


@dataclass(frozen=True, slots=True)
class Because:
    at: int
    words: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """A mail that would leave `at` (UTC epoch seconds), `ready` when its own wait was over; `because` says why it did
    not leave then, empty where it did. `fork` names the question that is waited for until then."""

    at: int
    step: str
    mail: str
    title: str
    ready: int
    because: tuple[Because, ...] = ()
    fork: str | None = None

    @property
    def why(self) -> str:
        return "; ".join(each.words for each in self.because)


@dataclass(slots=True)
class Notes:
    """Listens to a walk and tells each mail with its reasons. `phrases`: what each closed local day is."""

    phrases: Mapping[int, str] = field(default_factory=dict)
    _held: dict[int, list[Because]] = field(default_factory=dict)
    _forks: dict[int, str] = field(default_factory=dict)

    def hear(self, each: Decided) -> Ahead | None:
        """The mail, where one leaves."""
        run, definition, facts = each.run, each.walker.definition, each.walker.facts
        step = definition.steps[run.step]
        match each.decision:
            case Wait(int(until), guard):
                if isinstance(step, BranchStep):
                    self._forks[run.id] = run.step
                elif isinstance(step, MailStep) and guard != "not-yet":
                    held = held_because(definition, guard, each.at, until, facts, self.phrases)
                    self._held.setdefault(run.id, []).extend(held)
            case Send(sent, mail) if not each.lost:
                ready = ready_at(sent, run, facts)
                because = placed_because(definition, sent, ready, facts, self.phrases)
                because += self._held.pop(run.id, [])
                fork = self._forks.pop(run.id, None)
                return Ahead(each.at, sent.key, mail, sent.title, ready, tuple(because), fork)
            case Send():
                pass
            case _:
                self._held.pop(run.id, None)
        return None


def ready_at(step: MailStep, run: Enrollment, facts: Facts) -> int:
    """When the wait for the mail is over by itself, hours for mails left out."""
    return instant(step.delay, step.anchor, run.since, facts)


def placed_because(
    definition: Definition, step: MailStep, ready: int, facts: Facts, phrases: Mapping[int, str]
) -> list[Because]:
    """Why the mail was not due when it was ready."""
    return _moved(definition, ready, in_window(definition, step, ready, facts), facts, phrases)


def held_because(
    definition: Definition,
    guard: str,
    at: int,
    until: int,
    facts: Facts,
    phrases: Mapping[int, str],
) -> list[Because]:
    """What held a mail at an instant, and why the hour that it was moved to is what it is."""
    if guard == "outside-window":
        return _moved(definition, at, until, facts, phrases)
    known: dict[str, Any] = {
        name: getattr(facts, name) for name in ("sent_today", "sent_week", "cap_day", "cap_week", "paused_until")
    }
    if facts.day_full is not None:
        known["pace"] = asdict(facts.day_full)
    held = [Because(at, words.held_because(guard, known, facts.zone, at))]
    if guard in TO_TOMORROW:
        held += _moved(definition, day_start(local_day(at, facts.zone) + 1, facts.zone), until, facts, phrases, True)
    elif guard == "paused" and facts.paused_until is not None:
        held += _moved(definition, facts.paused_until, until, facts, phrases)
    return held


def _moved(
    definition: Definition,
    ready: int,
    left_at: int,
    facts: Facts,
    phrases: Mapping[int, str],
    from_midnight: bool = False,
) -> list[Because]:
    zone = facts.zone if definition.window.zone == "lead" else facts.clinic_zone
    closed = {day: phrases.get(day, "closed here") for day in facts.closed}
    reasons = moved_because(ready, left_at, definition.window, facts.quiet, zone, closed)
    return [
        Because(each.at, each.words)
        for each in reasons
        # A day that begins at midnight needs no word about its small hours.
        if not (from_midnight and each.kind in ("early", "quiet"))
    ]
