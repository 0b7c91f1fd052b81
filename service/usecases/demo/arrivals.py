"""What the post reports of a demo's mails, and the first that happens to them: delivered, put off, bounced, scanned."""

from __future__ import annotations

from functools import partial

from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.timing import MINUTE
from service.storage.demo import HandedOver, handed_over
from service.usecases.demo import deeds
from service.usecases.demo.habits import plans
from service.usecases.demo.people import Mailbox, Person
from service.usecases.demo.world import World
from service.usecases.follow_link import follow_link

SLOWEST = 20  # seconds on the way
BOUNCED_AFTER = 5
PUT_OFF = 50 * MINUTE
SCANNER = "Mozilla/5.0 (compatible; mail link scanner)"
SCANNED = ("read", "book", "preferences")


def deliver(world: World, at: int) -> None:
    """Every mail that was handed over at `at` arrives, or does not; its reader makes plans."""
    with world.kit.db.read() as conn:
        mails = handed_over(conn, world.house.clinic.id, at)
    known = [(world.people[mail.lead_id], mail) for mail in mails]
    known.sort(key=lambda pair: (pair[0].no, pair[1].campaign, pair[1].mail))
    for person, mail in known:
        _arrive(world, person, mail, at)


def _arrive(world: World, person: Person, mail: HandedOver, at: int) -> None:
    chance = world.chance(person.no, mail.campaign, mail.mail, mail.at)
    arrived = at + chance.randrange(2, SLOWEST)
    match person.mailbox:
        case Mailbox.DEAD:
            world.report(_event(mail, Kind.BOUNCED, arrived, status="5.1.1", reason="550 5.1.1 no such mailbox"))
            world.put(arrived + BOUNCED_AFTER, world.hand_in)
            return
        case Mailbox.SLOW if mail.mail == "welcome":
            world.report(_event(mail, Kind.DEFERRED, arrived, status="4.2.2", reason="452 4.2.2 try again later"))
            arrived += PUT_OFF
        case Mailbox.SCANNED:
            for after, link in enumerate(SCANNED, start=1):
                world.put(arrived + after, partial(_scan, world, mail, link))
    world.report(_event(mail, Kind.DELIVERED, arrived))
    chance = world.chance(person.no, mail.campaign, mail.mail, "plans", mail.at)
    for plan in plans(person, mail.mail, arrived, chance):
        world.put(plan.at, partial(deeds.do, world, person, mail, plan))


def _event(mail: HandedOver, kind: Kind, at: int, **data: str) -> DeliveryEvent:
    return DeliveryEvent(
        provider=mail.provider, external_id=f"{mail.ref}:{kind}", kind=kind, ref=mail.ref, at=at, data=data
    )


def _scan(world: World, mail: HandedOver, link: str, at: int) -> None:
    follow_link(world.at(at), mail.message_id, link, user_agent=SCANNER)
