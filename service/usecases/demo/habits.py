"""What a demo's person does with a mail: drawn from that person's own chance, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from service.domain.timing import DAY, HOUR, MINUTE, local
from service.usecases.demo.people import Fate, Mailbox, Person


class Deed(StrEnum):
    READ = "read"  # reads the mail as a page
    LOOK = "look"  # opens the booking page
    BOOK = "book"  # opens it and books
    ANSWER = "answer"  # says what holds them back
    CONFIRM = "confirm"
    STAY = "stay"
    PAUSE = "pause"
    WEEKLY = "weekly"
    STOP = "stop"
    COMPLAIN = "complain"


@dataclass(frozen=True, slots=True)
class Plan:
    """`at`: when it is done; `detail`: which answer."""

    at: int
    deed: Deed
    detail: str = ""


# How likely somebody of middling interest opens the booking page from a mail, and books once there.
LOOKS = {
    "welcome": (0.13, 0.24),
    "causes": (0.09, 0.20),
    "how-it-works": (0.12, 0.25),
    "evidence": (0.17, 0.28),
    "open-slots": (0.36, 0.50),
    "holds-you-back": (0.15, 0.45),
    "what-to-expect": (0.19, 0.60),
    "complementary": (0.10, 0.40),
    "safety": (0.12, 0.45),
    "invitation": (0.32, 0.60),
    "invitation-no-slots": (0.15, 0.50),
    "last-one": (0.12, 0.50),
    "re-invite": (0.40, 0.60),
    "rebooking": (0.45, 0.60),
}
ANSWERS = (("price", 32), ("time", 26), ("forme", 24), ("needles", 14), ("other", 4))
MARKETING = frozenset(LOOKS)
CONFIRMS = {"confirm": 0.74, "confirm-reminder": 0.45}
WAKES, SLEEPS = 7, 22


def plans(person: Person, mail: str, arrived: int, rng: Random) -> list[Plan]:
    """What `person` does with a mail that arrived at `arrived`, in order."""
    if person.mailbox is Mailbox.DEAD:
        return []
    opened = _opened(person, arrived, rng)
    if mail in CONFIRMS:
        return [Plan(opened, Deed.CONFIRM)] if rng.random() < CONFIRMS[mail] else []
    if person.fate is not Fate.CHANCE:
        return _fated(person, mail, opened)
    if mail not in MARKETING or rng.random() > 0.3 + 0.7 * person.keen:
        return []
    return sorted(_chosen(person, mail, opened, rng), key=lambda plan: plan.at)


def _fated(person: Person, mail: str, opened: int) -> list[Plan]:
    match person.fate, mail:
        case Fate.READS, "causes" | "how-it-works" | "evidence":
            return [Plan(opened, Deed.READ)]
        case Fate.STOPS, "causes" | "how-it-works":
            return [Plan(opened, Deed.READ)]
        case Fate.STOPS, "evidence":
            return [Plan(opened, Deed.STOP)]
        case Fate.COMPLAINS, "how-it-works":
            return [Plan(opened, Deed.COMPLAIN)]
    return []


def _chosen(person: Person, mail: str, opened: int, rng: Random) -> list[Plan]:
    leaves = rng.random()
    if leaves < 0.012:
        return [Plan(opened, Deed.STOP)]
    if leaves < 0.018:
        return [Plan(opened, Deed.PAUSE)]
    if leaves < 0.024:
        return [Plan(opened, Deed.WEEKLY)]
    done = [Plan(opened, Deed.READ)] if rng.random() < 0.16 else []
    if mail == "holds-you-back" and rng.random() < 0.7:
        words, weights = [word for word, _ in ANSWERS], [weight for _, weight in ANSWERS]
        done.append(Plan(opened + 40, Deed.ANSWER, rng.choices(words, weights)[0]))
    if mail == "last-one" and rng.random() < 0.3:
        return [*done, Plan(opened + 60, Deed.STAY)]
    looks, books = LOOKS[mail]
    if rng.random() < looks * 2 * person.keen:
        deed = Deed.BOOK if rng.random() < books else Deed.LOOK
        done.append(Plan(opened + rng.randrange(90, 6 * MINUTE), deed))
    return done


def _opened(person: Person, arrived: int, rng: Random) -> int:
    """Minutes or hours after it came, by day."""
    delay = min(int(rng.lognormvariate(4.3, 1.3) * MINUTE), 3 * DAY)
    at = arrived + max(delay, 45)
    hour = local(at, person.zone).hour
    if WAKES <= hour < SLEEPS:
        return at
    return at + ((WAKES - hour) % 24) * HOUR + rng.randrange(90) * MINUTE
