"""A report as a page shows it: its tables counted, and its pictures laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.charts_lines import Scale, Whisker, scale, stairs, whisker
from service.domain.right import may
from service.domain.uplift import Arm, Uplift, uplift, uplift_words
from service.domain.waiting import Wait, curve, share_by, waiting_words
from service.storage import campaigns, practitioners, settings, sources
from service.storage.campaigns import CampaignRow
from service.storage.reports import trials
from service.storage.reports.signups import Took
from service.usecases.kit import Kit
from service.usecases.reports.count_report import count_tables, kept_report, report_counts
from service.usecases.reports.load import Load, load_of
from service.usecases.reports.sheet import Asked, Counted, Names, Sheet, lay_out
from service.usecases.reports.sheets import ARMS, REPORTS
from service.usecases.reports.speed import Speed, speed_of

WINDOW, WINDOWS = 30, (7, 14, 30, 60, 90)
_KEPT = "attribution-days:"


@dataclass(frozen=True, slots=True)
class Curve:
    """`path` in a box of 100 by 100. `marks`: the share that had booked by a day, for who cannot see the line."""

    title: str
    path: str
    across: Scale
    up: Scale
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Trial:
    name: str
    said: str
    found: Uplift
    drawn: Whisker | None


@dataclass(slots=True)
class Report:
    """`taken_at`: when it was counted, None: just now."""

    key: str
    sheets: list[Counted]
    curve: Curve | None = None
    trials: list[Trial] = field(default_factory=list)
    load: list[Load] = field(default_factory=list)
    speed: Speed | None = None
    taken_at: int | None = None

    @property
    def empty(self) -> bool:
        return all(sheet.empty for sheet in self.sheets)


def window_of(kit: Kit, clinic_id: int) -> int:
    """Days between a mail or click and the booking that is credited to it; the clinic's own choice."""
    with kit.db.read() as conn:
        return int(settings.get(conn, f"{_KEPT}{clinic_id}") or WINDOW)


def keep_window(conn: Connection, clinic_id: int, days: int) -> None:
    settings.put(conn, f"{_KEPT}{clinic_id}", str(days))


def series_of(kit: Kit, clinic_id: int) -> list[CampaignRow]:
    """The campaigns that have a report."""
    with kit.db.read() as conn:
        return [row for row in campaigns.of_clinic(conn, clinic_id) if row.kind == campaigns.SERIES]


def show_report(kit: Kit, key: str, asked: Asked, before: Asked | None, role: str) -> Report:
    counted, *others = report_counts(kit, key, [asked, before] if before else [asked])
    earlier = others[0].tables if others else {}
    with kit.db.read() as conn:
        names = load_names(kit, conn, asked)
        load = load_of(conn, counted.taken, asked, names) if key == "load" else []
    found = [
        lay_out(sheet, counted.tables[sheet.key], asked, names, earlier.get(sheet.key))
        for sheet in REPORTS[key][1]
        if may(role, sheet.right)
    ]
    report = Report(key, found, load=load, taken_at=counted.taken_at)
    if key == "time":
        report.curve = _curve(counted.took)
    if key == "calls":
        report.speed = speed_of(counted.calls, asked)
    if key == "bookings":
        report.trials = _trials(next(each for each in found if each.sheet is ARMS))
    return report


def show_table(kit: Kit, key: str, sheet: Sheet, asked: Asked) -> Counted:
    """One table alone, as a file has it."""
    kept = kept_report(kit, key, asked)
    with kit.db.read() as conn:
        table = kept.tables[sheet.key] if kept else count_tables(conn, [sheet], asked)[sheet.key]
        return lay_out(sheet, table, asked, load_names(kit, conn, asked))


def load_names(kit: Kit, conn: Connection, asked: Asked) -> Names:
    rows = campaigns.of_clinic(conn, asked.clinic.id)
    versions = kit.library.versions(conn, {row.version_id for row in rows if row.version_id})
    steps = {
        (row.id, mail.key): f"“{words.title(mail.title)}”"
        for row in rows
        if row.version_id
        for mail in versions[row.version_id].definition.mails()
    }
    people = [row for row in practitioners.by_id(conn).values() if row.clinic_id == asked.clinic.id]
    return Names(
        {row.id: row.name for row in sources.of_clinic(conn, asked.clinic.id)},
        {row.id: row.name for row in rows},
        steps,
        {row.id: row.name for row in people},
    )


def _curve(rows: Sequence[Took]) -> Curve:
    waits = [Wait(row.days, row.booked, row.people) for row in rows]
    points = curve(waits)
    last = max((each.days for each in waits), default=0)
    across = scale(0, max(7, last), 6)
    up = replace(scale(0, max(0.1, 100 * points[-1].share)), low=0.0)
    drawn = [(float(point.day), 100 * point.share) for point in points]
    drawn.append((float(last), 100 * points[-1].share))
    marks = [(day, round(100 * share_by(points, day))) for day in (1, 3, 7, 14, 30, 60) if day <= max(7, last)]
    return Curve(waiting_words(waits), stairs(drawn, across, up), across, up, marks)


def _trials(found: Counted) -> list[Trial]:
    arms: dict[tuple[object, ...], dict[str, Arm]] = {}
    labels: dict[tuple[object, ...], str] = {}
    for line in found.lines:
        arms.setdefault(line.key[:2], {})[str(line.key[2])] = Arm(*line.counts)
        labels[line.key[:2]] = line.label
    judged = [
        (labels[key], uplift(each.get(trials.IN, Arm(0, 0)), each.get(trials.OUT, Arm(0, 0))))
        for key, each in arms.items()
        if trials.OUT in each
    ]
    clear = [each for _label, each in judged if not each.few]
    ends = [abs(end) * 100 for each in clear for end in (each.low, each.high)]
    along = scale(-max(ends, default=1), max(ends, default=1))
    return [
        Trial(
            label,
            uplift_words(each, "reached the goal"),
            each,
            None if each.few else whisker(100 * each.low, 100 * each.difference, 100 * each.high, along),
        )
        for label, each in judged
    ]
