"""What a demo's people do, each through the use case behind the page they would be on."""

from __future__ import annotations

from functools import partial

from service.domain.click import COUNTS_AFTER
from service.domain.delivery_event import DeliveryEvent, Kind
from service.storage.demo import HandedOver
from service.usecases.answer_question import answer_question
from service.usecases.choose_preferences import TOPICS, choose_preferences
from service.usecases.confirm_address import confirm_address
from service.usecases.demo import visits
from service.usecases.demo.habits import Deed, Plan
from service.usecases.demo.people import Person
from service.usecases.demo.world import World
from service.usecases.follow_link import follow_link
from service.usecases.kit import Kit
from service.usecases.pause_mails import pause_mails
from service.usecases.read_link import read_link
from service.usecases.stay_in_touch import stay_in_touch
from service.usecases.unsubscribe import unsubscribe

LINKS = {
    Deed.READ: "read",
    Deed.LOOK: "book",
    Deed.BOOK: "book",
    Deed.STAY: "stay",
    Deed.PAUSE: "pause",
    Deed.WEEKLY: "preferences",
}


def do(world: World, person: Person, mail: HandedOver, plan: Plan, at: int) -> None:
    """Does what `plan` says, now. The mail's own token leads there, as it would from the mailbox."""
    kit = world.at(at)
    with kit.db.read() as conn:
        whose = read_link(conn, kit, kit.links.mint("message", mail.message_id), at)
    if whose is None or (whose.lead.consent == "withdrawn" and plan.deed is not Deed.CONFIRM):
        return
    link = plan.detail if plan.deed is Deed.ANSWER else LINKS.get(plan.deed)
    if link:
        follow_link(kit, mail.message_id, link, user_agent=person.agent)
        world.soon(at + COUNTS_AFTER)
    _act(world, kit, person, mail, plan, at)


def _act(world: World, kit: Kit, person: Person, mail: HandedOver, plan: Plan, at: int) -> None:
    lead_id, message_id = mail.lead_id, mail.message_id
    match plan.deed:
        case Deed.BOOK:
            thinking = world.chance(person.no, "thinks", message_id and mail.mail).randrange(50, 240)
            world.put(at + thinking, partial(visits.book, world, person, mail))
        case Deed.ANSWER:
            answer_question(kit, lead_id, plan.detail, message_id=message_id)
            world.soon(at)
        case Deed.CONFIRM:
            confirm_address(kit, lead_id, message_id=message_id, page=f"{kit.base_url}/c/")
            world.at_once(at)
        case Deed.STAY:
            stay_in_touch(kit, lead_id)
            world.soon(at)
        case Deed.PAUSE:
            pause_mails(kit, lead_id, message_id=message_id)
        case Deed.WEEKLY:
            choose_preferences(kit, lead_id, "weekly", TOPICS, message_id=message_id)
        case Deed.STOP:
            unsubscribe(kit, lead_id, message_id=message_id, how="page")
        case Deed.COMPLAIN:
            world.report(DeliveryEvent(mail.provider, f"{mail.ref}:{Kind.COMPLAINED}", Kind.COMPLAINED, mail.ref, at))
            world.hand_in(at)
