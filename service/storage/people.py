"""What is true of a lead, as conditions on its row: one home, so that a number and the list behind it agree."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from service.domain.first_call import WAITS_FOR
from service.storage.sources import LIST
from service.storage.tables import appointment, consent, enrollment, event, lead, message, source, suppression

Is = ColumnElement[bool]

STAGES = ("new", "confirmed", "reading", "clicked", "booked", "attended", "stopped", "bounced", "no-consent")
REACHED = ("signed-up", "confirmed", "reading", "clicked", "booked", "attended")
CAMPAIGN_DEEDS = ("entered", "here", "booked", "left", "ended", "sent", "clicked", "visited")
DEEDS = ("asked", "asked-twice", "answered", "uncalled", "overdue", "held", "in-doubt")

DIGITS_LEAST = 3
_DEAD = ("hard-bounce", "invalid", "soft-bounces")
_RUNNING: Is = enrollment.c.state.in_([sa.literal_column("1"), sa.literal_column("2")])
_STATE: dict[str, Is] = {
    "active": enrollment.c.state == sa.literal_column("1"),
    "paused": enrollment.c.state == sa.literal_column("2"),
    "completed": enrollment.c.state == sa.literal_column("3"),
    "exited": enrollment.c.state == sa.literal_column("4"),
}


def stage() -> sa.Case[str]:
    """The one stage a lead stands at, by what was reached furthest and still holds."""
    whens = [(is_at, sa.literal(name)) for name, is_at in _stages().items()]
    return sa.case(*whens, else_=sa.literal("confirmed"))


def at_stage(name: str) -> Is:
    """The same stage, told one by one: a database may begin with the few who have what it takes."""
    stages = _stages()
    if name not in STAGES:
        return sa.false()
    further = list(stages)[: list(stages).index(name)] if name in stages else list(stages)
    own = [_booked_ones()] if name == "booked" else [stages[name]] if name in stages else []
    return sa.and_(*own, *(~stages[each] for each in further))


def reached(name: str) -> Is:
    """This far in the funnel or further, whatever came after."""
    place = REACHED.index(name)
    if place == 0:
        return sa.true()
    proofs = [_consented(), _mailed(), _clicked(), _has_visit(), _has_visit("attended")]
    return sa.or_(*proofs[place - 1 :])


def halted() -> Is:
    """Gets nothing more: asked us to stop, or the address is dead."""
    stages = _stages()
    return sa.or_(stages["bounced"], stages["stopped"])


def did(deed: str, now: int) -> Is:
    """One of DEEDS."""
    if deed in ("asked", "asked-twice"):
        return sa.and_(book_clicks(now) >= (2 if deed == "asked-twice" else 1), ~_has_visit())
    if deed == "answered":
        return _event(event.c.kind == "answered", event.c.at >= now - 14 * 86_400)
    if deed == "uncalled":
        return awaits_call(now)
    if deed == "overdue":
        resent = _message(message.c.state == sa.literal_column("'planned'"), message.c.reason == "overdue")
        return sa.or_(_run(_STATE["paused"], enrollment.c.guard == "overdue"), resent)
    if deed == "held":
        return _run(_STATE["paused"], enrollment.c.guard.in_(["content-broken", "content-expired", "restored"]))
    return _message(message.c.state == "in_doubt")


def can_be_called() -> Is:
    """Signed up by themselves, not with a list, and gave a number: whom the clock to the first call is kept for."""
    doors = sa.select(source.c.id).where(source.c.vendor != LIST)
    return sa.and_(lead.c.source_id.in_(doors), lead.c.phone.is_not(None), ~lead.c.minor)


def awaits_call(now: int) -> Is:
    """Signed up lately, can be called, was not yet, and neither booked nor asked us to stop."""
    fresh = (lead.c.created_at >= now - WAITS_FOR, lead.c.called_at.is_(None))
    return sa.and_(*fresh, can_be_called(), ~_has_visit(), ~_stages()["stopped"])


def did_in(campaign_id: int, deed: str, step: str | None) -> Is:
    """One of CAMPAIGN_DEEDS, in one campaign and, where `step` is named, at that step."""
    if deed in ("sent", "clicked"):
        done = message.c.accepted_at if deed == "sent" else message.c.clicked_at
        parts = [message.c.campaign_id == campaign_id, done.is_not(None)]
        return _message(*parts, *([message.c.step == step] if step else []))
    if deed == "visited":
        return _visited(campaign_id, step)
    state: dict[str, list[Is]] = {
        "entered": [],
        "here": [_RUNNING],
        "booked": [_STATE["exited"], enrollment.c.reason == "goal-met"],
        "left": [_STATE["exited"], enrollment.c.reason != "goal-met"],
        "ended": [_STATE["completed"]],
    }
    at = [enrollment.c.step == step] if step else []
    return _run(enrollment.c.campaign_id == campaign_id, *state[deed], *at)


def named(word: str) -> Is:
    """A word that a name or the address begins with, in any case; digits that stand in the phone number."""
    start = word.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    columns = (lead.c.first_name, lead.c.last_name, lead.c.email_key)
    begins = [sa.func.lower(column).like(start + "%", escape="\\") for column in columns]
    inside = [sa.func.lower(column).like("% " + start + "%", escape="\\") for column in columns[:2]]
    others = [lead.c.also_named.ilike(f"{before}{start}%", escape="\\") for before in ("", "% ", "%\n")]
    return sa.or_(*begins, *inside, *others, *_dialled(word))


def _dialled(word: str) -> list[Is]:
    digits = "".join(filter(str.isdigit, word))
    if len(digits) < DIGITS_LEAST or any(letter.isalpha() for letter in word):
        return []
    return [lead.c.phone.like(f"%{digits}%")]


def _stages() -> dict[str, Is]:
    return {
        "attended": _has_visit("attended"),
        "booked": _has_visit("booked"),
        "bounced": _suppressed(*_DEAD),
        "stopped": sa.or_(lead.c.consent == "withdrawn", _suppressed("unsubscribed", "complaint", "by-hand")),
        "no-consent": lead.c.consent == "none",
        "new": lead.c.consent == "pending",
        "clicked": _clicked(),
        "reading": _mailed(),
    }


def _suppressed(*reasons: str) -> Is:
    return sa.exists().where(
        suppression.c.email_key == lead.c.email_key,
        suppression.c.lifted_at.is_(None),
        suppression.c.reason.in_(reasons),
        sa.or_(suppression.c.clinic_id.is_(None), suppression.c.clinic_id == lead.c.clinic_id),
    )


def _consented() -> Is:
    return sa.exists().where(consent.c.lead_id == lead.c.id, consent.c.kind.in_(["given", "confirmed"]))


def _mailed() -> Is:
    return _message(message.c.accepted_at.is_not(None), ~message.c.service)


def _clicked() -> Is:
    return _event(event.c.kind == "clicked", event.c.link == "book", event.c.flag.is_(None))


def _has_visit(state: str | None = None) -> Is:
    found = sa.exists().where(appointment.c.lead_id == lead.c.id)
    return found.where(appointment.c.state == state) if state else found


def _visited(campaign_id: int, step: str | None) -> Is:
    found = sa.exists().where(
        appointment.c.lead_id == lead.c.id,
        message.c.id == appointment.c.message_id,
        message.c.campaign_id == campaign_id,
    )
    return found.where(message.c.step == step) if step else found


def _booked_ones() -> Is:
    """As _has_visit("booked"), from the visits: few are ahead, of however many leads."""
    return lead.c.id.in_(sa.select(appointment.c.lead_id).where(appointment.c.state == sa.literal_column("'booked'")))


def _event(*parts: Is) -> Is:
    return sa.exists().where(event.c.lead_id == lead.c.id, *parts)


def _message(*parts: Is) -> Is:
    return sa.exists().where(message.c.lead_id == lead.c.id, *parts)


def _run(*parts: Is) -> Is:
    return sa.exists().where(enrollment.c.lead_id == lead.c.id, *parts)


def book_clicks(now: int) -> ColumnElement[Any]:
    """How often the lead opened the booking page in the last 14 days, as a person."""
    query = sa.select(sa.func.count()).where(
        event.c.lead_id == lead.c.id,
        event.c.at >= now - 14 * 86_400,
        event.c.kind == "clicked",
        event.c.link == "book",
        event.c.flag.is_(None),
    )
    return query.correlate(lead).scalar_subquery()
