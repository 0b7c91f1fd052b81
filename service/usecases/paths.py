"""The ways ahead of leads who are in a series, with today's facts: what the desk and the forecast walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases.alike import at as standing
from service.usecases.kit import Kit
from service.usecases.loaded import Loaded
from service.usecases.open_slots import ENOUGH
from service.usecases.walk import Path, Walker


@dataclass(frozen=True, slots=True)
class Ready:
    """One lead's running series: their rows, and their way ahead."""

    rows: Sequence[DueRow]
    path: Path


def load_paths(
    kit: Kit,
    conn: Connection,
    rows: Sequence[DueRow],
    now: int,
    *,
    houses: Mapping[int, ClinicRow] | None = None,
    slots: Mapping[int, int] | None = None,
) -> tuple[list[Ready], Loaded]:
    """By lead, in a dozen statements however many there are. `rows`: all that run of each of these leads, those that
    rest for a person or a paused campaign left out. `houses` and `slots`: as for `facts.read`."""
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    definitions = {key: version.definition for key, version in versions.items()}
    loaded = known.load(conn, rows, definitions, now, ahead=True, houses=houses, slots=slots)
    return [path_of(list(own), definitions, loaded) for own in _by_lead(rows)], loaded


def path_of(rows: Sequence[DueRow], definitions: Mapping[int, Definition], loaded: Loaded) -> Ready:
    """`rows` are one lead's. A clinic that has stopped all mail is walked as though it were started now; where its
    slots were not asked for, there will be some."""
    slots = loaded.slots.get(rows[0].clinic_id, ENOUGH)
    walkers = [
        Walker(
            definitions[row.version_id], standing(row), replace(loaded.facts[row.id], stopped=False, slots_open=slots)
        )
        for row in rows
    ]
    half_life = loaded.clinics[rows[0].clinic_id].score_half_life
    return Ready(rows, Path(walkers, [day for day, _n in loaded.mailed.get(rows[0].lead_id, ())], half_life))


def _by_lead(rows: Sequence[DueRow]) -> list[list[DueRow]]:
    ordered = sorted(rows, key=lambda row: (row.lead_id, row.id))
    return [list(own) for _lead, own in groupby(ordered, key=lambda row: row.lead_id)]
