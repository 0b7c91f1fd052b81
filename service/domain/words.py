"""Plain sentences for the desk: instants, stages, rules, events and messages. Times are 24-hour, in a named zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.domain.campaign import Anchor
from service.domain.timing import DAY, HOUR, MINUTE, WEEKDAYS, Delay, Window, local, local_day

ON_TIME = HOUR
_OWN_AT_END = re.compile(r"(?:\s(?:at|on|for))?[\s:,]*…(?:[\s:,]*…)*$")
_HANGING = re.compile(r"(?:^|\s)(?:before|after|until|since|by|from|to|with|and|of|in|your|the)$", re.IGNORECASE)

STAGES = {
    "new": "New",
    "confirmed": "Confirmed",
    "reading": "Reading",
    "clicked": "Clicked",
    "booked": "Booked",
    "attended": "Attended",
    "stopped": "Stopped",
    "bounced": "Bounced",
    "no-consent": "No consent",
}
STAGE_HELP = {
    "new": "asked to confirm the address, not yet done",
    "confirmed": "may be written to, nothing sent yet",
    "reading": "gets the series",
    "clicked": "opened the booking page",
    "booked": "has a visit",
    "attended": "came to a visit",
    "stopped": "asked us to stop",
    "bounced": "the address does not work",
    "no-consent": "never agreed to mails",
}
REACHED = {
    "signed-up": "signed up",
    "confirmed": "confirmed",
    "reading": "got a mail of a series",
    "clicked": "opened the booking page",
    "booked": "booked",
    "attended": "attended",
}
DEEDS = {
    "asked": "opened the booking page and did not book",
    "asked-twice": "opened the booking page twice or more and did not book",
    "answered": "answered “What holds you back?” in the last 14 days",
    "uncalled": "signed up in the last 7 days and wait for a first call",
    "overdue": "wait for a decision about an overdue mail",
    "held": "wait because a mail’s content is held",
    "in-doubt": "have a mail in doubt",
    "entered": "entered",
    "here": "are here now",
    "booked": "left by booking",
    "left": "left otherwise",
    "ended": "read to the end",
    "sent": "were sent this mail",
    "clicked": "clicked in this mail",
    "visited": "booked from this mail",
}

REASONS = {
    "unsubscribed": "they asked us to stop",
    "hard-bounce": "the address does not exist: mail came back",
    "invalid": "the address cannot be reached",
    "soft-bounces": "their mailbox turned too many mails away in a row",
    "complaint": "they marked a mail as spam",
    "by-hand": "somebody here stopped their mails",
    "no-consent": "they never agreed to mails",
    "no-address": "there is no address to write to",
    "goal-met": "the goal is reached",
    "superseded": "a newer series of the same kind began",
    "booked-elsewhere": "they told us that they have booked already",
    "cancelled": "the visit was cancelled",
    "moved": "the visit was moved",
    "no-show": "they did not come to the visit",
    "attended": "they came after all",
    "asked-again": "the question was sent anew",
    "completed": "the series is over",
    "skipped by hand": "somebody here skipped it",
    "minor": "they are under 18",
    "urgent": "they wrote words of an emergency, and a person calls",
    "no-match": "what the series asks of them no longer holds",
    "led-out": "a step of another series led them out",
    "new-version": "a new version of the series began, and they were taken out of the old one",
    "runs-already": "they are in it already",
    "was-here": "they were in it before, and it is too early to enter again",
    "not-for-them": "its entry does not let them in",
    "replied": "they wrote to us, and a person answers",
    "held-out": "they are held out, to see what the letter does",
}
GOALS = {"booked": "they booked a visit", "attended": "they came to a visit", "confirmed": "they confirmed the address"}

GUARDS = {
    "goal-met": "the goal is reached",
    "no-consent": "they have not agreed to mails",
    "no-address": "there is no address to write to",
    "suppressed": "the address must not be written to",
    "paused": "they paused the mails",
    "overdue": "it is overdue by more than the limit; a person decides",
    "superseded": "a newer series of the same kind began",
    "content-expired": "the review of its content has run out",
    "content-broken": "its template cannot be rendered; mend the mail",
    "outside-window": "it was outside the hours for mails",
    "capped": "the most mails for one person had gone already",
    "no-capacity": "there were no open slots to offer",
    "pace": "the clinic had sent all that it sends in a day",
    "brake": "sending was stopped",
    "topic-refused": "they chose not to get mails of this kind",
    "too-late": "its hour had passed before it could be of use",
    "not-yet": "its hour has not come",
    "campaign-paused": "the campaign is paused",
    "minor": "they are under 18, as the form says",
    "urgent": "they wrote words of an emergency; nobody has noted yet that they are cared for",
    "held-out": "they are held out, to see what the letter does",
    "visit-unmarked": "nobody has noted whether they came to the visit",
    "no-match": "what the series asks of them no longer holds",
    "restored": "it was due before a backup was put back, and may have gone already; a person decides",
    "sent-before": "they had got it before they were moved to this version",
}

EVENTS = {
    "signed-up": "Signed up",
    "imported": "Came with a list",
    "consent-given": "Agreed to the mails",
    "confirm-asked": "Was asked to confirm the address",
    "confirmed": "Confirmed the address",
    "entered": "Entered",
    "left": "Left",
    "completed": "Reached the end of",
    "clicked": "Clicked",
    "visited": "Opened a page",
    "answered": "Answered",
    "booked": "Booked a visit",
    "moved": "Moved the visit",
    "cancelled": "Visit cancelled",
    "attended": "Came to the visit",
    "no-show": "Did not come to the visit",
    "unsubscribed": "Asked us to stop",
    "resubscribed": "Took the stop back",
    "chose": "Chose what to get",
    "paused": "Paused the mails",
    "resumed": "Mails go on",
    "note": "Note",
    "staff-asked": "Needs somebody here",
    "staff-done": "Done",
    "staff-reopened": "Not done after all",
    "mail-decided": "Mail decided on",
    "replied": "Replied to a mail",
    "auto-replied": "Answered by a machine",
    "opened": "Opened",
    "followed": "Followed a link",
    "of-age": "Is 18 or older",
    "red-flag": "Wrote words of an emergency",
    "cared-for": "Is cared for",
    "forgotten": "Forgotten",
    "merged": "Made one of two entries",
}
TASKS = {
    "call": "to call them",
    "answer": "to answer what they wrote",
    "minor": "to look at the sign-up of somebody under 18",
    "urgent": "to call them at once",
    "note": "to look at it",
}
TASK_ACTS = {
    "urgent": "Call now",
    "call": "Call",
    "answer": "Answer",
    "minor": "Under 18: look after",
    "note": "Look after",
}
LINKS = {
    "book": "Opened the booking page",
    "read": "Read the mail as a page",
    "preferences": "Opened the preferences",
    "pause": "Opened the pause",
    "stay": "Asked for the quarterly letter",
    "unsubscribe": "Opened the unsubscribe page",
    "confirm": "Opened the confirmation",
    "hidden": "Followed the hidden link",
}
ANSWERS = {
    "price": "the price",
    "needles": "the needles",
    "time": "the time",
    "forme": "whether it is for them",
    "other": "something else",
}
FLAGS = {
    "scanner": "a mail scanner, not a person: not counted",
    "proxy": "a proxy, not a person: not counted",
    "too-soon": "too soon for a person, so a scanner: not counted",
    "burst": "many links in one breath, so a scanner: not counted",
    "hidden-link": "with the link that no person can see, so a scanner: not counted",
}
MESSAGES = {
    "planned": "the provider asked to wait; goes again",
    "held": "the provider asked to wait for too long; a person decides",
    "in_flight": "leaving now",
    "accepted": "sent",
    "rejected": "refused by the provider",
    "in_doubt": "in doubt: the provider’s answer was lost",
    "dropped": "not sent after all",
}
INTERESTS = {
    "sciatica": "Sciatica",
    "neck-pain": "Neck pain",
    "arthritis": "Arthritis",
    "stress-and-muscle-tension": "Stress and muscle tension",
}
POSTS = {
    "waiting": "Waiting to be read",
    "processed": "Read",
    "unreadable": "Could not be read",
    "duplicate": "Came twice",
    "refused": "Refused",
    "test": "A test",
}
ENTRIES = {
    "signup": "Sign-up",
    "opt-in-asked": "Asked to confirm the address",
    "booked": "Booked a visit",
    "cancelled": "Cancelled a visit",
    "no-show": "Did not come",
    "stay": "Asked for the quarterly letter",
    "red-flag": "Wrote words of an emergency",
    "by-hand": "Entered by hand",
    "letter": "A letter to many",
    "attended": "Came to a visit",
    "clicked": "Clicked a link",
    "answered": "Gave an answer",
    "field": "A field was set",
    "tag": "Got a tag",
    "segment": "Came into a segment",
    "date": "A date of theirs",
    "api": "Entered by another system",
}


def clock(at: int, zone: str) -> str:
    """09:06"""
    return f"{local(at, zone):%H:%M}"


def day(at: int, zone: str) -> str:
    """Tue 24 Nov"""
    here = local(at, zone)
    return f"{here:%a} {here.day} {here:%b}"


def long_day(at: int, zone: str) -> str:
    """Tuesday, 24 November"""
    here = local(at, zone)
    return f"{here:%A}, {here.day} {here:%B}"


def date(at: int, zone: str) -> str:
    """24 Nov 2026"""
    here = local(at, zone)
    return f"{here.day} {here:%b} {here.year}"


def date_key(at: int, zone: str) -> str:
    """2026-11-24"""
    return f"{local(at, zone):%Y-%m-%d}"


def day_near(at: int, zone: str, now: int) -> str:
    """today, yesterday, tomorrow, else Tue 24 Nov, else with the year."""
    days = local_day(at, zone) - local_day(now, zone)
    if days in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[days + 1]
    return day(at, zone) if abs(at - now) < 300 * DAY else date(at, zone)


def when(at: int, zone: str, now: int) -> str:
    """today 09:06; Tue 24 Nov 09:06"""
    return f"{day_near(at, zone, now)} {clock(at, zone)}"


def exact(at: int, zone: str) -> str:
    """Tuesday, 24 November 2026, 09:06:12 (America/Chicago)"""
    here = local(at, zone)
    return f"{here:%A}, {here.day} {here:%B %Y}, {here:%H:%M:%S} ({zone})"


def span(seconds: int) -> str:
    """4 s; 41 min; 2 h 5 min; 2 d 22 h"""
    seconds = max(0, seconds)
    if seconds < 2 * MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        rest = seconds % HOUR // MINUTE
        return f"{seconds // HOUR} h {rest} min" if rest else f"{seconds // HOUR} h"
    rest = seconds % DAY // HOUR
    return f"{seconds // DAY} d {rest} h" if rest else f"{seconds // DAY} d"


def delay(length: Delay) -> str:
    """2 days; 3 hours; 30 minutes"""
    parts = [count(length.days, "day")] if length.days else []
    hours, minutes = divmod(length.minutes, 60)
    parts += [count(hours, "hour")] if hours else []
    parts += [count(minutes, "minute")] if minutes else []
    return " ".join(parts) or "at once"


def anchor(what: Anchor) -> str:
    """2 days before the visit; on the day of “birthday” at 09:00"""
    named = what.what.removeprefix("field:")
    date = "the visit" if named == what.what else f"“{named}”"
    moved = f"{delay(what.delay)} {'before' if what.before else 'after'} {date}"
    at_it = "at the visit" if named == what.what else f"on the day of {date}"
    hour = "" if what.minute is None else f" at {what.minute // 60:02}:{what.minute % 60:02}"
    return f"{at_it if what.delay.none else moved}{hour}"


def window(hours: Window) -> str:
    """Mon–Sat 9–18"""
    return f"{_days(sorted(hours.days))} {_hour(hours.opens)}–{_hour(hours.closes)}"


def count(number: int, one: str, many: str | None = None) -> str:
    """1 person; 12 people"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    return count(number, "person", "people")


def left_because(reason: str, goal: str = "none") -> str:
    """Why somebody left a series: they booked a visit."""
    if reason == "goal-met":
        return GOALS.get(goal, REASONS["goal-met"])
    return REASONS.get(reason, reason)


def held_because(guard: str, facts: Mapping[str, Any], zone: str, now: int) -> str:
    """Why a mail did not leave, from the facts that were stored with the decision."""
    if guard == "capped":
        return _capped(facts)
    if guard == "paused" and facts.get("paused_until"):
        return f"they paused the mails until {day_near(facts['paused_until'], zone, now)}"
    if guard == "overdue" and facts.get("due_at"):
        return f"it had been due {when(facts['due_at'], zone, now)}; a person decides"
    if guard == "pace" and facts.get("pace"):
        return _paced(facts["pace"])
    return GUARDS.get(guard, guard)


def sent_because(why: Mapping[str, Any], service: bool, sent_at: int, zone: str, now: int) -> str:
    """Why a mail was sent, from the facts that were stored with it."""
    parts = []
    if why.get("due_at"):
        on_time = sent_at - why["due_at"] <= ON_TIME
        parts.append("due then" if on_time else f"due {when(why['due_at'], zone, now)}")
    waited = why.get("waited_for")
    if waited and waited != "not-yet":
        parts.append(f"had waited: {GUARDS.get(waited, waited)}")
    if service:
        parts.append("about the visit or the sign-up itself, so the limits do not count")
    elif why.get("consent_at"):
        parts.append(f"agreed on {date(why['consent_at'], zone)}")
    return "; ".join(parts)


def title(subject: str) -> str:
    """A mail's subject as its name: what each reader sees of their own at its end ("Your visit: …, …") left out, unless
    what is left would hang in the air ("Before …")."""
    named = _OWN_AT_END.sub("", subject)
    return subject if not named or _HANGING.search(named) else named


def phone(number: str) -> str:
    """(952) 555-0142 for a number of the United States or Canada; any other as it stands."""
    digits = number.removeprefix("+1")
    if not number.startswith("+1") or len(digits) != 10 or not digits.isdecimal():
        return number
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def clicked(link: str | None) -> str:
    if link in ANSWERS:
        return "Opened the answers"
    return LINKS.get(link or "", f"Clicked “{link}”" if link else "Clicked")


def answered(link: str | None) -> str:
    return ANSWERS.get(link or "", link or "an answer")


def initials(name: str) -> str:
    """DW"""
    letters = [part[0] for part in name.split() if part[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "·"


def _capped(facts: Mapping[str, Any]) -> str:
    if facts.get("sent_today", 0) >= facts.get("cap_day", 1):
        return f"{count(facts.get('cap_day', 1), 'mail')} a day is the most, and that had gone"
    return f"{count(facts.get('cap_week', 1), 'mail')} a week is the most, and that had gone"


def _paced(pace: Mapping[str, Any]) -> str:
    """warm-up: 50 of 50 sent today"""
    told = f"{pace['mails']} of {pace['most']} sent today"
    return f"warm-up: {told}" if pace["warming"] else f"the clinic’s most a day: {told}"


def _days(days: list[int]) -> str:
    names = [WEEKDAYS[at].capitalize() for at in days]
    if len(days) == 7:
        return "every day"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names)


def _hour(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}" if minutes % 60 else str(minutes // 60)
