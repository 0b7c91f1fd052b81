"""What the clinic's own people are told by mail, and when each of them wants it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from service.domain.right import Role
from service.domain.timing import MINUTE, hour_of_day, local_day

MORNING = 8 * 60  # minutes after midnight, in the clinic's zone
GATHER = 2 * MINUTE  # what happens within it comes in one mail


class News(StrEnum):
    URGENT = "urgent"
    LEAD = "lead"
    ANSWER = "answer"
    REPLY = "reply"
    VISIT = "visit"
    NO_SHOW = "no-show"
    BRAKE = "brake"


class When(StrEnum):
    AT_ONCE = "at-once"
    MORNING = "morning"
    NEVER = "never"


OF_EVENT: Mapping[str, News] = {
    "red-flag": News.URGENT,
    "signed-up": News.LEAD,
    "answered": News.ANSWER,
    "staff-asked": News.ANSWER,
    "replied": News.REPLY,
    "booked": News.VISIT,
    "moved": News.VISIT,
    "cancelled": News.VISIT,
    "no-show": News.NO_SHOW,
}
"""By the kind of a timeline's event."""
NEWS_WORDS: Mapping[News, str] = {
    News.URGENT: "Somebody writes words of an emergency",
    News.LEAD: "Somebody signs up",
    News.ANSWER: "Somebody says what holds them back, asks something, or needs a call",
    News.REPLY: "Somebody replies to a mail",
    News.VISIT: "A visit is booked, moved or cancelled",
    News.NO_SHOW: "Somebody does not come to a visit",
    News.BRAKE: "The brake holds mail back",
}
WHEN_WORDS: Mapping[When, str] = {
    When.AT_ONCE: "At once",
    When.MORNING: "In the morning, at 8",
    When.NEVER: "Not at all",
}
_ONCE, _MORNING, _NEVER = When.AT_ONCE, When.MORNING, When.NEVER
_BOSS = dict(zip(News, (_ONCE, _ONCE, _ONCE, _ONCE, _MORNING, _MORNING, _ONCE), strict=True))
_USUAL: Mapping[str, Mapping[News, When]] = {
    Role.OWNER: _BOSS,
    Role.MANAGER: _BOSS,
    Role.FRONT_DESK: dict(zip(News, (_ONCE, _ONCE, _MORNING, _ONCE, _ONCE, _ONCE, _ONCE), strict=True)),
    Role.PRACTITIONER: dict(zip(News, (_ONCE, _NEVER, _NEVER, _NEVER, _MORNING, _MORNING, _NEVER), strict=True)),
}


def choices(role: str, chosen: Mapping[str, str] | None) -> dict[News, When]:
    """What a person chose, else what is usual for the role. A viewer is told nothing until they ask for it."""
    usual = _USUAL.get(role, {})
    return {news: _read(chosen, news) or usual.get(news, When.NEVER) for news in News}


def due(when: When, now: int, zone: str) -> int | None:
    """When the mail may go, in epoch seconds; None: never."""
    if when is When.NEVER:
        return None
    if when is When.AT_ONCE:
        return now + GATHER
    today = local_day(now, zone)
    at = hour_of_day(today, MORNING, zone)
    return at if at > now else hour_of_day(today + 1, MORNING, zone)


def _read(chosen: Mapping[str, str] | None, news: News) -> When | None:
    said = (chosen or {}).get(news)
    return When(said) if said in tuple(When) else None
