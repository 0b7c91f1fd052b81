"""Reports: each a page of tables and pictures, each number with the people behind it, each table as a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.base36 import base36, from_base36
from service.domain.report_span import PRESETS, preset_words, span_of, span_words
from service.domain.report_words import change_words, part_words
from service.domain.right import Right, may
from service.domain.table_text import csv_text
from service.storage import audits
from service.storage.campaigns import CampaignRow
from service.storage.lead_list import After
from service.usecases.reports.count_report import recount_report
from service.usecases.reports.people import show_behind
from service.usecases.reports.sheet import ALL, Asked, Sheet
from service.usecases.reports.sheets import REPORTS, sheet_of
from service.usecases.reports.show import WINDOWS, keep_window, series_of, show_report, show_table, window_of
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need

TEACHES = {
    "people": "Each week’s sign-ups stand here, with how many of them confirmed, read, clicked, booked and came.",
    "campaign": "What each mail of a series led to stands here once somebody has entered it in these days.",
    "bookings": "Each booking stands here with the mail, campaign and source that came before it.",
    "time": "How many days people take from sign-up to booking stands here once somebody has signed up.",
    "calls": "How soon somebody calls who signed up and gave a number stands here after the first of them.",
    "sources": "Where people came from, and which source brings those who book, stands here after the first sign-up.",
    "stops": "Whoever asks us to stop stands here, with the mail after which they did.",
    "load": "How much of each practitioner’s open time is booked stands here once there are hours and visits.",
}


@blueprint.get("/reports")
@blueprint.get("/reports/<report>")
def reports(report: str = "people") -> ResponseReturnValue:
    desk = here()
    if report not in REPORTS:
        abort(404)
    every = series_of(desk.kit, desk.clinic.id) if report == "campaign" else []
    asked = _asked(desk, every)
    before = replace(asked, span=asked.span.before) if request.args.get("compare") and asked.span.key != "all" else None
    if report == "campaign" and asked.campaign is None:
        return page("reports-empty", room="reports", report=report, reports=REPORTS, teaches=TEACHES[report], ask={})
    found = show_report(desk.kit, report, asked, before, desk.user.role)
    return page(
        "reports",
        room="reports",
        report=report,
        reports=REPORTS,
        found=found,
        asked=asked,
        before=before,
        campaigns=every,
        presets=[(key, preset_words(key)) for key in PRESETS],
        windows=WINDOWS,
        teaches=TEACHES[report],
        **_words(asked, before),
    )


@blueprint.get("/reports/<report>/<table>/people")
def report_people(report: str, table: str) -> ResponseReturnValue:
    """Exactly those whom a number counts."""
    desk = here()
    sheet, asked = _sheet(desk, report, table), _asked(desk, series_of(desk.kit, desk.clinic.id))
    row, measure = request.args.get("row", ALL), request.args.get("column", "")
    behind = show_behind(desk.kit, report, sheet, asked, row, measure, _after(request.args.get("after", "")))
    if behind is None:
        abort(404)
    more = f"{base36(behind.more[0])}.{base36(behind.more[1])}" if behind.more else None
    return page(
        "report-people",
        room="reports",
        report=report,
        reports=REPORTS,
        behind=behind,
        next=_address(after=more) if more else None,
        first=_address(after=None) if request.args.get("after") else None,
        **_words(asked, None),
    )


@blueprint.get("/reports/<report>/<table>.csv")
@need(Right.EXPORT)
def report_file(report: str, table: str) -> ResponseReturnValue:
    desk = here()
    sheet, asked = _sheet(desk, report, table), _asked(desk, series_of(desk.kit, desk.clinic.id))
    found = show_table(desk.kit, report, sheet, asked)
    with desk.kit.db.write() as conn:
        audits.record(
            conn, desk.clinic.id, desk.user.id, desk.now, "report exported", f"report {report}", {"table": table}
        )
    heads = [sheet.head or "Row", "", *(head.label for head in sheet.heads)]
    rows: list[list[object]] = [[line.label, line.more, *line.counts] for line in found.lines]
    text = csv_text(heads, [*rows, ["All", "", *found.total]])
    name = f"{report}-{table}-{date.fromordinal(asked.span.last)}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/reports/window")
@need(Right.SETTINGS)
def report_window() -> ResponseReturnValue:
    """How long before a booking a mail or click may lie to be credited with it."""
    desk = here()
    days = request.form.get("days", type=int)
    if days not in WINDOWS:
        abort(400)
    with desk.kit.db.write() as conn:
        keep_window(conn, desk.clinic.id, days)
        audits.record(
            conn, desk.clinic.id, desk.user.id, desk.now, "attribution window changed", "clinic", {"days": days}
        )
    flash(f"Bookings are credited to what happened in the {days} days before them.", "good")
    return redirect(url_for("desk.reports", report="bookings"), 303)


@blueprint.post("/reports/<report>/recount")
@need(Right.SEE)
def recount_report_here(report: str) -> ResponseReturnValue:
    """What is kept of a large clinic's report, counted at once."""
    desk = here()
    if report not in REPORTS:
        abort(404)
    recount_report(desk.kit, report, _asked(desk, series_of(desk.kit, desk.clinic.id)))
    ask: dict[str, Any] = {**request.args.to_dict(), "report": report}
    return redirect(url_for("desk.reports", **ask), 303)


def _asked(desk: Here, every: list[CampaignRow]) -> Asked:
    args = request.args
    moved = "was" in args and args["was"] != f"{args.get('from', '')}..{args.get('to', '')}"
    span = span_of(
        "own" if moved else args.get("span", ""),
        args.get("from", ""),
        args.get("to", ""),
        desk.now,
        desk.zone,
        desk.clinic.created_at,
    )
    wanted = args.get("campaign", type=int)
    chosen = next((row for row in every if row.id == wanted), every[0] if every else None)
    return Asked(desk.clinic, span, desk.now, window_of(desk.kit, desk.clinic.id), chosen)


def _words(asked: Asked, before: Asked | None) -> dict[str, Any]:
    """What every page of the reports says its days and its numbers with."""
    span = asked.span
    ask = {"span": span.key, **({"campaign": asked.campaign.id} if asked.campaign else {})}
    if span.key == "own":
        ask |= {"from": date.fromordinal(span.first).isoformat(), "to": date.fromordinal(span.last).isoformat()}
    was = {"span": "own", **({"campaign": asked.campaign.id} if asked.campaign else {})}
    if before is not None:
        first, last = before.span.first, before.span.last
        was |= {"from": date.fromordinal(first).isoformat(), "to": date.fromordinal(last).isoformat()}
    return {
        "ask": ask,
        "ask_before": was,
        "days": span_words(span),
        "days_before": span_words(before.span) if before else "",
        "first_day": date.fromordinal(span.first).isoformat(),
        "last_day": date.fromordinal(span.last).isoformat(),
        "part_words": part_words,
        "change_words": change_words,
    }


def _sheet(desk: Here, report: str, table: str) -> Sheet:
    sheet = sheet_of(report, table)
    if sheet is None or not may(desk.user.role, sheet.right):
        abort(404)
    return sheet


def _address(**changes: str | None) -> str:
    kept = {**request.args.to_dict(), **changes, **(request.view_args or {})}
    return url_for("desk.report_people", **{key: value for key, value in kept.items() if value is not None})


def _after(text: str) -> After | None:
    at, _, lead_id = text.partition(".")
    cursor = from_base36(at), from_base36(lead_id)
    return (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None
