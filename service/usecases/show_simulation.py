"""An imagined reader's way through a series, told as dates: which mail when, and why not earlier."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.domain import words
from service.domain.campaign import BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import Clicked, Condition, Group, Not
from service.domain.enrollment import Facts
from service.domain.timing import DAY, HOUR, Delay, Window, day_start, later, local, local_day
from service.usecases.simulate import Happening, simulate

BOOKS_AFTER, CLICKS_AFTER = 7 * DAY, Delay(days=1)
VISIT_IN_DAYS, VISIT_AT = 7, 10 * HOUR
DEEDS = ("reads", "clicks", "books")


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


def show_simulation(definition: Definition, zone: str, clinic_zone: str, start: int, does: str) -> Strip:
    """`does` is one of DEEDS: only reads, opens the booking page the day after the mail before a fork, or books after a
    week. `zone` is the reader's."""
    read = _run(definition, zone, clinic_zone, start)
    click: int | None = None
    if does == "clicks":
        click = _click_at(read, zone)
    if click is not None:
        read = _run(_woken(definition), zone, clinic_zone, start, click=click)
    elif does == "books":
        read = _run(definition, zone, clinic_zone, start, goal=start + BOOKS_AFTER)
    moments = [moment for place in range(len(read)) if (moment := _moment(definition, read, place, zone, clinic_zone))]
    if click is not None:
        moments.append(Moment(click, "click", "opens the booking page"))
        moments.sort(key=lambda moment: moment.at)
    mails = [moment.at for moment in moments if moment.kind == "mail"]
    weeks = max(1, round((mails[-1] - mails[0]) / (7 * DAY))) if mails else 0
    return Strip(tuple(moments), len(mails), weeks, mails[-1] if mails else None)


def _run(
    definition: Definition,
    zone: str,
    clinic_zone: str,
    start: int,
    *,
    click: int | None = None,
    goal: int | None = None,
) -> list[Happening]:
    visit = day_start(local_day(start, clinic_zone) + VISIT_IN_DAYS, clinic_zone) + VISIT_AT
    facts = Facts(
        zone=zone,
        clinic_zone=clinic_zone,
        interest=min(definition.entry.interests, default=None),
        anchors={"appointment": visit},
    )

    def know(now: int, known: Facts) -> Facts:
        return replace(
            known,
            goal_at=goal if goal is not None and now >= goal else None,
            clicked=frozenset({"book"}) if click is not None and now >= click else frozenset(),
        )

    return simulate(definition, facts, start, know)


def _click_at(read: list[Happening], zone: str) -> int | None:
    fork = next((place for place, each in enumerate(read) if each.kind == "branches"), None)
    mails = [each.at for each in read[:fork] if each.kind == "sends"] if fork is not None else []
    return later(mails[-1], CLICKS_AFTER, zone) if mails else None


def _woken(definition: Definition) -> Definition:
    """A click wakes whoever waits at a fork; on paper the wait ends at the click's hour instead."""
    steps = {
        key: replace(step, within=CLICKS_AFTER) if isinstance(step, BranchStep) and step.within.days else step
        for key, step in definition.steps.items()
    }
    return replace(definition, steps=steps)


def _asks(condition: Condition) -> bool:
    match condition:
        case Clicked("book"):
            return True
        case Group(_how, parts):
            return any(_asks(part) for part in parts)
        case Not(part):
            return _asks(part)
    return False


def _moment(definition: Definition, read: list[Happening], place: int, zone: str, clinic_zone: str) -> Moment | None:
    each = read[place]
    match each.kind:
        case "sends":
            moved = _moved(definition, read, place, zone, clinic_zone)
            return Moment(each.at, "mail", words.title(each.title), moved)
        case "skips":
            return Moment(each.at, "skip", words.title(each.title), f"not sent: {words.GUARDS[each.reason]}")
        case "leaves":
            return Moment(each.at, "end", f"leaves: {words.left_because(each.reason, definition.goal)}")
    return None


def _moved(definition: Definition, read: list[Happening], place: int, zone: str, clinic_zone: str) -> str:
    each = read[place]
    step = definition.steps[each.step]
    before = read[place - 1] if place else None
    if before is not None and before.kind == "waits" and before.step == each.step:
        return words.GUARDS.get(before.reason, before.reason)
    if before is None or not isinstance(step, MailStep) or step.at_once or step.anchor is not None:
        return ""
    ready = _ready(definition, before, step, zone)
    if ready is None or each.at - ready < 60:
        return ""
    whose = zone if definition.window.zone == "lead" else clinic_zone
    return outside(ready, definition.window, whose)


def outside(ready: int, window: Window, zone: str) -> str:
    """Why nothing leaves at `ready`: "Sun is no day for mails", "Fri 19:35 is too late". Empty inside the window."""
    here = local(ready, zone)
    minute = here.hour * 60 + here.minute
    if here.weekday() not in window.days:
        return f"{here:%a} is no day for mails"
    if minute < window.opens:
        return f"{here:%a %H:%M} is too early"
    return f"{here:%a %H:%M} is too late" if minute >= window.closes else ""


def _ready(definition: Definition, before: Happening, step: MailStep, zone: str) -> int | None:
    """When the wait for `step` ends that began with `before`; None where the way between cannot be told."""
    origin = definition.steps[before.step]
    key = origin.then
    if isinstance(origin, BranchStep):
        key = next((arm.then for arm in origin.arms if arm.label == before.reason), origin.then)
    at = before.at
    while key is not None and key != step.key:
        between = definition.steps[key]
        if not isinstance(between, WaitStep) or between.anchor is not None:
            return None
        at, key = later(at, between.delay, zone), between.then
    return later(at, step.delay, zone) if key is not None else None
