"""A lead's story for a program: what was sent and why, what was not and why not, and what comes next. The reasons are
those that were stored with each decision; only what comes next is asked of the engine."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.timing import iso
from service.storage import leads
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.storage.timeline import RefusalRow, SendRow
from service.usecases.kit import Kit
from service.usecases.story_lines import Line, refusal_line, send_line
from service.usecases.story_next import Next, next_of_all, nothing_words
from service.usecases.told import Told, read_told

NOT_SENT = frozenset({"rejected", "dropped"})


def lead_called(conn: Connection, clinic: ClinicRow, email: str) -> LeadRow | None:
    """The clinic's lead with this address."""
    return leads.by_email_key(conn, clinic.id, email.strip().lower())


def why_email(kit: Kit, conn: Connection, lead: LeadRow, now: int, campaign: str | None = None) -> dict[str, Any]:
    """{sent: [{campaign, step, at, title, reason, words}], not_sent: [{campaign, step, at, reason, words}], next:
    {campaign, step, at, title, words} or null, nothing}, oldest first; of one campaign where its key is given."""
    told = read_told(kit, conn, lead, now)
    keys = {row.id: row.key for row in told.campaigns.values()}
    mine = [row for row in told.sends if campaign in (None, keys.get(row.campaign_id))]
    sent = [_sent(told, keys, row) for row in mine if row.state not in NOT_SENT]
    refused = [row for row in told.refusals if campaign in (None, keys.get(row.campaign_id))]
    not_sent = [_refused(told, keys, row) for row in refused]
    not_sent += [_rejected(told, keys, row) for row in mine if row.state in NOT_SENT]
    ahead = [each for each in next_of_all(told) if campaign in (None, each.key)]
    first = min(ahead, key=lambda each: (each.at is None, each.at or 0), default=None)
    return {
        "sent": sorted(sent, key=lambda each: str(each["at"])),
        "not_sent": sorted(not_sent, key=lambda each: str(each["at"])),
        "next": _next(told, first) if first is not None and (first.at is not None or first.held) else None,
        "nothing": "" if ahead else nothing_words(told),
    }


def _sent(told: Told, keys: dict[int, str], row: SendRow) -> dict[str, Any]:
    line = send_line(told, row)
    waited = row.why.get("waited_for")
    reason = "due" if not waited or waited == "not-yet" else waited
    return _row(keys, row.campaign_id, row.step, line) | {"title": line.named, "reason": reason}


def _rejected(told: Told, keys: dict[int, str], row: SendRow) -> dict[str, Any]:
    return _row(keys, row.campaign_id, row.step, send_line(told, row)) | {"reason": row.reason or row.state}


def _refused(told: Told, keys: dict[int, str], row: RefusalRow) -> dict[str, Any]:
    return _row(keys, row.campaign_id, row.step, refusal_line(told, row)) | {"reason": row.reason or row.guard}


def _row(keys: dict[int, str], campaign_id: int, step: str, line: Line) -> dict[str, Any]:
    named = f" “{line.named}”" if line.named else ""
    said = f"{line.what}{named}" + (f": {line.because}" if line.because else "")
    return {"campaign": keys.get(campaign_id, ""), "step": step, "at": iso(line.at), "words": said.replace("::", ":")}


def _next(told: Told, ahead: Next) -> dict[str, Any]:
    if ahead.at is None:
        said = f"held: {ahead.held}"
    else:
        said = f"{words.long_day(ahead.at, told.zone)} {words.clock(ahead.at, told.zone)}, their time"
        said += f": {ahead.why}" if ahead.why else ""
    at = None if ahead.at is None else iso(ahead.at)
    return {"campaign": ahead.key, "step": ahead.step, "at": at, "title": ahead.title, "words": said}
