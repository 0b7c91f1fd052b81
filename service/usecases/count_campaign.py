"""How many people are where in a campaign."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.flow import draw
from service.storage import campaign_numbers, kept_numbers
from service.storage.campaign_numbers import CampaignNumbers, Part, StepNumbers
from service.usecases.keep_numbers import Answer, Count, Counted, count_anew, kept
from service.usecases.kit import Kit
from service.usecases.ways import roads_of

SUBJECT = "campaign"


@dataclass(frozen=True, slots=True)
class CampaignCount:
    """`roads`: who took a way, by question and place. `taken_at`: when it was counted, None: just now."""

    numbers: CampaignNumbers
    steps: dict[str, StepNumbers]
    roads: dict[tuple[str, int], int]
    taken_at: int | None = None

    def of(self, part: Part) -> int | None:
        """How many stand there; None for what is not among these numbers."""
        if part.label is not None or part.state == "way":
            return None
        if part.step is None:
            found: int | None = getattr(self.numbers, part.state, None)
            return found
        step = self.steps.get(part.step, StepNumbers())
        return step.waits if part.state == "here" else getattr(step, part.state, None)


def count_campaign(
    conn: Connection, clinic_id: int, campaign_id: int, definition: Definition, numbers: CampaignNumbers | None = None
) -> CampaignCount:
    """Counted now. `numbers`: where they are known already."""
    asked = roads_of(draw(definition))
    took = campaign_numbers.roads(conn, clinic_id, campaign_id, list(asked.values()))
    return CampaignCount(
        numbers or campaign_numbers.of_campaign(conn, clinic_id, campaign_id),
        campaign_numbers.steps(conn, clinic_id, campaign_id),
        dict(zip(asked, took, strict=True)),
    )


def kept_count(
    kit: Kit, clinic_id: int, campaign_id: int, version_id: int, definition: Definition
) -> CampaignCount | None:
    """As it was counted some minutes ago; None for a campaign that is counted at each look."""
    with kit.db.read() as conn:
        if not kept_numbers.exceeds(conn, kit.counts_live, campaign_id=campaign_id):
            return None
    return _read(kept(kit, clinic_id, subject(campaign_id, version_id), counter(clinic_id, campaign_id, definition)))


def recount(kit: Kit, clinic_id: int, campaign_id: int, version_id: int, definition: Definition) -> None:
    """Counts it now, and keeps that."""
    count = counter(clinic_id, campaign_id, definition)
    count_anew(kit, clinic_id, subject(campaign_id, version_id), count)


def subject(campaign_id: int, version_id: int) -> str:
    """What is kept: the ways belong to a version."""
    return f"{SUBJECT}:{campaign_id}:{version_id}"


def counter(clinic_id: int, campaign_id: int, definition: Definition) -> Count:
    """What counts it, as it is kept."""
    return lambda conn: _as_kept(count_campaign(conn, clinic_id, campaign_id, definition))


def _as_kept(found: CampaignCount) -> Answer:
    return {
        "numbers": asdict(found.numbers),
        "steps": {key: asdict(step) | {"faces": []} for key, step in found.steps.items()},  # no name is kept
        "roads": [[*way, people] for way, people in found.roads.items()],
    }


def _read(found: Counted) -> CampaignCount:
    answer = found.answer
    return CampaignCount(
        CampaignNumbers(**answer["numbers"]),
        {key: StepNumbers(**step) for key, step in answer["steps"].items()},
        {(step, place): people for step, place, people in answer["roads"]},
        found.taken_at,
    )
