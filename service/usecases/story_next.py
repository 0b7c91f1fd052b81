"""What a lead's running series do next, and the dated chain of reasons behind it."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain import words
from service.domain.campaign import BranchStep, MailStep, WaitStep
from service.domain.timing import later
from service.domain.words import date, day_near
from service.storage.enrollments import DueRow
from service.usecases.foresee import foresee
from service.usecases.paths import path_of
from service.usecases.told import Told
from service.usecases.why_then import Ahead, Because

HELD = frozenset({"campaign-paused", "overdue", "content-expired", "content-broken", "restored", "brake"})
UNLESS = {
    "booked": " If they book before, it is not sent.",
    "confirmed": " If they confirm before, it is not sent.",
}
SOON = 60


@dataclass(frozen=True, slots=True)
class Next:
    """What a running series does next, by its mail of `step`; `title` empty: no further mail. `at` None: a person
    decides first, `held` says why."""

    campaign_id: int
    key: str
    campaign: str
    step: str
    title: str
    at: int | None
    fork: str
    held: str
    because: tuple[Because, ...]
    then: Ahead | None
    goal: str
    why: str = ""


def next_of_all(told: Told) -> list[Next]:
    """Of every running series, in the order of their rows. Those that share the lead's caps are walked together; what a
    person holds takes nobody's place."""
    definitions = {key: version.definition for key, version in told.versions.items()}
    going = [run for run in told.runs if run.guard not in HELD]
    walks = [[going] if going else [], [[run] for run in told.runs if run.guard in HELD]]
    ahead: dict[int, list[Ahead]] = {}
    for rows in (rows for walk in walks for rows in walk):
        phrases = told.loaded.closed[told.lead.clinic_id].phrases
        ahead |= foresee(path_of(rows, definitions, told.loaded).path, told.now, phrases)
    return [_next(told, run, ahead[run.id]) for run in told.runs]


def _next(told: Told, run: DueRow, ahead: list[Ahead]) -> Next:
    campaign, version = told.campaigns[run.campaign_id], told.versions[run.version_id]
    first = ahead[0] if ahead else None
    step = version.definition.steps[run.step]
    held = words.GUARDS[run.guard] if run.guard in HELD else ""
    if told.clinic.stopped_at is not None and not held:
        held = "all mail of the clinic is stopped"
    return Next(
        campaign_id=run.campaign_id,
        key=campaign.key,
        campaign=campaign.name,
        step=first.step if first else run.step,
        title=words.title(first.title) if first else "",
        at=None if held or first is None else first.at,
        fork=_fork_words(step) if isinstance(step, BranchStep) else "",
        held=held,
        because=tuple(_because(told, run, first)),
        then=ahead[1] if len(ahead) > 1 else None,
        goal=campaign.goal,
        why=first.why if first is not None else "",
    )


def _fork_words(step: BranchStep) -> str:
    return " or ".join(f"“{arm.label}”" for arm in step.arms)


def _because(told: Told, run: DueRow, first: Ahead | None) -> list[Because]:
    """The dated chain behind the next mail: when the wait began, how long it is, and the hours for mails."""
    definition = told.versions[run.version_id].definition
    step = definition.steps[run.step]
    chain = [Because(run.since, _began(told, run))]
    anchor = getattr(step, "anchor", None)
    if anchor is not None and told.loaded.facts[run.id].anchors.get("appointment"):
        visit = told.loaded.facts[run.id].anchors["appointment"]
        chain = [Because(visit, f"The visit, {told.visit_time(visit)}. This mail is meant for {words.anchor(anchor)}.")]
    elif isinstance(step, MailStep | WaitStep | BranchStep) and not step.delay.none:
        ready = later(run.since, step.delay, run.zone)
        chain.append(Because(ready, f"This step waits {words.delay(step.delay)}."))
    if isinstance(step, BranchStep):
        ends = later(later(run.since, step.delay, run.zone), step.within, run.zone)
        labels = _fork_words(step)
        chain.append(Because(ends, f"Until then it waits for {labels}; without that it goes on as told here."))
    if run.guard in ("capped", "no-capacity", "pace", "paused", "outside-window", "brake", "visit-unmarked"):
        chain.append(Because(run.due_at, f"It was held: {words.GUARDS[run.guard]}."))
    if first is not None:
        moved = [Because(each.at, f"{each.words[:1].upper()}{each.words[1:]}.") for each in first.because]
        chain += [*moved, Because(first.at, _leaves(told, run, first))]
    return chain


def _leaves(told: Told, run: DueRow, first: Ahead) -> str:
    definition = told.versions[run.version_id].definition
    step = definition.steps[first.step]
    if isinstance(step, MailStep) and step.at_once:
        hours = "This mail leaves at once, at any hour."
    else:
        whose = "their" if definition.window.zone == "lead" else "the clinic’s"
        hours = f"Mails leave {words.window(definition.window)}, {whose} time."
    return hours + UNLESS.get(definition.goal, "")


def _began(told: Told, run: DueRow) -> str:
    before = [row for row in told.sends if row.enrollment_id == run.id and row.accepted_at is not None]
    if run.since - run.entered_at < SOON or not before:
        return f"They entered “{told.campaign(run.campaign_id)}”."
    last = max(before, key=lambda row: row.created_at)
    return f"The step before was done; “{told.title(last.version_id, last.step, last.mail)}” had been sent."


def nothing_words(told: Told) -> str:
    """Why no mail is ahead."""
    since = told.lead.consent_at or told.now
    match told.lead.consent:
        case "none":
            return "They never agreed to mails, so none is sent."
        case "pending":
            return "They have not confirmed their address, and the question is no longer open."
        case "withdrawn":
            return f"They asked us to stop on {date(since, told.zone)}. Nothing is sent but mail about a visit."
    return _last_end(told)


def _last_end(told: Told) -> str:
    exits = [row for row in told.refusals if row.kind == "exited"]
    ends = [row for row in told.events if row.kind == "completed"]
    left = max(exits, key=lambda row: row.at, default=None)
    ended = max(ends, key=lambda row: row.at, default=None)
    if left is not None and (ended is None or left.at >= ended.at):
        reason = words.left_because(left.reason, told.goal(left.campaign_id))
        return f"“{told.campaign(left.campaign_id)}” ended {day_near(left.at, told.zone, told.now)}: {reason}."
    if ended is not None:
        name = told.campaign_by_key(ended.data.get("campaign"))
        return f"“{name}” ran to its end {day_near(ended.at, told.zone, told.now)}."
    return "No series has taken them yet."
