"""A report's table: what it counts, told in the order in which a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from service.domain.charts_lines import share_of
from service.domain.report_span import ReportSpan
from service.domain.right import Right
from service.domain.timing import day_start
from service.storage.campaigns import CampaignRow
from service.storage.clinics import ClinicRow
from service.storage.reports.cube import Cell, Cube, Table, Value

ALL = "all"  # the row that stands for every row
SHOWN = 40
Key = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked about. `window`: days between a mail or click and the booking it is credited with."""

    clinic: ClinicRow
    span: ReportSpan
    now: int
    window: int
    campaign: CampaignRow | None = None

    @property
    def weeks(self) -> list[int]:
        """The instants between which its weeks lie, one more than there are weeks."""
        mondays = self.span.weeks
        return [day_start(day, self.clinic.zone) for day in (*mondays, mondays[-1] + 7)]

    @property
    def campaign_id(self) -> int:
        return self.campaign.id if self.campaign else 0


@dataclass(frozen=True, slots=True)
class Names:
    """How rows are called. `steps`: titles, by campaign and step."""

    sources: Mapping[int, str] = field(default_factory=dict)
    campaigns: Mapping[int, str] = field(default_factory=dict)
    steps: Mapping[tuple[int, str], str] = field(default_factory=dict)
    practitioners: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """A column: a measure and its words."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`whole` is the measure that shares are of, `bar` the one that is drawn. `rows`: those that stand even where
    nobody is counted, in their order; else the most people come first. `compares`: whether the span before has the
    same rows."""

    key: str
    head: str
    by: tuple[str, ...]
    heads: tuple[Head, ...]
    cube: Callable[[Asked], Cube]
    name: Callable[[Asked, Names, Key], tuple[str, str]]
    whole: str
    bar: str
    title: Callable[[Counted], str]
    rows: Callable[[Asked, Names], list[Key]] | None = None
    compares: bool = True
    note: str = ""
    right: Right = Right.SEE

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(head.key for head in self.heads)


@dataclass(frozen=True, slots=True)
class Line:
    """`before`: the same counts of the span before. `share` in percent of the widest bar."""

    token: str
    key: Key
    label: str
    more: str
    counts: tuple[int, ...]
    before: tuple[int, ...] | None
    share: float


@dataclass(frozen=True, slots=True)
class Counted:
    sheet: Sheet
    lines: list[Line]
    total: tuple[int, ...]
    before: tuple[int, ...] | None

    def of(self, measure: str) -> int:
        return self.total[self.sheet.measures.index(measure)]

    def was(self, measure: str) -> int:
        return self.before[self.sheet.measures.index(measure)] if self.before else 0

    def pairs(self, measure: str) -> list[tuple[str, int]]:
        place = self.sheet.measures.index(measure)
        return [(line.label, line.counts[place]) for line in self.lines]

    @property
    def title(self) -> str:
        return self.sheet.title(self)

    @property
    def empty(self) -> bool:
        return not any(self.total)


def token(key: Key) -> str:
    """Stands for a row in an address: what a row is called may say what somebody suffers from."""
    return blake2b(repr(key).encode(), digest_size=6).hexdigest()


def lay_out(sheet: Sheet, table: Table, asked: Asked, names: Names, before: Table | None = None) -> Counted:
    """A table that was counted, and the same of the span before, in the order in which a page shows it."""
    found, whole = table
    earlier, was = before if before is not None and sheet.compares else ({}, None)
    none = (0,) * len(sheet.measures)
    place = sheet.measures.index(sheet.bar)
    keys = _ordered(sheet, asked, names, found | dict.fromkeys(set(earlier) - set(found), none), place)
    most = max((found.get(key, none)[place] for key in keys), default=0)
    lines = [
        Line(
            token(key),
            key,
            *sheet.name(asked, names, key),
            found.get(key, none),
            None if was is None else earlier.get(key, none),
            share_of(found.get(key, none)[place], most),
        )
        for key in keys
    ]
    return Counted(sheet, lines, whole, was)


def find_cell(
    sheet: Sheet, table: Table, asked: Asked, names: Names, row: str, measure: str
) -> tuple[Cell, int, str] | None:
    """The cell that an address names, its number in the table and its row's name; None where the table has no such row
    or column."""
    if measure not in sheet.measures:
        return None
    place = sheet.measures.index(measure)
    lines, whole = table
    if row == ALL:
        return Cell(measure), whole[place], ""
    keys = [*lines, *(sheet.rows(asked, names) if sheet.rows else [])]
    key = next((each for each in keys if token(each) == row), None)
    if key is None:
        return None
    cell = Cell(measure, tuple(zip(sheet.by, key, strict=True)))
    return cell, lines[key][place] if key in lines else 0, sheet.name(asked, names, key)[0]


def _ordered(sheet: Sheet, asked: Asked, names: Names, found: Mapping[Key, tuple[int, ...]], place: int) -> list[Key]:
    fixed = sheet.rows(asked, names) if sheet.rows else []
    rest = [key for key in found if key not in set(fixed)]
    return fixed + sorted(rest, key=lambda key: (-found[key][place], repr(key)))
