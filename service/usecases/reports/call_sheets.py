"""The tables of the report on first calls."""

from __future__ import annotations

from service.domain.report_words import most_words
from service.storage.reports import calls
from service.storage.reports.cube import Cube
from service.usecases.reports.row_names import name_call, name_week, rows_of_calls, rows_of_weeks
from service.usecases.reports.sheet import Asked, Counted, Head, Sheet

_NOBODY = "Nobody who gave a number signed up in these days"


def _cube(asked: Asked) -> Cube:
    return calls.calls(asked.clinic.id, asked.span.begins, asked.span.ends, asked.weeks, asked.clinic.call_within)


def _within(found: Counted) -> str:
    asked, within = found.of("asked"), found.of("within")
    return f"{within:,} of {asked:,} were called within the aim" if asked else _NOBODY


CALL_WEEKS = Sheet(
    "call-weeks", "Signed up in the", ("week",),
    (Head("asked", "Gave a number"), Head("called", "Called"), Head("within", "Within the aim"),
     Head("uncalled", "Not called"), Head("booked", "Booked uncalled")),
    _cube, name_week, "asked", "asked", _within, rows_of_weeks, False,
    "Of who signed up and gave a number; lists that were brought in are left out. The aim is under Settings, Clinic.",
)  # fmt: skip
CALL_WAITS = Sheet(
    "call-waits", "First called", ("wait",), (Head("asked", "People"),), _cube, name_call, "asked", "asked",
    lambda found: most_words(found.pairs("asked"), "Most often: {name}", _NOBODY), rows_of_calls,
)  # fmt: skip
