"""Every table of every report."""

from __future__ import annotations

from collections.abc import Callable

from service.domain.report_words import best_share_words, most_words
from service.domain.right import Right
from service.storage.reports import bookings, series, signups, stops, trials, visits
from service.storage.reports.cube import Cube
from service.usecases.reports.call_sheets import CALL_WAITS, CALL_WEEKS
from service.usecases.reports.row_names import (
    name_arm,
    name_campaign,
    name_how,
    name_mail,
    name_practitioner,
    name_source,
    name_step,
    name_told,
    name_utm,
    name_wait,
    name_way,
    name_week,
    rows_of_steps,
    rows_of_waits,
    rows_of_weeks,
)
from service.usecases.reports.sheet import Asked, Counted, Head, Sheet

_REACHED = (
    Head("signed-up", "Signed up"),
    Head("confirmed", "Confirmed"),
    Head("reading", "Reading"),
    Head("clicked", "Clicked"),
    Head("booked", "Booked"),
    Head("attended", "Attended"),
)


def _signups(asked: Asked) -> Cube:
    return signups.signups(asked.clinic.id, asked.span.begins, asked.span.ends, asked.weeks)


def _runs(asked: Asked) -> Cube:
    span = asked.span
    return series.runs(asked.clinic.id, asked.campaign_id, span.begins, span.ends, asked.weeks)


def _bookings(asked: Asked) -> Cube:
    return bookings.bookings(asked.clinic.id, asked.span.begins, asked.span.ends, asked.window)


def _stops(asked: Asked) -> Cube:
    return stops.stops(asked.clinic.id, asked.span.begins, asked.span.ends)


def _funnel_title(found: Counted) -> str:
    booked, everyone = found.of("booked"), found.of("signed-up")
    return f"{booked:,} of {everyone:,} who signed up booked" if everyone else "Nobody has signed up in these days"


def _waits_title(found: Counted) -> str:
    if found.empty:
        return _NO_SIGNUP
    still = sum(line.counts[0] for line in found.lines if line.key == (signups.NOT_YET,))
    return f"{found.of('signed-up') - still:,} of {found.of('signed-up'):,} have booked"


def _shares(whole: str, part: str, verb: str, nobody: str) -> Callable[[Counted], str]:
    def title(found: Counted) -> str:
        at, done = found.sheet.measures.index(whole), found.sheet.measures.index(part)
        rows = [(line.label, line.counts[at], line.counts[done]) for line in found.lines]
        return best_share_words(rows, verb, nobody)

    return title


def _most(measure: str, said: str, nobody: str) -> Callable[[Counted], str]:
    return lambda found: most_words(found.pairs(measure), said, nobody)


def _runs_title(found: Counted) -> str:
    entered, booked = found.of("entered"), found.of("booked")
    return f"{booked:,} of {entered:,} who entered reached the goal" if entered else "Nobody entered in these days"


_STANDINGS = (
    Head("entered", "Entered"),
    Head("here", "Here now"),
    Head("booked", "Reached the goal"),
    Head("left", "Left"),
    Head("ended", "Read to the end"),
)
_CREDITED = (Head("booked", "Booked"), Head("clicked", "After a click"), Head("mailed", "After a mail"))
_NO_SIGNUP, _NO_BOOKING, _NO_STOP = "Nobody signed up in these days", "Nobody booked in these days", "Nobody stopped"

FUNNEL = Sheet(
    "funnel", "", (), _REACHED, _signups, lambda *_: ("", ""), "signed-up", "booked", _funnel_title
)  # fmt: skip
WEEKS = Sheet(
    "weeks", "Signed up in the", ("week",), _REACHED, _signups, name_week, "signed-up", "signed-up",
    _shares("signed-up", "booked", "booked", _NO_SIGNUP), rows_of_weeks, False,
    "Each row follows the people of one week; the last weeks have had less time.",
)  # fmt: skip
SOURCES = Sheet(
    "sources", "Source", ("source",), _REACHED, _signups, name_source, "signed-up", "signed-up",
    _shares("signed-up", "booked", "booked", _NO_SIGNUP),
)  # fmt: skip
UTM = Sheet(
    "utm", "Source and medium of the link (UTM)", ("utm_source", "utm_medium"), _REACHED, _signups, name_utm,
    "signed-up", "signed-up", _shares("signed-up", "booked", "booked", _NO_SIGNUP),
)  # fmt: skip
UTM_CAMPAIGNS = Sheet(
    "utm-campaigns", "Campaign of the link (UTM)", ("utm_campaign",), _REACHED, _signups, name_utm, "signed-up",
    "signed-up", _shares("signed-up", "booked", "booked", _NO_SIGNUP),
)  # fmt: skip
STEPS = Sheet(
    "steps", "Mail", ("step",),
    (Head("sent", "Sent"), Head("clicked", "Clicked"), Head("booked", "Goal after it"), Head("left", "Left after it")),
    lambda asked: series.steps(asked.clinic.id, asked.campaign_id, asked.span.begins, asked.span.ends),
    name_step, "sent", "sent", _most("booked", "Most reached the goal after {name}", "Nobody has reached the goal yet"),
    rows_of_steps, True, "Of who entered in these days. After it: it was the last mail that they had been sent.",
)  # fmt: skip
WAYS = Sheet(
    "ways", "Variant", ("step", "label"), (Head("people", "People"), Head("reached", "Reached the goal")),
    lambda asked: series.ways(asked.clinic.id, asked.campaign_id, asked.span.begins, asked.span.ends),
    name_way, "people", "people", _shares("people", "reached", "reached the goal", "Nobody is parted by chance"),
)  # fmt: skip
RUN_SOURCES = Sheet(
    "by-source", "Source", ("source",), _STANDINGS, _runs, name_source, "entered", "entered",
    _shares("entered", "booked", "reached the goal", "Nobody entered in these days"),
)  # fmt: skip
COHORTS = Sheet(
    "cohorts", "Entered in the", ("week",),
    (Head("entered", "Entered"), *(Head(f"goal-{days}", f"Goal in {days} days") for days in series.COHORT_DAYS),
     Head("booked", "Ever"), Head("left", "Left")),
    _runs, name_week, "entered", "entered", _runs_title, rows_of_weeks, False,
    "For a series that begins with the sign-up this is the week of sign-up. Young weeks have had less time.",
)  # fmt: skip
CREDITS = Sheet(
    "credits", "Last mail before", ("campaign", "step"),
    (Head("booked", "Booked"), Head("clicked", "After a click in it"), Head("mailed", "After it, no click"),
     Head("attended", "Came"), Head("lost", "Cancelled or did not come")),
    _bookings, name_mail, "booked", "booked", _most("booked", "Most booked after {name}", _NO_BOOKING),
)  # fmt: skip
BOOKED_SOURCES = Sheet(
    "booked-sources", "Source", ("source",),
    (*_CREDITED, Head("alone", "Neither")),
    _bookings, name_source, "booked", "booked", _most("booked", "Most came by {name}", _NO_BOOKING),
)  # fmt: skip
BOOKED_CAMPAIGNS = Sheet(
    "booked-campaigns", "Campaign", ("campaign",), _CREDITED, _bookings, name_campaign,
    "booked", "booked", _most("booked", "Most booked from {name}", _NO_BOOKING),
)  # fmt: skip
ARMS = Sheet(
    "arms", "Holdout", ("campaign", "step", "arm"), (Head("people", "People"), Head("reached", "Reached the goal")),
    lambda asked: trials.trials(asked.clinic.id, asked.span.begins, asked.span.ends, asked.window),
    name_arm, "people", "people", lambda found: "Nobody is held out" if found.empty else "Held out beside others",
    note="After a letter, the goal is a booking within the window.",
)  # fmt: skip
WAITS = Sheet(
    "waits", "Booked after", ("wait",), (Head("signed-up", "People"),),
    lambda asked: signups.waits(asked.clinic.id, asked.span.begins, asked.span.ends),
    name_wait, "signed-up", "signed-up",
    _waits_title,
    rows_of_waits,
)  # fmt: skip
HOW = Sheet(
    "how", "How", ("how",), (Head("stopped", "People"),), _stops, name_how, "stopped", "stopped",
    _most("stopped", "{name}", _NO_STOP),
)  # fmt: skip
WHERE = Sheet(
    "where", "From which mail", ("campaign", "step"), (Head("stopped", "People"),), _stops, name_mail, "stopped",
    "stopped", _most("stopped", "Most stopped from {name}", _NO_STOP),
    note="The mail whose link they pressed; else the last one they had been sent.",
)  # fmt: skip
TOLD = Sheet(
    "told", "What had held them back", ("told",), (Head("stopped", "People"),), _stops, name_told, "stopped", "stopped",
    _most("stopped", "{name}", _NO_STOP), right=Right.SEE_ANSWERS,
)  # fmt: skip
LOAD = Sheet(
    "load", "Practitioner", ("practitioner", "week"), (Head("visits", "People"), Head("missed", "Did not come")),
    lambda asked: visits.visits(asked.clinic.id, asked.weeks), name_practitioner, "visits", "visits",
    _most("visits", "Most visits: {name}", "No visits in these weeks"), compares=False,
    note="Whole weeks, those ahead included as far as they are booked; cancelled visits are none.",
)  # fmt: skip

REPORTS: dict[str, tuple[str, tuple[Sheet, ...]]] = {
    "people": ("People", (FUNNEL, WEEKS)),
    "campaign": ("Campaign", (STEPS, COHORTS, WAYS, RUN_SOURCES)),
    "bookings": ("Bookings", (CREDITS, BOOKED_CAMPAIGNS, BOOKED_SOURCES, ARMS)),
    "time": ("Time to book", (WAITS,)),
    "calls": ("First calls", (CALL_WEEKS, CALL_WAITS)),
    "sources": ("Sources", (SOURCES, UTM, UTM_CAMPAIGNS)),
    "stops": ("Unsubscribes", (WHERE, HOW, TOLD)),
    "load": ("Practitioners", (LOAD,)),
}


def sheet_of(report: str, key: str) -> Sheet | None:
    return next((sheet for sheet in REPORTS.get(report, ("", ()))[1] if sheet.key == key), None)
