"""A link of ours was followed: noted at once, counted five minutes later unless a machine gives itself away by then."""

from __future__ import annotations

import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from service.domain.click import BURST_LINKS, BURST_SECONDS, COUNTS_AFTER, TRAP, TRAP_SECONDS, Flag, flag_of
from service.domain.conditions import Clicked, Did
from service.storage import clicks, events, messages
from service.storage.clicks import Hit
from service.storage.messages import MessageRow
from service.usecases.kit import Kit
from service.usecases.leave import wake

PATIENCE = 2.0  # seconds that a page may wait for its click to be noted
_log = structlog.get_logger()
AGAIN_AFTER = 60  # a page loaded twice within a minute was followed once


def follow_link(kit: Kit, message_id: int, link: str, *, user_agent: str, method: str = "GET") -> None:
    """Notes a hit on `link` (book, read, preferences, pause, stay, hidden, or an answer's name) of this mail and wakes
    the branches that may wait for it. Does nothing for an unknown mail. A busy database loses the click and raises
    nothing: somebody waits for the page behind the link."""
    try:
        with kit.db.write(patience=PATIENCE) as conn:
            message = messages.get(conn, message_id)
            if message is not None:
                _hit(conn, kit, message, link, user_agent, method)
    except (OperationalError, InterfaceError) as fault:
        _log.warning("click-lost", message=message_id, fault=type(fault).__name__)


def _hit(conn: Connection, kit: Kit, message: MessageRow, link: str, user_agent: str, method: str) -> None:
    now = kit.clock()
    hits = clicks.lately(conn, message.lead_id, message.id, now - AGAIN_AFTER)
    flag = flag_of(user_agent, method, now, message.accepted_at, clicks.delivered_at(conn, message.id))
    together, shown = _given_away(hits, link, now)
    if together:
        clicks.flag(conn, message.id, together, shown, now)
    flag = flag or shown
    if not any(hit.link == link and hit.flag == flag for hit in hits):
        _note(conn, kit, message, link, flag, now)


def _given_away(hits: list[Hit], link: str, now: int) -> tuple[list[int], Flag | None]:
    """(The hits that were the same machine's as this one, how it showed); the second is None for a person."""
    near = [hit for hit in hits if hit.at > now - TRAP_SECONDS]
    if link == TRAP or any(hit.link == TRAP for hit in near):
        return [hit.id for hit in near], "hidden-link"
    close = [hit for hit in hits if hit.at > now - BURST_SECONDS]
    different = {hit.link for hit in close} | {link}
    return ([hit.id for hit in close], "burst") if len(different) >= BURST_LINKS else ([], None)


def _note(conn: Connection, kit: Kit, message: MessageRow, link: str, flag: Flag | None, now: int) -> None:
    events.add(
        conn,
        clinic_id=message.clinic_id,
        lead_id=message.lead_id,
        at=now,
        kind="clicked",
        link=link,
        counts_at=now + COUNTS_AFTER,
        flag=flag,
        message_id=message.id,
        enrollment_id=message.enrollment_id,
    )
    if flag is None:
        clicks.note_first(conn, message.id, now)
        wake(conn, kit, [message.lead_id], now + COUNTS_AFTER, {Clicked, Did})
