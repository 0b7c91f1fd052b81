"""The Campaigns room: every series with its people, and one series drawn, its mails, and who stands where."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain import words
from service.domain.acts import SplitStep
from service.domain.campaign import BranchStep, Definition, MailStep
from service.domain.enrollment import EnrollmentState
from service.domain.flow import Item, draw, forks
from service.domain.mail import Rendered
from service.storage import campaign_numbers, campaigns, choices, lead_names
from service.storage.campaign_numbers import BEFORE, PAGE, After, CampaignNumbers, Part, RunLine, StepNumbers
from service.storage.campaigns import CampaignRow
from service.storage.clinics import ClinicRow
from service.usecases.count_campaign import CampaignCount, count_campaign, kept_count
from service.usecases.count_campaigns import campaigns_count
from service.usecases.kit import Kit
from service.usecases.preview_mail import Heading, headings, preview_mail
from service.usecases.show_next import HOLDS, NextMail, show_next
from service.usecases.show_splits import SplitCard, show_splits
from service.usecases.step_words import entry_words, step_words

HELD = (*HOLDS, "overdue", "content-expired", "content-broken", "restored", "campaign-paused")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """`sent`: mails of the last 30 days; `unpublished`: begun, and never published."""

    row: CampaignRow
    entry: str
    numbers: CampaignNumbers
    sent: int
    unpublished: bool


@dataclass(frozen=True, slots=True)
class Campaigns:
    """`taken_at`: when the people were counted, None: just now."""

    lines: list[CampaignLine]
    taken_at: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign with the version that new people enter. `kept`: its numbers of some minutes ago, where it has too many
    people to count them at each look."""

    row: CampaignRow
    version: Campaign
    number: int
    entry: str
    numbers: CampaignNumbers
    kept: CampaignCount | None = None

    @property
    def definition(self) -> Definition:
        return self.version.definition

    @property
    def unpublished(self) -> bool:
        """Begun, and nobody enters it before it is published."""
        return self.definition.blank


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


def show_campaigns(kit: Kit, clinic: ClinicRow) -> Campaigns:
    """Those with most people here first."""
    counted = campaigns_count(kit, clinic.id)
    with kit.db.read() as conn:
        rows = [row for row in campaigns.of_clinic(conn, clinic.id) if row.kind == campaigns.SERIES]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
    lines = [
        CampaignLine(
            row,
            entry_words(versions[row.version_id].definition.entry),
            counted.numbers.get(row.id, CampaignNumbers()),
            counted.sent.get(row.id, 0),
            versions[row.version_id].definition.blank,
        )
        for row in rows
    ]
    lines.sort(key=lambda line: (-line.numbers.here, -line.numbers.entered, line.row.name))
    return Campaigns(lines, counted.taken_at)


def open_campaign(kit: Kit, clinic_id: int, name: str) -> Opened | None:
    """By its key or its id; None where the clinic has no such campaign."""
    with kit.db.read() as conn:
        found = campaigns.opened(conn, clinic_id, name)
        if found is None:
            return None
        row, number = found
        version = kit.library.version(conn, row.version_id)
    kept = kept_count(kit, clinic_id, row.id, row.version_id, version.definition)
    if kept is None:
        with kit.db.read() as conn:
            numbers = campaign_numbers.of_campaign(conn, clinic_id, row.id)
    else:
        numbers = kept.numbers
    return Opened(row, version, number, entry_words(version.definition.entry), numbers, kept)


def show_flow(kit: Kit, clinic: ClinicRow, opened: Opened, now: int) -> Flow:
    items = draw(opened.definition)
    parted = [fork for fork in forks(items) if isinstance(fork.step, SplitStep)]
    with kit.db.read() as conn:
        results = choices.results(conn, clinic.id, opened.row.id) if parted else {}
        counted = opened.kept or count_campaign(conn, clinic.id, opened.row.id, opened.definition, opened.numbers)
        found = counted.steps
        if opened.kept is not None:
            _name(conn, found)
        ahead = show_next(kit, conn, clinic, opened.row.id, now, opened.kept is not None)
    known = opened.definition.steps
    splits = show_splits(parted, results, opened.row.goal)
    took: dict[tuple[str, int], int | None] = dict(counted.roads)
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


def _name(conn: Connection, steps: dict[str, StepNumbers]) -> None:
    """Names some of those who wait."""
    names = lead_names.own(conn, {lead_id for step in steps.values() for lead_id in step.waiting})
    for step in steps.values():
        step.faces = [names[lead_id] for lead_id in step.waiting if lead_id in names]


def show_people(kit: Kit, clinic_id: int, opened: Opened, part: Part, after: After | None, now: int) -> People:
    with kit.db.read() as conn:
        rows = campaign_numbers.people(conn, clinic_id, opened.row.id, part, after)
        shown = rows[:PAGE]
        versions = kit.library.versions(conn, {row.version_id for row in shown})
        counted = opened.kept.of(part) if opened.kept else None
        if counted is None:
            counted = campaign_numbers.count(conn, clinic_id, opened.row.id, part)
    lines = [_person(versions[row.version_id].definition, row, now) for row in shown]
    more = (shown[-1].entered_at, shown[-1].id) if len(rows) > PAGE else None
    return People(counted, lines, more)


def show_headings(kit: Kit, clinic: ClinicRow, opened: Opened, now: int, reader: str) -> dict[str, Heading]:
    """Each mail's subject and preheader, as a sample reader meets them."""
    with kit.db.read() as conn:
        return headings(kit, conn, clinic, opened.version, now, reader)


def show_mail(kit: Kit, clinic: ClinicRow, opened: Opened, mail: str, now: int, reader: str) -> Rendered:
    """Raises KeyError for a mail that the campaign does not send."""
    with kit.db.read() as conn:
        return preview_mail(kit, conn, clinic, opened.version, mail, now, reader)


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
