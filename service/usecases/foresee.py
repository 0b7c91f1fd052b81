"""What comes next for somebody, if they go on as they are: the engine itself, asked ahead."""

from __future__ import annotations

from collections.abc import Mapping

from service.usecases.walk import Path
from service.usecases.why_then import Ahead, Notes

MAILS_AHEAD = 2


def foresee(path: Path, now: int, phrases: Mapping[int, str], mails: int = MAILS_AHEAD) -> dict[int, list[Ahead]]:
    """By run: its next `mails` mails in order, with today's facts: no click, no booking, no pause in between. A lead's
    runs share the caps, so they are walked together. Ends where a person must decide. Nothing is read or written."""
    notes, found = Notes(phrases), {each.run.id: list[Ahead]() for each in path.walkers}
    for decided in path.walk(now):
        ahead = notes.hear(decided)
        if ahead is not None:
            found[decided.run.id].append(ahead)
        if all(len(found[each.run.id]) >= mails for each in path.walkers if not each.ended):
            break
    return {run_id: listed[:mails] for run_id, listed in found.items()}
