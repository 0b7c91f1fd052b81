"""What happens in a schedule, drawn from its seed alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from service.domain.message import PROBES

Kind = Literal["sendgrid", "smtp", "outbox"]
Reports = Literal["soon", "early", "mixed", "late", "never"]
Log = Literal["up", "none", "down"]
When = Literal["next", "due", "resend"]
Leaves = Literal["before", "during", "on-read"]
Trouble = Literal["locked", "stuck", "full", "cut", "restart"]
HOUR = 3_600
LOGS: tuple[Log, ...] = ("none", "none", "down", "up")


@dataclass(frozen=True)
class Point:
    """The `nth` passing of a named point; or of a statement, a commit; or a request that the far end has `read`; or so
    many milliseconds."""

    name: str
    nth: int = 1


@dataclass(frozen=True)
class Hand:
    """A worker process of one round. `kill`: SIGKILL there. `trouble` with the database begins at `trouble_at`; the
    process lives on. Its clock goes `skew` seconds wrong at `skew_at`, or (None) from its start. `flying`: requests to
    SendGrid at once."""

    limit: int = 500
    flying: int = 3
    kill: Point | None = None
    trouble: Trouble | None = None
    trouble_at: Point = Point("after-202")
    skew: int = 0
    skew_at: str | None = None


@dataclass(frozen=True)
class Round:
    """`when`: at the next instant at which anything is due, when a mail of the series is, or when one is to come back.
    `answers`: the far end's, for the first requests. `leaves`: who unsubscribes, and when."""

    hands: tuple[Hand, ...] = (Hand(),)
    answers: tuple[str, ...] = ()
    leaves: tuple[tuple[int, Leaves], ...] = ()
    when: When = "next"


@dataclass(frozen=True)
class Schedule:
    """`heard`: the webhook reports on other mail, whatever it says of ours. `refused`: guests whose address is bad."""

    seed: int
    theme: str
    kind: Kind
    people: int
    reports: Reports
    log: Log
    heard: bool
    rounds: tuple[Round, ...]
    refused: tuple[int, ...] = ()

    @property
    def restarts(self) -> bool:
        return any(hand.trouble == "restart" for round_ in self.rounds for hand in round_.hands)

    def __str__(self) -> str:
        told = f"seed {self.seed} · {self.theme} · {self.kind} · {self.people} people · reports {self.reports} · "
        told += f"log {self.log} · {'heard' if self.heard else 'not heard'}"
        told += f" · refused {list(self.refused)}" if self.refused else ""
        return "\n  ".join([told, *(f"{number}: {round_}" for number, round_ in enumerate(self.rounds, 1))])


Draw = Callable[[random.Random, str, int], Round]
LOST = ("taken-reset", "taken-truncated", "taken-drips", "taken-500", "taken-302", "taken-hangs")
NOT_TAKEN = ("302", "500", "502", "hangs", "reset")
SMTP_ANSWERS = ("drop", "421 4.3.2 closing", "451 4.3.0 later", "554 5.6.0 no", "hang")


def _limit(chance: random.Random) -> int:
    return chance.choice((1, 2, 3, 500))


def _point(chance: random.Random, limit: int, name: str) -> Point:
    """One that is passed nearly always: a batch passes each point once, in some 17 statements and 2 commits."""
    batches = 1 if limit == 500 else 2
    most = {"statement": 34 * batches - 10, "commit": 2 * batches, "ms": 100}.get(name, batches)
    return Point(name, chance.randint(1, most))


def _kill(name: str) -> Draw:
    def draw(chance: random.Random, dialect: str, people: int) -> Round:
        limit = _limit(chance)
        return Round((Hand(limit, kill=_point(chance, limit, name)),))

    return draw


def _answers(*names: str, most: int = 1) -> Draw:
    def draw(chance: random.Random, dialect: str, people: int) -> Round:
        told = tuple(chance.choice(names) for _ in range(chance.randint(1, most)))
        return Round((Hand(_limit(chance)),), answers=told)

    return draw


def _trouble(sqlite: Trouble, postgresql: Trouble) -> Draw:
    def draw(chance: random.Random, dialect: str, people: int) -> Round:
        limit = _limit(chance)
        at = _point(chance, limit, chance.choice((*PROBES, "statement", "commit")))
        return Round((Hand(limit, trouble=sqlite if dialect == "sqlite" else postgresql, trouble_at=at),))

    return draw


def _two_hands(chance: random.Random, dialect: str, people: int) -> Round:
    limit, name = chance.choice((1, 2)), chance.choice((*PROBES, "read", "statement"))
    kill = _point(chance, limit, name) if chance.random() < 0.6 else None
    skew = chance.choice((0, 0, -HOUR, HOUR))
    return Round((Hand(limit, kill=kill), Hand(chance.choice((1, 2)), skew=skew)))


def _jump(chance: random.Random, dialect: str, people: int) -> Round:
    skew = chance.choice((-26 * HOUR, -HOUR, -301, 301, HOUR, 11 * HOUR, 26 * HOUR, 49 * HOUR))
    at = chance.choice((None, *PROBES))
    kill = Point(chance.choice(PROBES), 1) if chance.random() < 0.5 else None
    return Round((Hand(_limit(chance), kill=kill, skew=skew, skew_at=at),))


def _leaving(chance: random.Random, dialect: str, people: int) -> Round:
    leaves = tuple(
        (guest, chance.choice(("before", "during", "during", "on-read")))
        for guest in chance.sample(range(people), chance.randint(1, people - 1))
    )
    limit = chance.choice((1, 2, 500))
    kill = _point(chance, limit, chance.choice((*PROBES, "read"))) if chance.random() < 0.5 else None
    answers = (chance.choice((*LOST, *NOT_TAKEN, "429")),) if kill is None else ()
    return Round((Hand(limit, kill=kill),), answers, leaves)


def _calm(chance: random.Random, dialect: str, people: int) -> Round:
    return Round((Hand(_limit(chance)),))


SENDGRID: dict[str, Draw] = {
    **{f"killed {point}": _kill(point) for point in PROBES},
    "killed when the request is read": _kill("read"),
    "killed at a statement": _kill("statement"),
    "killed at a commit": _kill("commit"),
    "killed at an instant": _kill("ms"),
    "202 then reset": _answers("taken-reset", most=2),
    "truncated 202": _answers("taken-truncated"),
    "slow drip": _answers("taken-drips"),
    "302 to another host": _answers("302", "taken-302"),
    "429 storm": _answers("429", most=6),
    "500s": _answers("500", "502", "taken-500", most=3),
    "silence": _answers("hangs", "taken-hangs", "reset"),
    "database locked": _trouble("locked", "locked"),
    "database locked for long": _trouble("stuck", "stuck"),
    "disk full, connection lost": _trouble("full", "cut"),
    "disk full, PostgreSQL restarted": _trouble("full", "restart"),
    "two workers on one queue": _two_hands,
    "clock jumps": _jump,
    "unsubscribe against claim": _leaving,
    "a bad address": _calm,
}
SMTP: dict[str, Draw] = {
    **{f"relay, killed {point}": _kill(point) for point in ("after-intent", "after-bytes", "after-202")},
    "relay, bad answers": _answers(*SMTP_ANSWERS, most=2),
    "relay, killed at a statement": _kill("statement"),
    "relay, two workers": _two_hands,
}
LATER: tuple[When, ...] = ("next", "due", "resend", "resend")
RELAY_EVERY = 25  # one schedule in so many goes over SMTP


def draw(seed: int, dialect: str) -> Schedule:
    """Any 25 seeds in a row hold every theme of SendGrid, and one of SMTP."""
    chance = random.Random(f"{dialect} {seed}")
    turn, place = divmod(seed, RELAY_EVERY)
    kind: Kind = "smtp" if place == RELAY_EVERY - 1 else "sendgrid"
    themes = SMTP if kind == "smtp" else SENDGRID
    theme = list(themes)[(turn if kind == "smtp" else place) % len(themes)]
    people = chance.randint(2, 6)
    first = themes[theme](chance, dialect, people)
    cheap = [name for name in themes if "restarted" not in name]
    more = [
        replace(themes[chance.choice(cheap)](chance, dialect, people), when=chance.choice(LATER))
        for _ in range(chance.choice((0, 1, 1, 2)))
    ]
    rounds = [first, *more]
    if chance.random() < 0.35:  # what comes back meets the same once more
        again = themes[theme](chance, dialect, people)
        rounds.insert(1, replace(again, when="resend", leaves=()))
    if chance.random() < 0.3:
        rounds.insert(0, _calm(chance, dialect, people))
    if kind == "sendgrid" and chance.random() < 0.25:
        rounds[-1] = replace(rounds[-1], leaves=((chance.randrange(people), chance.choice(("before", "during"))),))
    refused = (chance.randrange(people),) if theme == "a bad address" or chance.random() < 0.05 else ()
    return Schedule(
        seed=seed,
        theme=theme,
        kind=kind,
        people=people,
        reports=chance.choice(("soon", "early", "mixed", "mixed", "late", "never", "never")),
        log=chance.choice(LOGS),
        heard=chance.random() < 0.8,
        rounds=tuple(rounds),
        refused=refused if kind == "sendgrid" else (),
    )
