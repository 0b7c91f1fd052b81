"""What a report counts: now, or, in a large clinic, as it was counted some minutes ago."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.domain.report_span import ReportSpan
from service.domain.timing import HOUR
from service.storage import campaigns, clinics, kept_numbers
from service.storage.kept_numbers import Kept
from service.storage.reports import calls, signups, visits
from service.storage.reports.calls import Called
from service.storage.reports.cube import Table, Wish, tables
from service.storage.reports.signups import Took
from service.usecases.keep_numbers import Answer, Count, count_anew, kept
from service.usecases.kit import Kit
from service.usecases.reports.sheet import Asked, Sheet
from service.usecases.reports.sheets import REPORTS

SUBJECT = "report"
LOOKED_AT = HOUR  # so long after the last look it is counted anew


@dataclass(frozen=True, slots=True)
class ReportCount:
    """`tables` by their sheets' keys. `took`: how long until people booked; `taken`: seconds of visits, by practitioner
    and week. `calls`: how soon people were called. `taken_at`: when it was counted, None: just now."""

    tables: dict[str, Table]
    took: list[Took] = field(default_factory=list)
    taken: dict[tuple[int, int], int] = field(default_factory=dict)
    calls: list[Called] = field(default_factory=list)
    taken_at: int | None = None


def count_report(conn: Connection, report: str, asked: Asked) -> ReportCount:
    """Counted now."""
    whose, span = asked.clinic, asked.span
    return ReportCount(
        count_tables(conn, REPORTS[report][1], asked),
        signups.took(conn, whose.id, span.begins, span.ends, asked.now) if report == "time" else [],
        visits.taken(conn, whose.id, asked.weeks) if report == "load" else {},
        calls.medians(conn, whose.id, span.begins, span.ends, asked.weeks, whose.call_within)
        if report == "calls"
        else [],
    )


def count_tables(conn: Connection, sheets: Iterable[Sheet], asked: Asked) -> dict[str, Table]:
    """Sheets of the same rows are counted together."""
    alike: dict[object, list[Sheet]] = {}
    for sheet in sheets:
        alike.setdefault(sheet.cube, []).append(sheet)
    found: dict[str, Table] = {}
    for group in alike.values():
        wishes = [Wish(sheet.by, sheet.measures) for sheet in group]
        counted = tables(conn, group[0].cube(asked), wishes)
        found |= {sheet.key: table for sheet, table in zip(group, counted, strict=True)}
    return found


def report_counts(kit: Kit, report: str, spans: Sequence[Asked]) -> list[ReportCount]:
    """Of several spans of one clinic, counted now; in a large clinic as each was counted last."""
    with kit.db.read() as conn:
        if not kept_numbers.exceeds(conn, kit.counts_live, clinic_id=spans[0].clinic.id):
            return [count_report(conn, report, asked) for asked in spans]
    return [_kept(kit, report, asked) for asked in spans]


def kept_report(kit: Kit, report: str, asked: Asked) -> ReportCount | None:
    """None in a clinic where each look counts."""
    with kit.db.read() as conn:
        if not kept_numbers.exceeds(conn, kit.counts_live, clinic_id=asked.clinic.id):
            return None
    return _kept(kit, report, asked)


def recount_report(kit: Kit, report: str, asked: Asked) -> None:
    """Counts it now, and keeps that."""
    count_anew(kit, asked.clinic.id, subject(report, asked), counter(report, asked))


def subject(report: str, asked: Asked) -> str:
    """What is kept: the days themselves, for a preset's are others tomorrow."""
    window = {"bookings": asked.window, "calls": asked.clinic.call_within}.get(report, 0)
    campaign_id = asked.campaign_id if report == "campaign" else 0
    return f"{SUBJECT}:{report}:{asked.span.first}:{asked.span.last}:{window}:{campaign_id}"


def counter(report: str, asked: Asked) -> Count:
    """What counts it, as it is kept."""
    return lambda conn: _as_kept(count_report(conn, report, asked))


def counter_of(kit: Kit, row: Kept) -> Count | None:
    """What counts anew what is kept there; None where nobody looked lately."""
    now = kit.clock()
    _subject, report, *numbers = row.subject.split(":")
    if row.asked_at < now - LOOKED_AT or report not in REPORTS:
        return None
    first, last, window, campaign_id = map(int, numbers)
    with kit.db.read() as conn:
        clinic = clinics.get(conn, row.clinic_id)
        listed = campaigns.of_clinic(conn, row.clinic_id) if campaign_id else []
    chosen = next((each for each in listed if each.id == campaign_id), None)
    if chosen is None and campaign_id:
        return None
    return counter(report, Asked(clinic, ReportSpan(first, last, clinic.zone), now, window, chosen))


def _kept(kit: Kit, report: str, asked: Asked) -> ReportCount:
    name, count = subject(report, asked), counter(report, asked)
    answer, taken_at = kept(kit, asked.clinic.id, name, count)
    if set(answer["tables"]) != {sheet.key for sheet in REPORTS[report][1]}:  # by another release
        answer, taken_at = count_anew(kit, asked.clinic.id, name, count)
    return _read(answer, taken_at)


def _as_kept(found: ReportCount) -> Answer:
    return {
        "tables": {
            key: {"lines": [[list(at), list(counts)] for at, counts in lines.items()], "whole": list(whole)}
            for key, (lines, whole) in found.tables.items()
        },
        "took": [[each.days, each.booked, each.people] for each in found.took],
        "taken": [[*at, seconds] for at, seconds in found.taken.items()],
        "calls": [[each.week, each.median, each.called, each.within] for each in found.calls],
    }


def _read(answer: Answer, taken_at: int) -> ReportCount:
    return ReportCount(
        {
            key: ({tuple(at): tuple(counts) for at, counts in table["lines"]}, tuple(table["whole"]))
            for key, table in answer["tables"].items()
        },
        [Took(*each) for each in answer["took"]],
        {(who, week): seconds for who, week, seconds in answer["taken"]},
        [Called(*each) for each in answer.get("calls", ())],
        taken_at,
    )
