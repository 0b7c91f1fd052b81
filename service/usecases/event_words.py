"""An event of the timeline in words: bold words, a quoted name, and the rest in grey."""

from __future__ import annotations

from collections.abc import Callable

from service.domain import words
from service.domain.words import clock, date, day_near, span
from service.storage.timeline import EventRow
from service.usecases.told import Told

Words = tuple[str, str, str]

HOW_STOPPED = {
    "page": "on the unsubscribe page",
    "one-click": "with the button of their mail program",
    "preferences": "on the preferences page",
    "desk": "somebody here did it for them",
    "mail": "by writing to us",
    "list": "as a list says that was brought in",
    "provider": "they told the provider, which told us",
}
TOPICS = {"how": "how it works", "visit": "the visit", "self": "helping oneself", "open": "open times"}


def event_words(told: Told, row: EventRow) -> Words:
    tell = _TOLD.get(row.kind)
    return tell(told, row) if tell else (_what(row), "", "")


def _what(row: EventRow) -> str:
    return words.EVENTS.get(row.kind, row.kind)


def _signed_up(_told: Told, row: EventRow) -> Words:
    ticked = "agreed to mails" if row.data.get("consent") else "without agreeing to mails"
    return _what(row), "", f"by “{row.data.get('source', 'a form')}”, {ticked}"


def _imported(told: Told, row: EventRow) -> Words:
    agreed = row.data.get("agreed")
    since = f", agreed to mails on {date(agreed, told.zone)}" if agreed else ""
    return _what(row), "", f"“{row.data.get('list', 'a file')}”{since}"


def _series(told: Told, row: EventRow) -> Words:
    return _what(row), told.campaign_by_key(row.data.get("campaign")), ""


def _clicked(told: Told, row: EventRow) -> Words:
    return words.clicked(row.link), "", _click_words(told, row)


def _answered(_told: Told, row: EventRow) -> Words:
    return "Told what holds them back", "", words.answered(row.link)


def _booked(told: Told, row: EventRow) -> Words:
    return _what(row), "", f"for {told.visit_time(row.data.get('starts_at'))}"


def _moved(told: Told, row: EventRow) -> Words:
    return _what(row), "", f"from {told.visit_time(row.data.get('from'))} to {told.visit_time(row.data.get('to'))}"


def _cancelled(told: Told, row: EventRow) -> Words:
    who = "by themselves" if row.data.get("by") == "patient" else "by the clinic"
    return _what(row), "", f"{told.visit_time(row.data.get('starts_at'))}, {who}"


def _over(told: Told, row: EventRow) -> Words:
    return _what(row), "", told.visit_time(row.data.get("starts_at"))


def _unsubscribed(_told: Told, row: EventRow) -> Words:
    return _what(row), "", HOW_STOPPED.get(str(row.data.get("how")), "")


def _paused(told: Told, row: EventRow) -> Words:
    until = row.data.get("until")
    return _what(row), "", f"until {day_near(until, told.zone, told.now)}" if until else ""


def _chose(_told: Told, row: EventRow) -> Words:
    refused = ", ".join(TOPICS.get(topic, topic) for topic in row.data.get("refused", []))
    pace = "one mail a week at most" if row.data.get("pace") == "weekly" else "the usual pace"
    return _what(row), "", f"{pace}; no mails about {refused}" if refused else pace


def _note(_told: Told, row: EventRow) -> Words:
    who = str(row.data.get("by", "Somebody here"))
    return f"{who} called" if row.data.get("called") else f"Note by {who}", "", str(row.data.get("text", ""))


def _asked(_told: Told, row: EventRow) -> Words:
    return _what(row), "", words.TASKS.get(str(row.data.get("task")), "")


def _task(_told: Told, row: EventRow) -> Words:
    return _what(row), "", f"{words.TASKS.get(str(row.data.get('task')), '')}, said {row.data.get('by')}"


def _decided(told: Told, row: EventRow) -> Words:
    send = next((each for each in told.sends if each.id == row.message_id), None)
    named = told.title(send.version_id, send.step, send.mail) if send else ""
    how = "it went" if row.data.get("how") == "went" else "it is not to be sent"
    return "In doubt, decided:", named, f"{how}, said {row.data.get('by')}"


def _replied(told: Told, row: EventRow) -> Words:
    if "by" in row.data:
        return _what(row), "", f"noted by {row.data['by']}; a person answers, and their series ended"
    ended = ", and their series ended" if row.data.get("series") else ""
    return "Replied to", _mail_named(told, row), f"a person answers{ended}"


def _auto_replied(told: Told, row: EventRow) -> Words:
    return "A machine answered", _mail_named(told, row), "out of office, say: it ends nothing"


def _mail_named(told: Told, row: EventRow) -> str:
    send = next((each for each in told.sends if each.id == row.message_id), None)
    return told.title(send.version_id, send.step, send.mail) if send else ""


def _of_age(_told: Told, row: EventRow) -> Words:
    return _what(row), "", f"noted by {row.data.get('by', 'somebody here')}; they may enter a series again"


def _red_flag(_told: Told, row: EventRow) -> Words:
    ended = ", and their series ended" if row.data.get("series") else ""
    return _what(row), "", f"somebody here was told to call at once{ended}"


def _cared_for(_told: Told, row: EventRow) -> Words:
    return _what(row), "", f"noted by {row.data.get('by', 'somebody here')}; they may enter a series again"


def _merged(_told: Told, row: EventRow) -> Words:
    known = ", ".join(filter(None, (row.data.get("email"), row.data.get("phone") and words.phone(row.data["phone"]))))
    by = f"by {row.data['by']}" if "by" in row.data else ""
    return _what(row), "", f"{by}; the other said {known}" if known else by


def _forgotten(_told: Told, row: EventRow) -> Words:
    if "by" in row.data:
        return "Erased", "", f"by {row.data['by']}: all that told who they are was deleted"
    return "Forgotten", "", "the address was not confirmed in time, so what they had told us was deleted"


_TOLD: dict[str, Callable[[Told, EventRow], Words]] = {
    "signed-up": _signed_up,
    "imported": _imported,
    "entered": _series,
    "completed": _series,
    "clicked": _clicked,
    "answered": _answered,
    "booked": _booked,
    "moved": _moved,
    "cancelled": _cancelled,
    "attended": _over,
    "no-show": _over,
    "unsubscribed": _unsubscribed,
    "paused": _paused,
    "chose": _chose,
    "note": _note,
    "staff-asked": _asked,
    "staff-done": _task,
    "staff-reopened": _task,
    "mail-decided": _decided,
    "replied": _replied,
    "auto-replied": _auto_replied,
    "of-age": _of_age,
    "red-flag": _red_flag,
    "cared-for": _cared_for,
    "forgotten": _forgotten,
    "merged": _merged,
}


def _click_words(told: Told, row: EventRow) -> str:
    send = next((each for each in told.sends if each.id == row.message_id), None)
    parts = [f"in “{told.title(send.version_id, send.step, send.mail)}”"] if send else []
    if row.flag:
        parts.append(words.FLAGS.get(row.flag, row.flag))
    elif row.counts_at and row.counts_at > told.now:
        parts.append(f"counts from {clock(row.counts_at, told.zone)} on, unless a scanner shows by then")
    elif send is not None and (send.delivered_at or send.accepted_at):
        parts.append(f"a person, {span(row.at - (send.delivered_at or send.accepted_at or 0))} after it came")
    return ", ".join(parts)
