"""Who signs up in a demo: invented people, drawn from a seeded chance. The same seed gives the same people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import TypeVar

from service.domain.timing import DAY, HOUR, MINUTE, local_day
from service.usecases.demo.clinic import ZONE, at_wall
from service.usecases.demo.names import FIRST, LAST

T = TypeVar("T")


class Door(StrEnum):
    """How a person comes in."""

    STANDARD = "standard"
    TYPEFORM = "typeform"
    FORM = "form"


class Mailbox(StrEnum):
    """What answers at a person's address."""

    GOOD = "good"
    DEAD = "dead"  # every mail bounces for good
    SLOW = "slow"  # the first mail is put off for an hour
    SCANNED = "scanned"  # a machine opens every link before the person does


class Fate(StrEnum):
    """The standing cast and one complaint are not left to chance."""

    CHANCE = "chance"
    READS = "reads"
    STOPS = "stops"
    COMPLAINS = "complains"


@dataclass(frozen=True, slots=True)
class Person:
    """`keen` from 0 to 1: how likely this person reads, looks and books. `at`: when the sign-up is sent."""

    no: int
    at: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    zone: str
    interest: str | None
    door: Door
    consent: bool
    keen: float
    message: str | None = None
    page: str = "https://sun.example/contact"
    utm: dict[str, str] = field(default_factory=dict)
    tells_zone: bool = False
    mailbox: Mailbox = Mailbox.GOOD
    fate: Fate = Fate.CHANCE
    agent: str = ""


HOSTS = ("example.com", "example.org", "example.net")
MESSAGES = (
    "Do you have times after work?",
    "Is there parking at the door?",
    "A friend recommended you. How soon could I come?",
    "Can I pay with my HSA card?",
    "I have never tried this and would like to talk first.",
    "Mornings are best for me.",
    "Do I need a referral?",
    "Is the clinic on the ground floor?",
    "Please call me after 4 pm.",
    "My doctor said I might ask you. What would a first visit be like?",
)
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
)
AREAS = {  # where the code of a phone lies
    ZONE: ("952", "952", "952", "612", "612", "651", "763", "507", "320", "218"),
    "America/New_York": ("212", "617", "404"),
    "America/Denver": ("303", "505"),
    "America/Los_Angeles": ("206", "503"),
    "America/Phoenix": ("602",),
}
PAGES = {
    "sciatica": "https://sun.example/sciatica",
    "neck-pain": "https://sun.example/neck",
    "arthritis": "https://sun.example/joints",
    "stress-and-muscle-tension": "https://sun.example/stress",
}
CAME_BY: tuple[tuple[dict[str, str], int], ...] = (
    ({"source": "google", "medium": "organic"}, 40),
    ({"source": "google", "medium": "cpc", "campaign": "first-visit"}, 20),
    ({"source": "newsletter", "medium": "email"}, 10),
    ({"source": "facebook", "medium": "social"}, 10),
    ({}, 20),
)
INTERESTS = (("sciatica", 60), ("neck-pain", 12), ("arthritis", 9), ("stress-and-muscle-tension", 9), (None, 10))
ZONES = ((ZONE, 88), ("America/New_York", 4), ("America/Denver", 3), ("America/Los_Angeles", 3), ("America/Phoenix", 2))
DOORS = ((Door.STANDARD, 56), (Door.TYPEFORM, 20), (Door.FORM, 24))
MAILBOXES = ((Mailbox.GOOD, 921), (Mailbox.SCANNED, 40), (Mailbox.SLOW, 25), (Mailbox.DEAD, 14))
BY_WEEKDAY = (16, 17, 16, 14, 11, 10, 16)  # Monday first
BY_HOUR = {6: 2, 7: 5, 8: 7, 9: 8, 10: 8, 11: 7, 12: 8, 13: 6, 14: 6, 15: 6, 16: 6, 17: 6, 18: 6, 19: 8, 20: 10, 21: 9,
           22: 5, 23: 2}  # fmt: skip
CONSENTS = 0.93


def population(rng: Random, count: int, start: int, end: int) -> list[Person]:
    """`count` people who sign up between the instants, the standing cast among them, in order of their sign-ups."""
    cast = _cast(start, end)
    instants = _instants(rng, count - len(cast), start, end)
    taken = {person.email for person in cast}
    drawn = [_person(rng, at, taken) for at in instants]
    return [replace(person, no=no) for no, person in enumerate(sorted([*cast, *drawn], key=lambda each: each.at))]


def _cast(start: int, end: int) -> list[Person]:
    """Alice reads, Bob stops half-way, Charlie's address is dead; one more presses "spam"."""
    span = end - start
    return [
        _known("Alice", "Moreau", end - min(9 * DAY + 5 * HOUR, span // 2), Fate.READS),
        _known("Bob", "Lindgren", end - int(span * 0.62), Fate.STOPS),
        _known("Charlie", "Novak", end - int(span * 0.45), Fate.CHANCE, Mailbox.DEAD),
        _known("Ardith", "Quimby", end - int(span * 0.35), Fate.COMPLAINS, keen=0.1),
    ]


def _known(first: str, last: str, at: int, fate: Fate, mailbox: Mailbox = Mailbox.GOOD, *, keen: float = 0.9) -> Person:
    return Person(
        no=0,
        at=at,
        first_name=first,
        last_name=last,
        email=f"{first.lower()}.{last.lower()}@example.org",
        phone=f"(952) 555-01{10 + len(first) + len(last)}",
        zone=ZONE,
        interest="sciatica",
        door=Door.STANDARD,
        consent=True,
        keen=keen,
        page=PAGES["sciatica"],
        utm={"source": "google", "medium": "organic"},
        tells_zone=True,
        mailbox=mailbox,
        fate=fate,
        agent=AGENTS[0],
    )


def _instants(rng: Random, count: int, start: int, end: int) -> list[int]:
    """Sign-ups by weekday and hour of the clinic's wall clock, a little more of them each week."""
    first, last = local_day(start, ZONE), local_day(end, ZONE)
    days = list(range(first, last + 1))
    weights = [BY_WEEKDAY[(day - 1) % 7] * (1 + 0.4 * (day - first) / len(days)) for day in days]
    hours, by_hour = list(BY_HOUR), list(BY_HOUR.values())
    found: list[int] = []
    while len(found) < count:
        day, hour = rng.choices(days, weights)[0], rng.choices(hours, by_hour)[0]
        at = at_wall(day, hour * 60 + rng.randrange(60)) + rng.randrange(MINUTE)
        if start + HOUR <= at < end - 2 * MINUTE:
            found.append(at)
    return found


def _person(rng: Random, at: int, taken: set[str]) -> Person:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    zone = _drawn(rng, ZONES)
    interest = _drawn(rng, INTERESTS)
    door = _drawn(rng, DOORS)
    return Person(
        no=0,
        at=at,
        first_name=first,
        last_name=last,
        email=_email(rng, first, last, taken),
        phone=_phone(rng, zone) if rng.random() < 0.7 else None,
        zone=zone,
        interest=interest,
        door=door,
        consent=rng.random() < CONSENTS,
        keen=rng.betavariate(2, 2.4),
        message=rng.choice(MESSAGES) if rng.random() < 0.15 else None,
        page=PAGES.get(interest or "", "https://sun.example/contact"),
        utm=dict(_drawn(rng, CAME_BY)),
        tells_zone=rng.random() < 0.5,
        mailbox=_drawn(rng, MAILBOXES),
        agent=rng.choice(AGENTS),
    )


def _email(rng: Random, first: str, last: str, taken: set[str]) -> str:
    """An address nobody has: example.* belongs to nobody either."""
    one, two = (name.lower().replace("ö", "o").replace("-", "") for name in (first, last))
    shapes = (f"{one}.{two}", f"{one}{two}", f"{one[0]}{two}", f"{two}.{one}", f"{one}{rng.randrange(50, 99)}")
    local, host = rng.choice(shapes), rng.choice(HOSTS)
    while f"{local}@{host}" in taken:
        local = f"{local}{rng.randrange(2, 10)}"
    taken.add(f"{local}@{host}")
    return f"{local}@{host}"


def _phone(rng: Random, zone: str) -> str:
    area, line = rng.choice(AREAS[zone]), rng.randrange(100, 200)
    return rng.choice((f"({area}) 555-0{line}", f"{area}-555-0{line}", f"+1 {area} 555 0{line}"))


def _drawn(rng: Random, weighted: Sequence[tuple[T, int]]) -> T:
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]
