"""A lead's timeline in lines: what happened, what was sent and why, what was not and why not."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain import words
from service.domain.words import date, span, when
from service.storage.timeline import EventRow, RefusalRow, SendRow
from service.usecases.event_words import event_words
from service.usecases.told import Told

OURS = frozenset(
    {"note", "imported", "attended", "no-show", "staff-done", "staff-reopened", "mail-decided", "merged", "cared-for"}
)
ENGINES = frozenset({"entered", "left", "completed", "confirm-asked", "staff-asked", "forgotten"})
ICONS = {
    "signed-up": "form",
    "imported": "people",
    "consent-given": "okc",
    "confirm-asked": "mail",
    "confirmed": "okc",
    "entered": "flow",
    "completed": "flag",
    "clicked": "tap",
    "visited": "tap",
    "answered": "reply",
    "booked": "cal",
    "moved": "cal",
    "cancelled": "x",
    "attended": "check",
    "no-show": "skip",
    "unsubscribed": "skip",
    "resubscribed": "undo",
    "chose": "gear",
    "paused": "pause",
    "resumed": "play",
    "replied": "reply",
    "auto-replied": "reply",
    "note": "phone",
    "staff-asked": "clock",
    "staff-done": "check",
    "staff-reopened": "undo",
    "mail-decided": "mail",
    "of-age": "check",
    "red-flag": "warn",
    "cared-for": "check",
    "forgotten": "x",
    "merged": "people",
}
LEAVING = {"in_flight": "Leaving:", "planned": "Leaving:", "in_doubt": "In doubt:"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `kind`: mail, no (a non-send), theirs, ours or engine; `what` is bold, then `named` in
    quotes, then `because` in grey; `side` stands at the right."""

    at: int
    kind: str
    icon: str
    what: str
    named: str = ""
    because: str = ""
    side: str = ""


def event_line(told: Told, row: EventRow) -> Line:
    what, named, because = event_words(told, row)
    kind = "ours" if row.kind in OURS else "engine" if row.kind in ENGINES else "theirs"
    return Line(row.at, kind, ICONS.get(row.kind, "note"), what, named, because)


def send_line(told: Told, row: SendRow) -> Line:
    title = told.title(row.version_id, row.step, row.mail)
    if row.state == "accepted":
        at = row.accepted_at or row.created_at
        because = words.sent_because(row.why, row.service, at, told.zone, told.now)
        return Line(at, "mail", "mail", "Sent", title, because, _fate(row))
    held = row.state == "planned" and row.reason == "overdue"
    reason = words.MESSAGES["held" if held else row.state] + (f": {row.reason}" if row.reason else "")
    what = LEAVING.get(row.state, "Not sent:")
    kind, icon = ("mail", "mail") if what == "Leaving:" else ("no", "warn")
    return Line(row.created_at, kind, icon, what, title, reason)


def _fate(row: SendRow) -> str:
    sent = row.accepted_at or row.created_at
    if row.complained_at:
        return "marked as spam"
    if row.bounced_at:
        return "came back"
    return f"delivered {span(row.delivered_at - sent)} later" if row.delivered_at else ""


def refusal_line(told: Told, row: RefusalRow) -> Line:
    title = told.title(row.version_id, row.step)
    if row.kind == "exited":
        return _exit_line(told, row, title)
    because = words.held_because(row.guard, row.facts, told.zone, told.now)
    if row.kind == "skipped":
        by_hand = row.reason == "skipped by hand"
        return Line(row.at, "no", "skip", "Not sent:", title, words.REASONS[row.reason] if by_hand else because)
    moved = f"; moved to {when(row.until, told.zone, told.now)}" if row.until else ""
    return Line(row.at, "no", "skip", "Not sent yet:", title, because + moved)


def _exit_line(told: Told, row: RefusalRow, title: str) -> Line:
    reason = words.left_because(row.reason, told.goal(row.campaign_id))
    if row.reason == "unsubscribed":
        reason = f"they had asked us to stop on {date(_stopped_at(told, row.at), told.zone)}"
    kind, icon = ("engine", "flag") if row.guard == "goal-met" else ("no", "skip")
    name = told.campaign(row.campaign_id)
    if title:
        return Line(row.at, kind, icon, "Not sent:", title, f"{reason}; left “{name}”")
    return Line(row.at, kind, icon, "Left", name, reason)


def _stopped_at(told: Told, by: int) -> int:
    return max((each.at for each in told.events if each.kind == "unsubscribed" and each.at <= by), default=by)
