"""The demo clinic's people at the end of a working day: most of what was asked of them is done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from service.domain.timing import MINUTE, local_day
from service.storage import tasks, users
from service.usecases.demo.clinic import ZONE, at_wall
from service.usecases.demo.people import Person
from service.usecases.demo.world import World
from service.usecases.finish_task import finish_task
from service.usecases.note_call import note_call

CLOSES_AT = 16 * 60 + 30
OPENS_AT, LAST_CALL_AT = 8 * 60 + 30, 15 * 60 + 30
CALLED, MIDDLE, SPREAD = 0.8, 3.6, 0.8  # the share that is called; the logarithm of the minutes it takes
SAID = ("", "No answer, left a message", "Wants to read first", "Will look at the times", "Asked about the price")
SATURDAY, LEFT_OPEN, AT_ONCE = 5, 2, 200


def open_questions(people: Sequence[Person]) -> frozenset[int]:
    """The newest askers still wait for their answer: there is something for the manager to do."""
    return frozenset([person.no for person in people if person.message][-LEFT_OPEN:])


def work(world: World, people: Sequence[Person], start: int, until: int) -> None:
    """Puts the end of each working day down."""
    waits = open_questions(people)
    for day in range(local_day(start, ZONE), local_day(until, ZONE) + 1):
        at = at_wall(day, CLOSES_AT)
        if (day - 1) % 7 < SATURDAY and start <= at < until:
            world.put(at, partial(_clear, world, waits))


def greet(world: World, person: Person, lead_id: int, at: int) -> None:
    """Most of those who gave a number are called soon, in the hours in which somebody is here."""
    chance = world.chance(person.no, "first call")
    if not person.phone or chance.random() >= CALLED:
        return
    day = local_day(at, ZONE)
    while (day - 1) % 7 >= SATURDAY or at > at_wall(day, LAST_CALL_AT):
        day += 1
    soon = round(chance.lognormvariate(MIDDLE, SPREAD)) * MINUTE
    world.put(max(at, at_wall(day, OPENS_AT)) + soon, partial(_call, world, lead_id, chance.choice(SAID)))


def _call(world: World, lead_id: int, said: str, at: int) -> None:
    kit = world.at(at)
    with kit.db.read() as conn:
        owner = users.first_owner(conn)
    if owner is not None:
        note_call(kit, owner, lead_id, said, called=True)


def _clear(world: World, waits: frozenset[int], at: int) -> None:
    kit = world.at(at)
    with kit.db.read() as conn:
        owner = users.first_owner(conn)
        listed = tasks.waiting(conn, world.house.clinic.id, at, AT_ONCE)
    for task in listed:
        person = world.people.get(task.lead_id)
        if owner is not None and (person is None or person.no not in waits):
            finish_task(kit, owner, task.id)
