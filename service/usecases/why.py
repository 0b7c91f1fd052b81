"""A lead's story: what was sent and why, what was not and why not, and what comes next. The reasons are those that were
stored with each decision; nothing is worked out anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.storage import timeline
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.usecases.call_lines import call_line
from service.usecases.kit import Kit
from service.usecases.seen_lines import seen_lines
from service.usecases.story_lines import Line, event_line, refusal_line, send_line
from service.usecases.story_next import Next, next_of_all, nothing_words
from service.usecases.told import Told, read_told


@dataclass(frozen=True, slots=True)
class Milestone:
    name: str
    at: int | None


@dataclass(slots=True)
class Story:
    lines: list[Line] = field(default_factory=list)
    next: list[Next] = field(default_factory=list)
    nothing: str = ""
    path: list[Milestone] = field(default_factory=list)
    handled_at: int | None = None
    cut: bool = False


def why(kit: Kit, conn: Connection, lead: LeadRow, now: int, clinic: ClinicRow | None = None) -> Story:
    """The whole story, from one reading: a dozen statements, whatever its length. `clinic`: the lead's, where it is at
    hand."""
    told = read_told(kit, conn, lead, now, clinic)
    lines = [event_line(told, row) for row in told.events]
    lines += [send_line(told, row) for row in told.sends]
    lines += [refusal_line(told, row) for row in told.refusals]
    lines += seen_lines(told)
    lines += [call_line(told, row) for row in told.calls]
    lines.sort(key=lambda line: line.at, reverse=True)
    story = Story(lines=lines, next=next_of_all(told), path=_path(told))
    story.nothing = "" if story.next else nothing_words(told)
    story.handled_at = max((each.at for each in told.events if each.kind == "note"), default=None)
    story.cut = any(len(part) == timeline.MOST for part in (told.events, told.sends, told.refusals))
    return story


def _path(told: Told) -> list[Milestone]:
    def first(kinds: set[str], link: str | None = None) -> int | None:
        found = [
            row.at
            for row in told.events
            if row.kind in kinds and row.flag is None and (link is None or row.link == link)
        ]
        return min(found, default=None)

    confirmed = first({"confirmed", "consent-given"})
    if confirmed is None and told.lead.consent == "given":
        confirmed = told.lead.consent_at
    mailed = min((row.accepted_at for row in told.sends if row.accepted_at and not row.service), default=None)
    return [
        Milestone("Sign-up", told.lead.created_at),
        Milestone("Confirmed", confirmed),
        Milestone("Reading", mailed),
        Milestone("Clicked", first({"clicked"}, "book")),
        Milestone("Booked", first({"booked"})),
        Milestone("Attended", first({"attended"})),
    ]
