"""A lead's timeline: the calls of webhooks that told of them."""

from __future__ import annotations

from service.domain.words import clock, count, when
from service.storage.hook_calls import ToldCall
from service.usecases.story_lines import Line
from service.usecases.told import Told


def call_line(told: Told, row: ToldCall) -> Line:
    at = row.done_at if row.state == "done" and row.done_at else row.at
    if row.state == "done":
        because = "it answered that it has it" + (f", at the {_nth(row.tries)} attempt" if row.tries > 1 else "")
        return Line(at, "engine", "okc", "Told the webhook", row.name, because)
    if row.state == "failed":
        tried = f" after {count(row.tries, 'attempt')}" if row.tries > 1 else ""
        return Line(at, "no", "warn", "Not told, the webhook", row.name, f"{row.reason or 'it did not answer'}{tried}")
    if row.reason:
        again = f"{row.reason}; tried again {when(row.due_at, told.zone, told.now)}"
        return Line(at, "engine", "clock", "To be told, the webhook", row.name, again)
    return Line(
        at, "engine", "clock", "To be told, the webhook", row.name, f"called from {clock(row.at, told.zone)} on"
    )


def _nth(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh"}.get(number, f"{number}th")
