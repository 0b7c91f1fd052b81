"""Changing what a score is made of: the rules, and how fast points fade. Scores are then made anew in batches, by the
job that scores."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from service.domain.scoring import DEFAULT_RULES, LONGEST_HALF_LIFE, Rule, check_rules, shifted
from service.storage import audits, clinics, scores
from service.usecases.kit import Kit
from service.usecases.score_leads import rescore_from_now


def add_default_rules(conn: Connection, clinic_id: int, now: int) -> None:
    """What a new clinic starts with."""
    scores.replace_rules(conn, clinic_id, DEFAULT_RULES, now)


def change_rules(kit: Kit, clinic_id: int, user_id: int | None, rules: Sequence[Rule]) -> bool:
    """Gives the clinic these rules and no others; False when they are the ones it has. Raises ValueError with what to
    mend."""
    check_rules(rules)
    now = kit.clock()
    with kit.db.write() as conn:
        if [row.rule for row in scores.rules_of(conn, [clinic_id])[clinic_id]] == list(rules):
            return False
        scores.replace_rules(conn, clinic_id, rules, now)
        rescore_from_now(conn, clinic_id)
        audits.record(conn, clinic_id, user_id, now, "score rules changed", "scoring", {"rules": len(rules)})
    return True


def change_half_life(kit: Kit, clinic_id: int, user_id: int | None, days: int) -> bool:
    """Points fade by half in so many days; False when they do already. Each lead's points of now are carried over in
    the same transaction, so that no segment ever sees ranks of two kinds. Raises ValueError with what to mend."""
    if not 1 <= days <= LONGEST_HALF_LIFE:
        raise ValueError(f"give a whole number of days from 1 to {LONGEST_HALF_LIFE}")
    now = kit.clock()
    with kit.db.write() as conn:
        before = clinics.get(conn, clinic_id).score_half_life
        if before == days:
            return False
        clinics.change(conn, clinic_id, {"score_half_life": days})
        scores.shift_ranks(conn, clinic_id, shifted(now, before, days))
        rescore_from_now(conn, clinic_id)
        data = {"from": before, "to": days}
        audits.record(conn, clinic_id, user_id, now, "score half-life changed", "scoring", data)
    return True
