"""The Campaigns room: every series with its people, and one series drawn, its mails, and who stands where."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.campaign_file import Campaign
from service.domain import words
from service.domain.act_words import act_words
from service.domain.acts import ActStep, JumpStep, SplitStep
from service.domain.campaign import BranchStep, Definition, MailStep, WaitStep
from service.domain.enrollment import EnrollmentState
from service.domain.entry import Entry
from service.domain.flow import Card, Fork, Item, Lane, draw, forks
from service.domain.mail import Rendered
from service.domain.timing import DAY, WEEKDAYS
from service.storage import campaign_numbers, campaigns, choices
from service.storage.campaign_numbers import BEFORE, PAGE, After, CampaignNumbers, Part, Road, RunLine, StepNumbers
from service.storage.campaigns import CampaignRow
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit
from service.usecases.preview_mail import Heading, headings, preview_mail
from service.usecases.show_next import HOLDS, NextMail, show_next
from service.usecases.show_splits import SplitCard, show_splits

LATELY = 30 * DAY
HELD = (*HOLDS, "overdue", "content-expired", "content-broken", "restored", "campaign-paused")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """`sent`: mails of the last 30 days."""

    row: CampaignRow
    entry: str
    numbers: CampaignNumbers
    sent: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign with the version that new people enter."""

    row: CampaignRow
    version: Campaign
    number: int
    entry: str
    numbers: CampaignNumbers

    @property
    def definition(self) -> Definition:
        return self.version.definition


@dataclass(frozen=True, slots=True)
class Flow:
    """`steps` has a line for each step drawn. `roads`: how many took a way, by fork and place; None where no trace
    tells. `elsewhere`: who waits at a step of an older version, which is not drawn."""

    items: tuple[Item, ...]
    steps: dict[str, StepNumbers]
    before: StepNumbers
    roads: dict[tuple[str, int], int | None]
    elsewhere: int
    best: tuple[str, int] | None
    next: list[NextMail]
    splits: list[SplitCard]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Where somebody stands, in words, and the instant that belongs to it."""

    run: RunLine
    where: str
    detail: str
    at: int


@dataclass(frozen=True, slots=True)
class People:
    counted: int
    lines: list[PersonLine]
    more: After | None


def show_campaigns(kit: Kit, clinic: ClinicRow, now: int) -> list[CampaignLine]:
    """Those with most people here first."""
    with kit.db.read() as conn:
        rows = [row for row in campaigns.of_clinic(conn, clinic.id) if row.kind == campaigns.SERIES]
        numbers = campaign_numbers.of_clinic(conn, clinic.id)
        sent = campaign_numbers.sent_since(conn, clinic.id, now - LATELY)
        versions = kit.library.versions(conn, {row.version_id for row in rows})
    lines = [
        CampaignLine(
            row,
            entry_words(versions[row.version_id].definition.entry),
            numbers.get(row.id, CampaignNumbers()),
            sent.get(row.id, 0),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (-line.numbers.here, -line.numbers.entered, line.row.name))


def open_campaign(kit: Kit, clinic_id: int, name: str) -> Opened | None:
    """By its key or its id; None where the clinic has no such campaign."""
    with kit.db.read() as conn:
        found = campaigns.opened(conn, clinic_id, name)
        if found is None:
            return None
        row, number = found
        version = kit.library.version(conn, row.version_id)
        numbers = campaign_numbers.of_campaign(conn, clinic_id, row.id)
    return Opened(row, version, number, entry_words(version.definition.entry), numbers)


def show_flow(kit: Kit, clinic: ClinicRow, opened: Opened, now: int) -> Flow:
    items = draw(opened.definition)
    asked = {
        (fork.step.key, place): road
        for fork in forks(items)
        for place in range(len(fork.lanes))
        if (road := road_of(fork, place)) is not None
    }
    parted = [fork for fork in forks(items) if isinstance(fork.step, SplitStep)]
    with kit.db.read() as conn:
        results = choices.results(conn, clinic.id, opened.row.id) if parted else {}
        found = campaign_numbers.steps(conn, clinic.id, opened.row.id)
        counted = campaign_numbers.roads(conn, clinic.id, opened.row.id, list(asked.values()))
        ahead = show_next(kit, conn, clinic, opened.row.id, now)
    known = opened.definition.steps
    splits = show_splits(parted, results, opened.row.goal)
    took: dict[tuple[str, int], int | None] = dict(zip(asked, counted, strict=True))
    took |= {(card.step, place): way.people for card in splits for place, way in enumerate(card.ways)}
    return Flow(
        items=items,
        steps={key: found.get(key, StepNumbers()) for key in known},
        before=found.get(BEFORE, StepNumbers()),
        roads=took,
        elsewhere=sum(each.waits for key, each in found.items() if key not in known),
        best=_best(opened.definition, found),
        next=ahead,
        splits=splits,
    )


def show_people(kit: Kit, clinic_id: int, opened: Opened, part: Part, after: After | None, now: int) -> People:
    with kit.db.read() as conn:
        rows = campaign_numbers.people(conn, clinic_id, opened.row.id, part, after)
        shown = rows[:PAGE]
        versions = kit.library.versions(conn, {row.version_id for row in shown})
        counted = campaign_numbers.count(conn, clinic_id, opened.row.id, part)
    lines = [_person(versions[row.version_id].definition, row, now) for row in shown]
    more = (shown[-1].entered_at, shown[-1].id) if len(rows) > PAGE else None
    return People(counted, lines, more)


def show_headings(kit: Kit, clinic: ClinicRow, opened: Opened, now: int) -> dict[str, Heading]:
    """Each mail's subject and preheader, as a sample person reads them."""
    with kit.db.read() as conn:
        return headings(kit, conn, clinic, opened.version, now)


def show_mail(kit: Kit, clinic: ClinicRow, opened: Opened, mail: str, now: int) -> Rendered:
    """Raises KeyError for a mail that the campaign does not send."""
    with kit.db.read() as conn:
        return preview_mail(kit, conn, clinic, opened.version, mail, now)


def part_of(definition: Definition, state: str, step: str | None, way: int | None) -> Part | None:
    """Whom these three words of an address ask for; None for what the series does not have."""
    if state in ("way", "reached"):
        fork = next((fork for fork in forks(draw(definition)) if fork.step.key == step), None)
        if fork is None or way is None or not 0 <= way < len(fork.lanes):
            return None
        if isinstance(fork.step, SplitStep):
            return Part(state, step, label=fork.lanes[way].label, reached=state == "reached")
        road = road_of(fork, way) if state == "way" else None
        return Part("way", step, road) if road is not None else None
    if state not in campaign_numbers.STATES:
        return None
    if step is not None and step not in definition.steps and not (step == BEFORE and state in ("booked", "left")):
        return None
    return Part(state, step)


def road_of(fork: Fork, place: int) -> Road | None:
    """What shows that somebody took this way of a question; None where nothing does: waits alone leave no trace."""
    if isinstance(fork.step, SplitStep) or any(lane.keys and not _traced(lane) for lane in fork.lanes):
        return None  # of a split the choices themselves are kept
    lane = fork.lanes[place]
    if lane.keys:
        return Road(lane.keys)
    others = frozenset().union(*(other.keys for other in fork.lanes))
    alone = sum(not other.keys for other in fork.lanes) == 1
    return Road(fork.below, others) if alone and fork.below else None


def entry_words(entry: Entry) -> str:
    """Sign-up: sciatica, neck pain"""
    begins = words.ENTRIES[entry.on]
    if entry.interests:
        return f"{begins}: {', '.join(words.INTERESTS.get(key, key).lower() for key in sorted(entry.interests))}"
    if entry.what:
        told = words.LINKS.get(entry.what) or words.ANSWERS.get(entry.what) or f"“{entry.what}”"
        return f"{begins}: {told}" + (f" is “{entry.value}”" if entry.value else "")
    if entry.date is not None:
        moved = (
            ""
            if entry.date.delay.none
            else f"{words.delay(entry.date.delay)} {'before' if entry.date.before else 'after'} "
        )
        return f"{begins}: {moved}“{entry.date.field}”{', each year' if entry.date.yearly else ''}"
    return f"{begins}: whatever no other series takes" if entry.otherwise else begins


def step_words(definition: Definition, key: str) -> str:
    """A step as a list names it: “Why this kind of pain lingers”."""
    step = definition.steps.get(key)
    match step:
        case MailStep():
            return f"“{words.title(step.title)}”"
        case BranchStep():
            return f"the question “{' or '.join(arm.label for arm in step.arms)}?”"
        case None:
            return "a step of an older version"
        case WaitStep():
            if step.hour is not None:
                return f"the wait “{wait_words(definition, key)}”"
            return f"a wait of {words.delay(step.delay)}" if step.anchor is None else words.anchor(step.anchor)
    return act_words(step)


def wait_words(definition: Definition, key: str) -> str:
    """A wait of its own, as the drawing tells it: 2 days; Until 09:00, Mon–Fri"""
    step = definition.steps[key]
    if not isinstance(step, WaitStep):
        return ""
    told = words.anchor(step.anchor) if step.anchor else "" if step.delay.none else words.delay(step.delay)
    if step.hour is not None:
        hour = f"{step.hour.minute // 60:02}:{step.hour.minute % 60:02}"
        told = f"{told}, then until {hour}" if told else f"until {hour}"
        if len(step.hour.days) < len(WEEKDAYS):
            told += f", {', '.join(WEEKDAYS[day].capitalize() for day in sorted(step.hour.days))}"
    return (told[:1].upper() + told[1:]) or "Goes on at once"


def deed_words(definition: Definition, step: ActStep) -> str:
    """A step that sends nothing, as the drawing tells it: Goes back to “Why this kind of pain lingers”, at most once"""
    if isinstance(step, JumpStep):
        times = "once" if step.at_most == 1 else f"{step.at_most} times"
        return f"Goes back to {step_words(definition, step.to)}, at most {times}"
    told = act_words(step)
    return told[:1].upper() + told[1:]


def _traced(lane: Lane) -> bool:
    return any(isinstance(item, Card) for item in lane.items)


def _best(definition: Definition, found: dict[str, StepNumbers]) -> tuple[str, int] | None:
    """The mail after which most reached the goal, where it leads alone."""
    ranked = sorted(
        ((found[mail.key].booked, mail.key) for mail in definition.mails() if mail.key in found), reverse=True
    )
    if len(ranked) < 2 or ranked[0][0] <= max(1, ranked[1][0]):
        return None
    return ranked[0][1], ranked[0][0]


def _person(definition: Definition, run: RunLine, now: int) -> PersonLine:
    after = f"after {step_words(definition, run.after)}" if run.after else "before the first mail"
    if run.state == EnrollmentState.COMPLETED:
        return PersonLine(run, "Read to the end", after, run.ended_at or now)
    if run.state == EnrollmentState.EXITED:
        reason = words.left_because(run.reason or "", definition.goal)
        return PersonLine(run, reason[:1].upper() + reason[1:], after, run.ended_at or now)
    held = f"held: {words.GUARDS[run.guard]}" if run.guard in HELD else after
    return PersonLine(run, _waits_for(definition, run.step), held, run.due_at)


def _waits_for(definition: Definition, key: str) -> str:
    step = definition.steps.get(key)
    named = step_words(definition, key)
    if isinstance(step, BranchStep):
        return f"At {named}"
    return f"Waits for {named}" if isinstance(step, MailStep) else f"In {named}" if step else f"At {named}"
