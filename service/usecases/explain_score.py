"""Why a lead's score is what it is: each gift of points, what it was then and what it is worth now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.scoring import fades_to, points_at, stage
from service.storage import clinics, scores
from service.usecases.kit import Kit

MOST_LINES = 200
NOTHING = 0.005  # a line that is worth less rounds to none


@dataclass(frozen=True, slots=True)
class Line:
    at: int
    words: str
    then: float
    now: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`stage` of domain.scoring.STAGES; `lines` newest first. `words` says the whole in one sentence."""

    points: float
    stage: str
    half_life_days: int
    lines: list[Line]

    @property
    def words(self) -> str:
        if not self.lines:
            return "No points yet: nothing that counts has happened."
        plural = "day" if self.half_life_days == 1 else "days"
        return (
            f"{self.points:.0f} points, {self.stage}. Points fade by half every {self.half_life_days} {plural}; "
            "a score is never below zero."
        )


def explain_score(kit: Kit, clinic_id: int, lead_id: int) -> Explanation:
    """Raises NoResultFound for a lead that the clinic has not."""
    with kit.db.read() as conn:
        half_life = clinics.get(conn, clinic_id).score_half_life
        return explain_rank(conn, lead_id, scores.rank_of_lead(conn, clinic_id, lead_id), half_life, kit.clock())


def explain_rank(conn: Connection, lead_id: int, rank: float | None, half_life: int, now: int) -> Explanation:
    """Of a lead whose rank is at hand; `half_life` in days."""
    points = points_at(rank, now, half_life)
    lines = [
        Line(entry.at, entry.why, entry.points, fades_to(entry.points, entry.at, now, half_life))
        for entry in scores.entries_of(conn, lead_id, MOST_LINES)
    ]
    rounded = [Line(line.at, line.words, line.then, 0.0 if abs(line.now) < NOTHING else line.now) for line in lines]
    return Explanation(points, stage(points), half_life, rounded)
