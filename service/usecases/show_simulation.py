"""An imagined reader's way through a series, told as dates: which mail when, and why not earlier."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.domain import words
from service.domain.campaign import BranchStep, Definition
from service.domain.conditions import Clicked, Condition, Group, Not
from service.domain.enrollment import Facts
from service.domain.timing import DAY, HOUR, Delay, day_start, later, local_day
from service.storage.clinics import ClinicRow
from service.usecases.closures import Closed, load_closed
from service.usecases.kit import Kit
from service.usecases.simulate import Happening, simulate

BOOKS_AFTER, CLICKS_AFTER = 7 * DAY, Delay(days=1)
VISIT_IN_DAYS, VISIT_AT = 7, 10 * HOUR
DEEDS = ("reads", "clicks", "books")
NEVER_CLOSED = Closed(frozenset(), {})


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind`: mail, click, skip or end. `moved` says why a mail leaves later than its wait alone would have it."""

    at: int
    kind: str
    words: str
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    moments: tuple[Moment, ...]
    mails: int
    weeks: int
    last_at: int | None


def asks_for_clicks(definition: Definition) -> bool:
    """Whether a fork waits for the booking page to be opened."""
    forks = (step for step in definition.steps.values() if isinstance(step, BranchStep))
    return any(_asks(arm.when) for fork in forks for arm in fork.arms)


def show_simulation_here(
    kit: Kit, clinic: ClinicRow, definition: Definition, zone: str, start: int, does: str
) -> Strip:
    """As `show_simulation`, with the clinic's closed days and quiet hours."""
    with kit.db.read() as conn:
        closed = load_closed(conn, [clinic], start)[clinic.id]
    return show_simulation(definition, zone, clinic.zone, start, does, closed=closed, quiet=clinic.quiet)


def show_simulation(
    definition: Definition,
    zone: str,
    clinic_zone: str,
    start: int,
    does: str,
    *,
    closed: Closed = NEVER_CLOSED,
    quiet: tuple[int, int] | None = None,
) -> Strip:
    """`does` is one of DEEDS: only reads, opens the booking page the day after the mail before a fork, or books after a
    week. `zone` is the reader's."""
    visit = day_start(local_day(start, clinic_zone) + VISIT_IN_DAYS, clinic_zone) + VISIT_AT
    interest = min(definition.entry.interests, default=None)
    facts = Facts(zone, clinic_zone, interest=interest, anchors={"appointment": visit}, closed=closed.days, quiet=quiet)
    read = _run(definition, facts, start, closed)
    click = _click_at(read, zone) if does == "clicks" else None
    if click is not None:
        read = _run(definition, facts, start, closed, click=click)
    elif does == "books":
        read = _run(definition, facts, start, closed, goal=start + BOOKS_AFTER)
    moments = [moment for each in read if (moment := _moment(definition, each)) is not None]
    if click is not None:
        moments.append(Moment(click, "click", "opens the booking page"))
        moments.sort(key=lambda moment: moment.at)
    mails = [moment.at for moment in moments if moment.kind == "mail"]
    weeks = max(1, round((mails[-1] - mails[0]) / (7 * DAY))) if mails else 0
    return Strip(tuple(moments), len(mails), weeks, mails[-1] if mails else None)


def _run(
    definition: Definition,
    facts: Facts,
    start: int,
    closed: Closed,
    *,
    click: int | None = None,
    goal: int | None = None,
) -> list[Happening]:
    def know(now: int, known: Facts) -> Facts:
        return replace(
            known,
            goal_at=goal if goal is not None and now >= goal else None,
            clicked=frozenset({"book"}) if click is not None and now >= click else frozenset(),
        )

    wakes = [] if click is None else [click]
    return simulate(definition, facts, start, know, wakes=wakes, phrases=closed.phrases)


def _click_at(read: list[Happening], zone: str) -> int | None:
    fork = next((place for place, each in enumerate(read) if each.kind == "branches"), None)
    mails = [each.at for each in read[:fork] if each.kind == "sends"] if fork is not None else []
    return later(mails[-1], CLICKS_AFTER, zone) if mails else None


def _asks(condition: Condition) -> bool:
    match condition:
        case Clicked("book"):
            return True
        case Group(_how, parts):
            return any(_asks(part) for part in parts)
        case Not(part):
            return _asks(part)
    return False


def _moment(definition: Definition, each: Happening) -> Moment | None:
    match each.kind:
        case "sends":
            return Moment(each.at, "mail", words.title(each.title), each.words)
        case "skips":
            return Moment(each.at, "skip", words.title(each.title), f"not sent: {each.words}")
        case "leaves":
            return Moment(each.at, "end", f"leaves: {words.left_because(each.reason, definition.goal)}")
    return None
