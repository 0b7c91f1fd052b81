"""What the demo's front desk knows besides: a few tags, a field, and a segment to call."""

from __future__ import annotations

from functools import partial

from service.content.segment_text import segment_text
from service.domain.acts import AddTag, Effect, SetField
from service.domain.conditions import Did, Group, Not
from service.usecases.demo.world import World
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.save_segment import save_segment

ASKED = ("asked-no-visit", "Clicked Book in the last 14 days, no visit yet")
WHO = Group("all", (Did("clicked", "book", 14), Not(Did("booked"))))
TAGS, EACH, FEWEST = ("prefers mornings", "knows Hannah"), 9, 12
INSURERS, EVERY = ("Aetna", "HealthPartners", "none"), 4


def keep_marks(world: World, now: int) -> None:
    """Puts down what is noted on the last day."""
    world.put(now - 2, partial(_mark, world))


def _mark(world: World, at: int) -> None:
    kit, clinic_id = world.at(at), world.house.clinic.id
    save_segment(kit, clinic_id, None, segment_text(*ASKED, WHO))
    leads = sorted(world.people)
    wanted: list[tuple[int, Effect]] = []
    for place, lead_id in enumerate(leads if len(leads) >= FEWEST else ()):
        if place % EACH < len(TAGS):
            wanted.append((lead_id, AddTag(TAGS[place % EACH])))
        if place % EVERY == 0:
            wanted.append((lead_id, SetField("insurance", INSURERS[place // EVERY % len(INSURERS)])))
    with kit.db.write() as conn:
        mark_leads(conn, kit, [Mark(clinic_id, lead_id, effect) for lead_id, effect in wanted], at)
