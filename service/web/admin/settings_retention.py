"""Settings, What is kept: which data is forgotten, when, and what stays behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.domain.retention import (
    AUDITS,
    BODIES,
    CALLS,
    LISTS,
    REFUSALS,
    REPORTS,
    STAFF_LINKS,
    UNANSWERED,
    UNCONFIRMED,
)
from service.domain.timing import DAY
from service.web.admin.settings import Given, loads


@dataclass(frozen=True, slots=True)
class Kept:
    """One class of data. `stays`: what is left when it was forgotten."""

    what: str
    days: int
    then: str
    stays: str


CLASSES = (
    Kept(
        "A request whose address nobody confirmed",
        UNCONFIRMED // DAY,
        "Name, address, phone, answers, notes and the post are deleted.",
        "A row without a name, for the counts. With an open task it waits up to "
        f"{UNANSWERED // DAY} days; whoever has a visit is kept.",
    ),
    Kept(
        "What a form or an answer by mail said, once it was read",
        BODIES // DAY,
        "The text is emptied.",
        "When it came, and what was made of it. One that could not be read keeps its text.",
    ),
    Kept(
        "A list of people that was brought in as a file",
        LISTS // DAY,
        "The file, and the rows that were left out, are deleted.",
        "The people, what they agreed to, and how many rows became what.",
    ),
    Kept(
        "The provider’s reports of deliveries and bounces",
        REPORTS // DAY,
        "The reports are deleted.",
        "What they told stands on each mail.",
    ),
    Kept(
        "Calls to your webhooks, answered or given up",
        CALLS // DAY,
        "They are deleted, with their lines on the timeline.",
        "Nothing.",
    ),
    Kept("Why a mail did not leave", REFUSALS // DAY, "The reasons are deleted.", "The mails that did leave."),
    Kept("Links by which your people came in", STAFF_LINKS // DAY, "They are deleted.", "The lines in the record."),
    Kept("The record of who changed what", AUDITS // DAY, "Its lines are deleted.", "Nothing."),
)


@loads("retention")
def _retention(_given: Given) -> dict[str, Any]:
    return {"classes": CLASSES}
