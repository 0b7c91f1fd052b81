"""The demo's letters: one that went out, and one that is planned."""

from __future__ import annotations

from functools import partial

from service.content.letter_mail import LetterText
from service.domain.timing import DAY, local_day
from service.usecases.demo.clinic import ZONE, at_wall
from service.usecases.demo.world import World
from service.usecases.letters.plan_letter import plan_letter
from service.usecases.letters.send_letters import send_letters
from service.usecases.letters.write_letter import NewLetter, write_letter

WENT, COMES = 19, 3  # days ago, and ahead
NINE, TUESDAY = 9 * 60, 1
HOLDOUT = 1_000  # of 10,000

SATURDAYS = LetterText(
    "Saturday mornings from now on",
    "A new hour for those who work all week.",
    (
        "From this week on we are here on Saturday mornings as well, from nine until one. Several of you asked for it.",
        "Nothing else changes. The visits are as long as ever, and the price is the same on every day.",
        "If a Saturday suits you, choose an hour on the booking page. If it does not, there is nothing to do.",
    ),
    "book",
    "See the open hours",
)
CLOSED = LetterText(
    "When we are closed this winter",
    "The days, and where to turn meanwhile.",
    (
        "We are closed between the holidays, from 24 December to 1 January, and open again on the first working day.",
        "Whoever has a visit in these days has been called already.\nEverybody else finds us here as always.",
        "If something cannot wait, please call your doctor. For an emergency, call 911.",
    ),
)


def write_letters(world: World, start: int, now: int) -> None:
    """Puts them on the agenda; a demo of a few days has the planned one alone."""
    went = _morning(local_day(now, ZONE) - WENT)
    if went - DAY > start:
        open_hours = NewLetter("Saturday mornings", SATURDAYS, at=went, holdout=HOLDOUT)
        world.put(went - DAY, partial(_write, world, open_hours))
        world.put(went, partial(_send, world))
    ahead = NewLetter("Closed over the holidays", CLOSED, at=_morning(local_day(now, ZONE) + COMES))
    world.put(now - 1, partial(_write, world, ahead))


def _write(world: World, letter: NewLetter, at: int) -> None:
    kit, clinic_id = world.at(at), world.house.clinic.id
    written = write_letter(kit, clinic_id, None, letter)
    if written.key is None:
        raise ValueError(f"the demo's letter is refused: {written.faults}")
    plan_letter(kit, clinic_id, None, written.key)


def _send(world: World, at: int) -> None:
    send_letters(world.at(at))
    world.at_once(at)


def _morning(day: int) -> int:
    """Nine o'clock on the first Tuesday from `day` on."""
    return at_wall(day + (TUESDAY - (day - 1) % 7) % 7, NINE)
