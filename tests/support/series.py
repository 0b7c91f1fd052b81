"""The campaigns of the long walk: every kind of step, and one series in several versions."""

from __future__ import annotations

from dataclasses import replace

from service.domain.acts import (
    AddScore,
    AddTag,
    DoStep,
    EndStep,
    EnterCampaign,
    JumpStep,
    RemoveTag,
    SetField,
    SplitStep,
    TellStaff,
    Variant,
)
from service.domain.campaign import Anchor, Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.conditions import Answered, Clicked, Field, Group, Not, Tagged
from service.domain.entry import Entry, Reentry
from service.domain.timing import DAY, Delay, Hour, Window

OFFICE = Window(frozenset(range(6)), 9 * 60, 18 * 60, jitter=20)


def _of(key: str, entry: Entry, *steps: Step, **more: object) -> Definition:
    return Definition(key, key, entry, steps[0].key, {step.key: step for step in steps}, **more)  # type: ignore[arg-type]


def _named(base: Definition, *steps: Step) -> Definition:
    return replace(base, first=steps[0].key, steps={step.key: step for step in steps})


WELCOME = MailStep("welcome", "welcome", "", at_once=True, then="parted")
PARTED = SplitStep("parted", (Variant("A", 6_000, "short"), Variant("B", 4_000, "plain")), 1_000, then="looked")
SHORT = MailStep("short", "short", "", Delay(days=1), then="looked")
PLAIN = MailStep("plain", "plain", "", Delay(days=2), topic="how", then="looked")
LOOKED = BranchStep(
    "looked",
    (Arm("Looked", Clicked("book"), "offer"), Arm("Asked", Answered("price"), "price")),
    "Neither",
    within=Delay(days=3),
    delay=Delay(minutes=30),
    then="morning",
)
OFFER = MailStep("offer", "offer", "", Delay(days=1), needs_slots=True, without_slots="bare", then="marked")
PRICE = MailStep("price", "price", "", Delay(minutes=90), then="marked")
MARKED = DoStep("marked", (AddTag("warm"), AddScore(5), SetField("stage", "warm"), TellStaff("Call her.")), "morning")
MORNING = WaitStep("morning", hour=Hour(10 * 60, frozenset({1, 2, 3})), then="third")
THIRD = MailStep("third", "third", "", Delay(days=1), then="last")
LAST = MailStep("last", "last", "", Delay(days=3), then=None)
MORE = MailStep("more", "more", "", Delay(days=2), then=None)

NURTURE = _of(
    "nurture",
    Entry("signup", otherwise=True, reentry=Reentry("rematch", 20)),
    *(WELCOME, PARTED, SHORT, PLAIN, LOOKED, OFFER, PRICE, MARKED, MORNING, THIRD, LAST),
    goal="booked",
    family="consultation",
    window=OFFICE,
)
# Versions of it: waits shortened and lengthened, steps taken out, put in, moved, and one more behind the last.
NURTURES = (
    NURTURE,
    _named(NURTURE, WELCOME, PARTED, replace(SHORT, delay=Delay(minutes=30)), replace(PLAIN, delay=Delay(days=6)),
           LOOKED, OFFER, PRICE, MARKED, MORNING, replace(THIRD, delay=Delay()), LAST),
    _named(NURTURE, replace(WELCOME, then="third"), replace(THIRD, then="short"), replace(SHORT, then="last"), LAST),
    _named(NURTURE, WELCOME, PARTED, SHORT, PLAIN, replace(LOOKED, then="third", within=Delay(days=1)), OFFER, PRICE,
           replace(MARKED, then="third"), THIRD, replace(LAST, then="more"), MORE),
    _named(NURTURE, MORE, replace(LAST, then="welcome"), replace(WELCOME, then=None)),
    replace(NURTURE, window=Window(frozenset(range(7)), 8 * 60, 12 * 60)),
)  # fmt: skip

ROUND = _of(
    "round",
    Entry("tag", what="vip", only=Not(Field("stage", "is", "lost")), reentry=Reentry("rematch", 10)),
    MailStep("news", "news", "", Delay(days=1), then="again"),
    JumpStep("again", "news", 2, then="done"),
    DoStep("done", (RemoveTag("vip"), EnterCampaign("care")), "stop"),
    EndStep("stop"),
    leave="either",
    matches=Group("any", (Tagged("vip"), Tagged("warm"))),
    goal="attended",
    window=replace(OFFICE, zone="clinic"),
    priority=70,
    patience=3 * DAY,
)
CARE = _of(
    "care",
    Entry("by-hand", reentry=Reentry("rematch", 5)),
    MailStep("care", "care", "", Delay(minutes=45), at_once=True),
    leave="never",
    priority=90,
)
VISIT = _of(
    "visit",
    Entry("booked"),
    MailStep("sure", "sure", "", at_once=True, service=True, then="soon"),
    MailStep(
        "soon", "soon", "", anchor=Anchor("appointment", Delay(days=1), before=True), service=True, then="how-was-it"
    ),
    MailStep(
        "how-was-it",
        "how-was-it",
        "",
        anchor=Anchor("appointment", Delay(days=1), before=False),
        needs_visit=True,
        service=True,
    ),
    leave="never",
    window=OFFICE,
)
CANCELLED = _of("cancelled", Entry("cancelled"), MailStep("gone", "gone", "", at_once=True, service=True))
MISSED = _of("missed", Entry("no-show"), MailStep("missed", "missed", "", Delay(minutes=60), service=True))
ASKED = _of(
    "asked",
    Entry("opt-in-asked"),
    MailStep("confirm", "confirm", "", at_once=True, service=True, then="remind"),
    MailStep("remind", "remind", "", Delay(days=2), service=True),
    goal="confirmed",
)
EVERY = (NURTURE, ROUND, CARE, VISIT, CANCELLED, MISSED, ASKED)
