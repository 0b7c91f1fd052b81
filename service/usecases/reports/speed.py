"""How soon those who signed up are called, in words: the middle of all and of each week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain import words
from service.domain.charts import FEW
from service.domain.charts_lines import share_of
from service.domain.first_call import median_words
from service.domain.report_span import week_words
from service.storage.reports.calls import Called
from service.usecases.reports.sheet import Asked


@dataclass(frozen=True, slots=True)
class SpeedWeek:
    """`share`: of the widest bar. `few`: too few were called for the middle to say much."""

    label: str
    said: str
    share: float
    few: bool


@dataclass(frozen=True, slots=True)
class Speed:
    title: str
    weeks: list[SpeedWeek]


def speed_of(found: Sequence[Called], asked: Asked) -> Speed:
    aim, mondays = asked.clinic.call_within, asked.span.weeks
    whole = next((each for each in found if each.week is None), Called(None, 0, 0, 0))
    weeks = [each for each in found if each.week is not None]
    most = max((each.median for each in weeks), default=0)
    return Speed(
        median_words(whole.median, whole.called, whole.within, aim),
        [
            SpeedWeek(
                week_words(mondays[min(each.week or 0, len(mondays) - 1)]),
                f"{words.span(each.median)}, {words.people(each.called)}",
                share_of(each.median, most),
                each.called < FEW // 3,
            )
            for each in weeks
        ],
    )
