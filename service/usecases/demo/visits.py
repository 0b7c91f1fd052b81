"""A demo's visits: booked in slots that are really open, moved, cancelled, kept or missed."""

from __future__ import annotations

from functools import partial
from itertools import islice
from random import Random

from service.domain.appointment import Appointment, AppointmentState, change_until
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage.demo import HandedOver
from service.usecases.book_visit import Booked, book_visit
from service.usecases.cancel_visit import Cancelled, cancel_visit
from service.usecases.demo.people import Person
from service.usecases.demo.world import World
from service.usecases.mark_visit import Came, NotYet, mark_visit
from service.usecases.move_visit import Moved, move_visit
from service.usecases.open_slots import diary, slots_for_mails

SHOWN = 150  # starts on the booking page that people scroll through
OFFERS = frozenset({"open-slots", "invitation", "re-invite", "rebooking"})
MOVES, CANCELS, CLINIC_CANCELS, MISSES = 0.14, 0.12, 0.02, 0.14


def book(world: World, person: Person, mail: HandedOver, at: int) -> None:
    """Books from a mail's link; the slot may have gone meanwhile, then the person takes another."""
    chance = world.chance(person.no, "books", mail.campaign, mail.mail)
    for start in _wanted(world, chance, at, offered=mail.mail in OFFERS):
        answer = book_visit(world.at(at), mail.lead_id, start, message_id=mail.message_id)
        if isinstance(answer, Booked):
            _booked(world, person, answer.appointment, at)
            return


def book_by_phone(world: World, person: Person, lead_id: int, at: int) -> None:
    """The front desk calls somebody who asked for no mails, and finds a time together."""
    chance = world.chance(person.no, "by phone")
    for start in _wanted(world, chance, at, offered=False):
        answer = book_visit(world.at(at), lead_id, start)
        if isinstance(answer, Booked):
            _booked(world, person, answer.appointment, at)
            return


def _wanted(world: World, chance: Random, at: int, *, offered: bool) -> list[int]:
    """Up to three starts that are open now, the one that suits best first; sooner rather than later."""
    with world.kit.db.read() as conn:
        if offered and chance.random() < 0.6:
            listed = [slot.start for slot in slots_for_mails(conn, world.house.clinic.id, at)]
            chance.shuffle(listed)
            return listed
        found = diary(conn, world.house.clinic, at)
    if found is None:
        return []
    starts = [slot.starts_at for slot in islice(found.by_start(found.slots(at)), SHOWN)]
    return [starts[int(chance.betavariate(1.3, 1.8) * len(starts))] for _ in range(3) if starts]


def _booked(world: World, person: Person, visit: Appointment, at: int) -> None:
    world.at_once(at)
    chance = world.chance(person.no, "visit", visit.starts_at)
    until = min(change_until(visit.starts_at, world.house.clinic.zone) - HOUR, visit.starts_at - DAY)
    turn, again = chance.random(), visit.sequence > 0
    when = at + chance.randrange(HOUR, max(until - at, 2 * HOUR))
    if when < until and turn < MOVES and not again:
        world.put(when, partial(_move, world, person, visit.id))
    elif when < until and MOVES <= turn < MOVES + CANCELS:
        world.put(when, partial(_cancel, world, visit.id, "patient"))
    elif when < until and turn > 1 - CLINIC_CANCELS:
        world.put(when, partial(_cancel, world, visit.id, "clinic"))
    else:
        came: Came = AppointmentState.NO_SHOW if chance.random() < MISSES else AppointmentState.ATTENDED
        world.put(visit.ends_at + chance.randrange(2, 25) * MINUTE, partial(_mark, world, visit.id, came))


def _move(world: World, person: Person, visit_id: int, at: int) -> None:
    chance = world.chance(person.no, "moves", at)
    for start in _wanted(world, chance, at, offered=False):
        answer = move_visit(world.at(at), visit_id, start)
        if isinstance(answer, Moved):
            _booked(world, person, answer.appointment, at)
            return


def _cancel(world: World, visit_id: int, by: str, at: int) -> None:
    if isinstance(cancel_visit(world.at(at), visit_id, by=by), Cancelled):
        world.at_once(at)


def _mark(world: World, visit_id: int, came: Came, at: int) -> None:
    try:
        mark_visit(world.at(at), visit_id, came)
    except NotYet:
        return
    world.soon(at)
