"""Opens and clicks that the provider tells of, as lines of a timeline. They are shown, and move nobody."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain import words
from service.domain.click import BURST_LINKS, BURST_SECONDS, too_soon
from service.domain.delivery_event import Kind
from service.storage.delivery_events import Seen
from service.storage.timeline import SendRow
from service.usecases.story_lines import Line
from service.usecases.told import Told

WHAT = {Kind.OPENED: ("Opened", "mail"), Kind.CLICKED: ("Followed a link of", "tap")}
UNFLAGGED = "as the provider says: not counted"


def seen_lines(told: Told) -> list[Line]:
    """One line for what happened alike to a mail, at its first instant."""
    sends = {send.id: send for send in told.sends}
    groups: dict[tuple[int, Kind, str | None], list[Seen]] = {}
    for seen in told.seen:
        send = sends.get(seen.message_id)
        if send is not None:
            groups.setdefault((seen.message_id, seen.kind, _flag(seen, send, told.seen)), []).append(seen)
    return [_line(told, sends[message], kind, flag, group) for (message, kind, flag), group in groups.items()]


def _line(told: Told, send: SendRow, kind: Kind, flag: str | None, group: Sequence[Seen]) -> Line:
    what, icon = WHAT[kind]
    because = words.FLAGS.get(flag or "", UNFLAGGED)
    often = f"{len(group)} times, " if len(group) > 1 else ""
    first = min(each.at for each in group)
    return Line(first, "theirs", icon, what, told.title(send.version_id, send.step, send.mail), often + because)


def _flag(seen: Seen, send: SendRow, everything: Sequence[Seen]) -> str | None:
    if seen.flag is not None or seen.kind is not Kind.CLICKED:
        return seen.flag
    near = {
        each.url
        for each in everything
        if each.message_id == seen.message_id and each.kind is seen.kind and abs(each.at - seen.at) < BURST_SECONDS
    }
    if len(near) >= BURST_LINKS:
        return "burst"
    return "too-soon" if too_soon(seen.at, send.accepted_at, send.delivered_at) else None
