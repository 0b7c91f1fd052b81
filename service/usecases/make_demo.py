"""Filling an empty database with a demo: a clinic, and sixty days of its history made by the product itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from sqlalchemy.engine import Connection

from service.delivery.outbox import OutboxProvider
from service.domain.outbox_mail import OutboxMail
from service.domain.timing import DAY, HOUR, local_day
from service.storage import clinics, demo, outbox, settings, users
from service.storage.database import Database
from service.usecases.demo.arrivals import deliver
from service.usecases.demo.clinic import ZONE, House, at_wall, open_clinic
from service.usecases.demo.doors import knock, sign_up
from service.usecases.demo.front_desk import work
from service.usecases.demo.letters import write_letters
from service.usecases.demo.marks import keep_marks
from service.usecases.demo.people import population
from service.usecases.demo.world import World
from service.usecases.kit import Kit
from service.usecases.passwords import hash_password

MAKING = settings.DEMO_MAKING  # stands while a demo is made: whoever finds it later finds a half-made one
DAYS, PEOPLE, SEED = 60, 336, 7
OWNER = ("Dana Whitfield", "dana@sun.example")
STOPS_AT, RUNS_AGAIN_AT = 14 * 60, 7 * 60 + 30
FRIDAY = 4


class NotEmpty(Exception):
    """There is a clinic or an account already: nothing was done."""


@dataclass(frozen=True, slots=True)
class Made:
    leads: int
    mails: int
    visits: int


def make_demo(
    kit: Kit,
    password: str,
    seen: Callable[[int, int], None] = lambda _day, _leads: None,
    *,
    days: int = DAYS,
    people: int = PEOPLE,
    seed: int = SEED,
) -> Made:
    """Makes the demo's clinic and lets its last `days` days happen, ending now. `seen` is told each day that is over
    and how many leads there are. Killed on the way, the next call starts anew. Raises NotEmpty."""
    now = kit.clock()
    start = now - days * DAY
    with kit.db.read() as conn:
        _mark(conn)
    hashed = hash_password(password)
    with kit.db.write() as conn:
        house = _begin(conn, hashed, start, now)
    with kit.db.hurried() as hurried:
        world = _world(replace(kit, db=hurried), house, seed, start, now)
        drawn = population(Random(seed), people, start, now)
        for person in drawn:
            world.put(person.at, partial(sign_up, world, person))
        knock(world, drawn, now)
        work(world, drawn, start, now)
        write_letters(world, start, now)
        keep_marks(world, now)
        world.run(start, now, lambda at: seen((at - start) // DAY, len(world.people)))
    with kit.db.write() as conn:
        settings.put(conn, settings.DEMO, "1")
        settings.remove(conn, MAKING)
        return Made(*demo.counts(conn))


def _begin(conn: Connection, password_hash: str, start: int, now: int) -> House:
    """Clears a half-made demo away, and marks this one as such until it is whole."""
    if _mark(conn) is not None:
        demo.empty(conn)
    house = open_clinic(conn, start, now)
    name, email = OWNER
    users.add(conn, house.clinic.id, email=email, name=name, password_hash=password_hash, role=users.OWNER, now=start)
    settings.put(conn, MAKING, str(house.clinic.id))
    return house


def _mark(conn: Connection) -> str | None:
    """The mark of a half-made demo; None where nothing is. Raises NotEmpty where there is anything else: the mark names
    its clinic, so that no other's data is ever cleared away."""
    mark = settings.get(conn, MAKING)
    houses = clinics.everyone(conn)
    if (houses or users.anybody(conn)) and not (mark is not None and {str(row) for row in houses} <= {mark}):
        raise NotEmpty
    return mark


def _world(kit: Kit, house: House, seed: int, start: int, now: int) -> World:
    return World(
        kit=kit,
        provider=_mailbox(kit.db),
        house=house,
        seed=str(seed),
        outage=_outage(start, now),
        delivered=deliver,
    )


def _mailbox(db: Database) -> OutboxProvider:
    def put(mails: Sequence[OutboxMail]) -> None:
        with db.write() as conn:
            outbox.put(conn, mails)

    def known(refs: Sequence[str]) -> set[str]:
        with db.read() as conn:
            return outbox.known(conn, refs)

    return OutboxProvider(put, known)


def _outage(start: int, now: int) -> tuple[int, int]:
    """On one late weekday the clinic's machine is off from two in the afternoon until the next morning: what was due
    meanwhile is overdue, and waits for the manager to decide."""
    day = local_day(now - 6 * HOUR, ZONE) - 1
    while (day - 1) % 7 > FRIDAY or at_wall(day + 1, RUNS_AGAIN_AT) > now - 2 * HOUR:
        day -= 1
    begins, ends = at_wall(day, STOPS_AT), at_wall(day + 1, RUNS_AGAIN_AT)
    return (begins, ends) if begins > start else (now, now)
