"""How a demo's people come in: through a signed post, Typeform's, or our own form; and what else knocks."""

from __future__ import annotations

from functools import partial

from service.domain.timing import DAY, HOUR, MINUTE, local
from service.sources.hosted_form import faults, page_token
from service.storage import inbox
from service.usecases.demo import front_desk, visits
from service.usecases.demo.clinic import STANDARD_KEY, TYPEFORM_KEY
from service.usecases.demo.people import Door, Person
from service.usecases.demo.posts import Post, form_post, sign_standard, sign_typeform, standard_post, typeform_post
from service.usecases.demo.world import World
from service.usecases.take_post import Came, take_form, take_post

READS_FORM = 95  # seconds from the form's page to its button
CALLS = 0.35  # how many of those without mail the front desk reaches and books
OPENS, CLOSES = 9, 17


class DemoFailed(Exception):
    """The demo's own post was not taken: the product or the demo is wrong."""


def sign_up(world: World, person: Person, at: int) -> None:
    match person.door:
        case Door.STANDARD:
            post_id = _post(world, STANDARD_KEY, standard_post(person, at), at)
        case Door.TYPEFORM:
            post_id = _post(world, TYPEFORM_KEY, typeform_post(person, at), at)
        case Door.FORM:
            post_id = _form(world, person, at)
    with world.kit.db.read() as conn:
        lead_id = inbox.get(conn, post_id).lead_id
    if lead_id is None:
        raise DemoFailed(f"the sign-up of person {person.no} became no lead")
    if world.people.setdefault(lead_id, person) is person:
        front_desk.greet(world, person, lead_id, at)
    if person.consent:
        world.at_once(at)
    elif person.phone and world.chance(person.no, "call").random() < CALLS:
        world.put(_office_hour(world, person, at), partial(visits.book_by_phone, world, person, lead_id))


def _post(world: World, key: str, post: Post, at: int) -> int:
    post_id = take_post(world.at(at), key, post.raw, post.headers, Came())
    if post_id is None:
        raise DemoFailed(f"a post to {key} was not taken for authentic")
    return post_id


def _form(world: World, person: Person, at: int) -> int:
    """As the form's page does: what was typed is checked first, and the page's own token comes along."""
    kit, source, slug = world.at(at), world.house.form, world.house.clinic.slug
    post = form_post(person, source.consent_version, page_token(kit.secret, slug, at - READS_FORM))
    typed = {"first_name": person.first_name, "email": person.email, "phone": person.phone or ""}
    if wrong := faults(typed, source.consent_version):
        raise DemoFailed(f"our own form would not take person {person.no}: {', '.join(wrong)}")
    came = Came(user_agent=person.agent, page=f"{kit.base_url}/join/{slug}", referrer=person.page)
    return take_form(kit, source, post.raw, post.headers, came)


def _office_hour(world: World, person: Person, at: int) -> int:
    """Some hour of the next weekday."""
    chance = world.chance(person.no, "call hour")
    when = at + DAY
    while not (OPENS <= local(when, world.house.clinic.zone).hour < CLOSES) or _weekend(world, when):
        when += HOUR
    return when + chance.randrange(40) * MINUTE


def _weekend(world: World, at: int) -> bool:
    return local(at, world.house.clinic.zone).weekday() > 4


def knock(world: World, people: list[Person], until: int) -> None:
    """Puts down what else comes: a repeat, a forgery, and in the last days somebody who wants a call and two posts that
    nobody can read."""
    repeated = next((person for person in reversed(people) if person.door is Door.STANDARD), None)
    if repeated is not None:
        world.put(repeated.at + 30, partial(_repeat, world, repeated))
    world.put(until - 3 * DAY - 5 * HOUR, partial(_forge, world))
    by_phone = {"type": "consultation.requested", "data": {"first_name": "Ronja", "phone": "(952) 555-0177"}}
    world.put(until - 3 * DAY - 3 * HOUR, partial(_odd, world, STANDARD_KEY, by_phone, "msg_by_phone"))
    no_address = {"type": "consultation.requested", "data": {"first_name": "Odalys"}}
    world.put(until - 2 * DAY - 4 * HOUR, partial(_odd, world, STANDARD_KEY, no_address, "msg_unreadable"))
    slip = {"event_id": "ev-slip", "event_type": "form_response", "form_response": {"token": "tf-slip", "answers": [
        {"type": "email", "email": "torvald@example,org", "field": {"id": "f3", "ref": "email", "type": "email"}}
    ]}}  # fmt: skip
    world.put(until - 26 * HOUR, partial(_odd, world, TYPEFORM_KEY, slip, ""))


def _repeat(world: World, person: Person, at: int) -> None:
    """The website sends its last post once more, as webhooks do: nothing comes of it."""
    _post(world, STANDARD_KEY, standard_post(person, person.at), at)


def _forge(world: World, at: int) -> None:
    """Somebody without the secret."""
    post = sign_standard({"type": "consultation.requested", "data": {"email": "x@example.net"}}, "msg_forged", at,
                         "whsec_" + "QUJD" * 8)  # fmt: skip
    if take_post(world.at(at), STANDARD_KEY, post.raw, post.headers, Came()) is not None:
        raise DemoFailed("a forged post was taken")


def _odd(world: World, key: str, body: object, post_id: str, at: int) -> None:
    post = sign_standard(body, post_id, at) if key == STANDARD_KEY else sign_typeform(body)
    _post(world, key, post, at)
