"""What would happen at once if a clinic that has stopped all mail were started now: each person once, as the engine
decides at this moment. Nothing is read that the tick does not read, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.campaign import MailStep
from service.domain.decision import Send, Wait
from service.storage import campaigns, clinics, enrollments, lead_names
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit
from service.usecases.paths import load_paths

MOST = 1_000  # runs that are looked through; a page must not take seconds
NAMED = 12  # of each group; the number tells of the others

Person = tuple[int, str]  # lead id and name


@dataclass(slots=True)
class Group:
    """One mail and who gets it, the first dozen by name."""

    title: str
    campaign: str
    people: list[Person] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """`goes`: the mails that would leave at once, most people first. `people`: how many get one. `later`: how many are
    due and wait on by a rule (an hour, a day's cap, a pause); `held`: how many would wait for a person. `more`: there
    are others whom this did not look at."""

    goes: list[Group]
    people: int
    later: int
    held: int
    more: bool


def preview_start(kit: Kit, conn: Connection, clinic: ClinicRow, now: int) -> Preview:
    """A dozen statements, whoever waits."""
    others = [key for key in clinics.everyone(conn) if key != clinic.id]
    due = enrollments.due(conn, now, MOST + 1, others)
    more, due = len(due) > MOST, due[:MOST]
    resting = campaigns.paused(conn, {row.campaign_id for row in due})
    moving = [row for row in due if row.campaign_id not in resting]
    groups: dict[tuple[str, str], Group] = {}
    gets, later, held = set[int](), set[int](), set[int]()
    for ready in load_paths(kit, conn, moving, now)[0] if moving else ():
        lead_id = ready.rows[0].lead_id
        later.add(lead_id)
        for decided in ready.path.walk(now, now):
            match decided.decision:
                case Send(MailStep(key, title=title)) if not decided.lost:
                    definition = decided.walker.definition
                    group = groups.setdefault((definition.key, key), Group(words.title(title), definition.name))
                    group.count += 1
                    group.people += [(lead_id, "")] if len(group.people) < NAMED else []
                    gets.add(lead_id)
                case Wait(None):
                    held.add(lead_id)
    goes = sorted(groups.values(), key=lambda group: (-group.count, group.campaign, group.title))
    _name(conn, goes)
    return Preview(goes, len(gets), len(later - gets - held), len(held - gets), more)


def _name(conn: Connection, groups: Iterable[Group]) -> None:
    names = lead_names.by_id(conn, {lead_id for group in groups for lead_id, _ in group.people})
    for group in groups:
        group.people = [(lead_id, names[lead_id]) for lead_id, _ in group.people]
