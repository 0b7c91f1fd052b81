"""What the rows of the reports' tables are called, and which stand even where nobody is counted."""

from __future__ import annotations

from service.domain import words
from service.domain.report_span import week_words
from service.storage.reports import calls, series, signups, stops, trials
from service.usecases.reports.sheet import Asked, Key, Names

_HOW = {
    "page": "By the link in a mail",
    "one-click": "By the mail program’s own button",
    "preferences": "On the preferences page",
    "mail": "By writing to us",
    "desk": "Somebody here stopped it",
    "provider": "By the mail provider’s own link",
    stops.SPAM: "Marked a mail as spam",
}
_WAITS = ("The same day", "1 or 2 days", "3 to 6 days", "7 to 13 days", "14 to 29 days", "30 to 59 days", "60 days on")

_CALLS = (
    "Within 15 minutes",
    "15 minutes to an hour",
    "1 to 4 hours",
    "4 hours to a day",
    "1 to 3 days",
    "3 days on",
)


def name_source(_asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    return (names.sources.get(key[0], "A source that is gone") if isinstance(key[0], int) else "By hand", "")


def name_week(asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    mondays = asked.span.weeks
    place = int(key[0] or 0)
    return week_words(mondays[min(place, len(mondays) - 1)]), ""


def rows_of_weeks(asked: Asked, _names: Names) -> list[Key]:
    return [(place,) for place in range(len(asked.span.weeks))]


def name_utm(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    parts = [str(part) for part in key if part]
    return (" / ".join(parts) if parts else "Not marked"), ""


def name_step(asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    if key[0] == series.BEFORE:
        return "Before the first mail", ""
    return names.steps.get((asked.campaign_id, str(key[0])), "A step of an older version"), ""


def rows_of_steps(asked: Asked, names: Names) -> list[Key]:
    return [(step,) for campaign, step in names.steps if campaign == asked.campaign_id]


def name_mail(_asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    campaign, step = key
    if not isinstance(campaign, int):
        return "No mail in the window", ""
    title = names.steps.get((campaign, str(step)), "A mail of an older version")
    return title, names.campaigns.get(campaign, "")


def name_campaign(_asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    if not isinstance(key[0], int):
        return "No mail in the window", ""
    return names.campaigns.get(key[0], "A campaign that is gone"), ""


def name_way(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    label = str(key[1])
    return label[:1].upper() + label[1:], f"split “{key[0]}”"


def name_arm(_asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    campaign, step, arm = key
    name = names.campaigns.get(campaign, "") if isinstance(campaign, int) else ""
    return name + (f", {step}" if step else ", letter"), "held out" if arm == trials.OUT else "not held out"


def name_practitioner(asked: Asked, names: Names, key: Key) -> tuple[str, str]:
    who = names.practitioners.get(key[0], "Somebody who left") if isinstance(key[0], int) else ""
    return who, name_week(asked, names, key[1:])[0]


def name_wait(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    return ("Not yet", "") if key[0] == signups.NOT_YET else (_WAITS[int(key[0] or 0)], "")


def rows_of_waits(_asked: Asked, _names: Names) -> list[Key]:
    return [*((place,) for place in range(len(_WAITS))), (signups.NOT_YET,)]


def name_call(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    place = int(key[0] or 0)
    return {calls.NOT_CALLED: "Not called", calls.BOOKED: "Booked before anybody called"}.get(place) or _CALLS[
        place
    ], ""


def rows_of_calls(_asked: Asked, _names: Names) -> list[Key]:
    return [*((place,) for place in range(len(_CALLS))), (calls.BOOKED,), (calls.NOT_CALLED,)]


def name_told(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    if key[0] is None:
        return "Told us nothing", ""
    answer = words.ANSWERS.get(str(key[0]), str(key[0]))
    return answer[:1].upper() + answer[1:], ""


def name_how(_asked: Asked, _names: Names, key: Key) -> tuple[str, str]:
    return _HOW.get(str(key[0]), str(key[0])), ""
