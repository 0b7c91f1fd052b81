"""How much of each practitioner's open time is booked, by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.charts_lines import share_of
from service.domain.load import open_seconds
from service.domain.report_span import week_words
from service.storage import practitioners
from service.usecases.reports.sheet import Asked, Names


@dataclass(frozen=True, slots=True)
class LoadWeek:
    label: str
    booked: float
    open: float
    booked_share: float
    open_share: float


@dataclass(frozen=True, slots=True)
class Load:
    """A practitioner's weeks, in hours; shares in percent of the fullest week of all."""

    name: str
    said: str
    weeks: list[LoadWeek]


def load_of(conn: Connection, taken: Mapping[tuple[int, int], int], asked: Asked, names: Names) -> list[Load]:
    """`taken`: seconds of visits, by practitioner and week."""
    clinic, edges, mondays = asked.clinic, asked.weeks, asked.span.weeks
    hours = practitioners.hours(conn, [clinic.id])[clinic.id]
    away = [row.span for row in practitioners.absences(conn, [clinic.id], edges[0], edges[-1])[clinic.id]]
    found: list[tuple[str, list[tuple[float, float]]]] = []
    for who, name in names.practitioners.items():
        mine = [each for each in hours if each.practitioner_id == who]
        gone = [each for each in away if each.practitioner_id in (None, who)]
        weeks = [
            (taken.get((who, at), 0) / 3_600, open_seconds(mine, gone, monday, monday + 6, clinic.zone) / 3_600)
            for at, monday in enumerate(mondays)
        ]
        if any(booked or free for booked, free in weeks):
            found.append((name, weeks))
    most = max((max(week) for _name, weeks in found for week in weeks), default=0.0)
    return [_of_one(name, weeks, mondays, most) for name, weeks in found]


def _of_one(name: str, weeks: list[tuple[float, float]], mondays: list[int], most: float) -> Load:
    booked, free = sum(week[0] for week in weeks), sum(week[1] for week in weeks)
    said = f"{name}: {booked:g} of {free:g} open hours booked" + (f", {round(100 * booked / free)} %" if free else "")
    shown = [
        LoadWeek(week_words(monday), took, opened, share_of(took, most), share_of(opened, most))
        for monday, (took, opened) in zip(mondays, weeks, strict=True)
    ]
    return Load(name, said, shown)
