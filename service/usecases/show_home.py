"""Home: what needs a person today, how people come along, what goes out, whom to call. Everything is counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.domain import brake_words, breaker_words, words
from service.domain.brake import from_kept
from service.domain.breaker import Breaker
from service.domain.charts import Column, FunnelBar, columns, comparable, funnel, share_words, worst_step
from service.domain.first_call import CallClock, call_clock
from service.domain.question import cut
from service.domain.slots import Slot
from service.domain.timing import DAY, MINUTE, day_start, local, local_day
from service.storage import appointments, breakers, home_numbers, tasks, workers
from service.storage.clinics import ClinicRow
from service.storage.home_numbers import Caller, Held, Troubles, Uncalled
from service.storage.tasks import TaskRow
from service.storage.together import Together
from service.usecases.count_funnel import SPAN, FunnelCount, began, funnel_count
from service.usecases.forecast import forecast_lately
from service.usecases.kit import Kit
from service.usecases.open_slots import Diary, closed_words, diary, offered
from service.usecases.show_claims import Series, claims_ending, reviews_ending

LATELY = 14 * DAY
SILENT_AFTER = 2 * MINUTE
STEP_NAMES = ("Sign-up", "Confirmed", "Reading", "Clicked", "Booked", "Attended")
MOST_CALLS, MOST_ROWS, MOST_SLOTS = 2, 5, 2
SLOT_DAYS, FEW_SLOTS = 7, 4  # fewer open times than this in so many days, and somebody should open more
MOST_TASKS, ALL_TASKS, SHOWN_OF_TEXT = 8, 500, 80
TASK_ICONS = {"urgent": "warn", "call": "phone", "answer": "reply", "minor": "warn", "note": "note"}


THEIR_WORDS = ("answer", "urgent")  # what a role that may not see answers does not read
_WHY_TASK = {"answer": "They wrote {}", "urgent": "Words of an emergency, {}; their series are held"}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing for a person to do. `where`: lead, people, uncalled, inbox, refused, mails, review, sending, brake,
    hours, claims, tasks or week (that of the instant `at`); `act` names its button. `said` are their words; `task_id`
    is ticked off here; `theirs`: only a role that sees answers reads what was said."""

    icon: str
    tone: str
    title: str
    why: str
    act: str
    where: str
    lead_id: int | None = None
    name: str = ""
    said: str = ""
    phone: str | None = None
    task_id: int | None = None
    at: int = 0
    theirs: bool = False


@dataclass(frozen=True, slots=True)
class MailDay:
    starts: int
    letter: str
    number: int
    sent: int
    due: int
    today: bool
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class SlotDay:
    starts: int
    slots: tuple[tuple[int, str], ...]
    more: int
    closed: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """Someone to call and why now."""

    who: Caller
    why: str
    clock: CallClock


@dataclass(slots=True)
class Home:
    needs: list[Need] = field(default_factory=list)
    waiting: int = 0
    calls: list[Call] = field(default_factory=list)
    bars: list[FunnelBar] = field(default_factory=list)
    finding: str = ""
    caveat: str = ""
    ahead: int = 0
    days: list[MailDay] = field(default_factory=list)
    heights: list[tuple[Column, Column]] = field(default_factory=list)
    sent: int = 0
    due: int = 0
    slot_days: list[SlotDay] = field(default_factory=list)
    slots: int = 0
    since: int = 0
    counted_at: int | None = None


def show_home(kit: Kit, clinic: ClinicRow, now: int, *, all_tasks: bool = False) -> Home:
    """At most a score of statements, whatever the clinic holds. The oldest tasks, or with `all_tasks` all of them."""
    home = Home(since=began(clinic, local_day(now, clinic.zone)))
    _funnel(funnel_count(kit, clinic, now), home)
    with kit.db.read() as conn:
        open_days = diary(conn, clinic, now)
        _slots(open_days, clinic, home, now)
        _mails(conn, kit, clinic, home, now, open_days)
        callers = home_numbers.callers(conn, clinic.id, now - LATELY)
        home.calls = [Call(each, why_call(each, now), _clock(each, clinic, now)) for each in callers]
        troubles = home_numbers.troubles(conn, clinic.id, now - LATELY)
        asked = tasks.waiting(conn, clinic.id, now, ALL_TASKS if all_tasks else MOST_TASKS)
        held = home_numbers.held(conn, clinic.id)
        ask = Together(conn)
        waits = ask(lambda conn: tasks.count_waiting(conn, clinic.id, now))
        uncalled = ask(lambda conn: home_numbers.uncalled(conn, clinic.id, clinic.call_within, now))
        unmarked = ask(lambda conn: appointments.unmarked(conn, clinic.id, now - SPAN * DAY, now))
        tick = ask(workers.last_tick)
        provider = ask(lambda conn: breakers.get(conn, kit.mail))
        reviews = ask(lambda conn: reviews_ending(conn, clinic.id, now))
        ask.now()
        ending = claims_ending(kit, conn, reviews(), now)
    waiting, ticked = waits(), tick()
    home.needs = [
        *_machine(clinic, troubles, None if ticked is None else kit.wall() - ticked, now),
        *_to_mend(provider(), kit.mail, clinic, now),
        *_to_do(asked, waiting, clinic, now),
        *_to_greet(uncalled(), clinic, now),
        *_to_call([call for call in home.calls if call.who.id not in {task.lead_id for task in asked}]),
        *_to_read(troubles, clinic, now),
        *_to_mark(*unmarked(), clinic, now),
        *_to_decide(held, troubles, clinic, now),
        *_to_vouch(ending, clinic),
        *_to_open(open_days, now),
    ]
    home.calls = home.calls[:MOST_ROWS]
    home.waiting = len([need for need in home.needs if need.where != "tasks"]) + waiting - len(asked)
    return home


def why_call(who: Caller, now: int) -> str:
    """Opened the booking page 3 times, last yesterday 21:20; answered with the price"""
    zone, parts = who.zone, []
    if who.clicks and who.last_click:
        often = "once" if who.clicks == 1 else f"{who.clicks} times"
        parts.append(f"opened the booking page {often}, last {words.when(who.last_click, zone, now)}")
    if who.answered_at:
        told_at = words.when(who.answered_at, zone, now)
        parts.append(f"held back by {words.answered(who.answer)}, as they told us {told_at}")
    if who.lost_visit_at:
        parts.append(f"a visit came to nothing {words.day_near(who.lost_visit_at, zone, now)}")
    told = "; ".join(parts)
    return told[:1].upper() + told[1:]


def _funnel(counted: FunnelCount, home: Home) -> None:
    current, earlier = counted.current, counted.earlier
    home.ahead, home.counted_at = counted.ahead, counted.taken_at
    home.bars = funnel(STEP_NAMES, current.counts)
    booked, everyone = current.of("booked"), current.signed_up
    home.finding = _finding(home.bars, booked, everyone)
    if not everyone:
        return
    then_booked, then = earlier.of("booked"), earlier.signed_up
    share = f"{share_words(booked, everyone)} booked"
    if not then:
        home.caveat = f"{share}. There are no earlier 30 days to compare with."
        return
    compared = f"{share}; {then_booked} of {then} ({share_words(then_booked, then)}) in the 30 days before."
    few = not comparable((booked, everyone), (then_booked, then))
    home.caveat = (
        f"{compared} {'Too few people to tell this from chance.' if few else 'They have had longer to decide.'}"
    )


def _finding(bars: list[FunnelBar], booked: int, everyone: int) -> str:
    if not everyone:
        return "Nobody has signed up in 30 days"
    worst = worst_step(bars)
    told = f"{booked} of {everyone} booked"
    if worst is None or booked == everyone:
        return told
    return f"{told}; most are lost between {bars[worst - 1].name.lower()} and {bars[worst].name.lower()}"


def _mails(conn: Connection, kit: Kit, clinic: ClinicRow, home: Home, now: int, open_days: Diary | None) -> None:
    today = local_day(now, clinic.zone)
    starts = [day_start(today + number, clinic.zone) for number in range(-7, 9)]
    sent = home_numbers.sent_by_day(conn, clinic.id, starts[:9])
    due = [day.total for day in forecast_lately(kit, conn, clinic, now, 8, offered(open_days, now)).days]
    for number in range(15):
        here = local(starts[number] + DAY // 2, clinic.zone)
        coming = due[number - 7] if number >= 7 else 0
        closed = closed_words(open_days, today + number - 7) if open_days and number >= 7 else None
        gone = sent[number] if number <= 7 else 0
        named = closed if closed and closed != "closed" else None
        home.days.append(MailDay(starts[number], f"{here:%a}"[0], here.day, gone, coming, number == 7, named))
    tall = columns([day.sent + day.due for day in home.days])
    most = max([day.sent + day.due for day in home.days] + [1])
    for day, whole in zip(home.days, tall, strict=True):
        filled = round(96 * day.sent / most, 1)
        home.heights.append((whole, Column(day.sent, round(96 - filled, 1), filled)))
    home.sent, home.due = sum(sent[:7]), sum(due)


def _slots(found: Diary | None, clinic: ClinicRow, home: Home, now: int) -> None:
    """Today and the rest of the week, Sunday at the last; from Friday on next week too."""
    if found is None:
        return
    today = local_day(now, clinic.zone)
    weekday = (today - 1) % 7
    last = today + (6 - weekday) + (7 if weekday >= 4 else 0)
    by_day: dict[int, list[Slot]] = {day: [] for day in range(today, last + 1)}
    for slot in found.by_start(found.slots(now, from_day=today, to_day=last)):
        by_day[local_day(slot.starts_at, clinic.zone)].append(slot)
    home.slots = sum(map(len, by_day.values()))
    for day, listed in by_day.items():
        closed = None if listed else closed_words(found, day)
        if not listed and closed == "closed":
            continue
        shown = tuple((slot.starts_at, found.practitioners[slot.practitioner_id].first_name) for slot in listed)
        home.slot_days.append(
            SlotDay(day_start(day, clinic.zone), shown[:MOST_SLOTS], max(0, len(shown) - MOST_SLOTS), closed)
        )
    home.slot_days = home.slot_days[:6]


def _machine(clinic: ClinicRow, troubles: Troubles, silent: int | None, now: int) -> list[Need]:
    if clinic.stopped_at is not None:
        since = words.when(clinic.stopped_at, clinic.zone, now)
        reason = f" Reason: {troubles.stopped_why}" if troubles.stopped_why else ""
        return [
            Need("halt", "stop", f"All mail is stopped since {since}", f"Nobody moves on.{reason}", "Start…", "sending")
        ]
    needs = []
    if silent is None or silent > SILENT_AFTER:
        told = "has never run" if silent is None else f"was last heard of {words.span(silent)} ago"
        why = f"The worker {told}. Start it with ./run."
        needs.append(Need("warn", "stop", "No mail goes out", why, "See…", "sending"))
    if clinic.braked_at is not None and clinic.brake:
        since, brake = words.when(clinic.braked_at, clinic.zone, now), from_kept(clinic.brake)
        why = f"{brake_words.reason(brake)}. Visit mails go on."
        needs.append(Need("halt", "stop", f"The series stand still since {since}", why, "Look…", "brake"))
    return needs


def _to_mend(provider: Breaker | None, name: str, clinic: ClinicRow, now: int) -> list[Need]:
    """The provider is left alone for now."""
    if provider is None or provider.state == "closed" or clinic.stopped_at is not None:
        return []
    title = breaker_words.title(provider, name, clinic.zone, now)
    why = breaker_words.why(provider, name, clinic.zone, now)
    return [Need("warn", "wait" if provider.cause == "wait" else "stop", title, why, "Look…", "sending")]


def _to_do(asked: list[TaskRow], waiting: int, clinic: ClinicRow, now: int) -> list[Need]:
    """What people of the clinic were asked to do, oldest first; the last one leads on to the rest."""
    needs = [_task(task, clinic, now) for task in asked]
    if waiting > len(asked):
        more = words.count(waiting - len(asked), "more waits", "more wait")
        needs.append(Need("clock", "acc", more, "They came after these.", "Show all", "tasks"))
    return needs


def _task(task: TaskRow, clinic: ClinicRow, now: int) -> Need:
    since = words.when(task.at, clinic.zone, now)
    return Need(
        TASK_ICONS[task.kind],
        "stop" if task.kind == "urgent" else "acc",
        f"{words.TASK_ACTS[task.kind]} ",
        _WHY_TASK.get(task.kind, "Since {}").format(since),
        "Done",
        "task",
        task.lead_id,
        task.short_name,
        f"“{cut(task.text, SHOWN_OF_TEXT)}”" if task.kind in THEIR_WORDS else cut(task.text, SHOWN_OF_TEXT),
        task.phone,
        task.id,
        theirs=task.kind in THEIR_WORDS,
    )


def _clock(who: Caller, clinic: ClinicRow, now: int) -> CallClock:
    return call_clock(who.signed_up_at, who.called_at, clinic.call_within, now)


def _to_greet(found: Uncalled, clinic: ClinicRow, now: int) -> list[Need]:
    """New people whom nobody has called yet, once one of them has waited for longer than the clinic means to."""
    if not found.late or found.oldest is None:
        return []
    title = f"{words.count(found.people, 'new person waits', 'new people wait')} for a first call"
    aim, longest = words.span(clinic.call_within), words.span(now - found.oldest)
    some = "All" if found.late == found.people else f"{found.late} of them"
    why = f"{some} for longer than your aim of {aim}, the longest for {longest}."
    if found.people == 1:
        why = f"Waiting {longest}, past your aim of {aim}."
    return [Need("phone", "wait", title, why, "See them", "uncalled")]


def _to_call(calls: list[Call]) -> list[Need]:
    needs = []
    for call in calls:
        who = call.who
        if who.clicks >= 2 or who.answered_at:
            answered = who.clicks < 2
            icon, title = ("reply", "Answer ") if answered else ("phone", "Call ")
            needs.append(
                Need(icon, "acc", title, call.why + ".", "Open" if answered else "Call…", "lead", who.id, who.name)
            )
    if len(needs) > MOST_CALLS:
        rest = len(needs) - MOST_CALLS
        more = Need(
            "people",
            "acc",
            f"{words.count(rest, 'more person', 'more people')} showed they may come",
            "They opened the booking page twice or more, or told what holds them back.",
            "See them",
            "people",
        )
        return [*needs[:MOST_CALLS], more]
    return needs


def _to_read(troubles: Troubles, clinic: ClinicRow, now: int) -> list[Need]:
    needs = []
    if troubles.unreadable:
        title = f"{words.count(troubles.unreadable, 'sign-up')} could not be read"
        kept = "It is kept whole." if troubles.unreadable == 1 else "All are kept whole."
        why = f"{troubles.unreadable_reason or ''} {kept}".strip()
        needs.append(Need("form", "wait", title, why, "Open", "inbox"))
    if troubles.refused:
        title = f"{words.count(troubles.refused, 'sign-up was', 'sign-ups were')} refused as a machine’s"
        why = "A person’s browser can look like one. Nobody has looked at it yet; it can be read after all."
        needs.append(Need("form", "wait", title, why, "Look", "refused"))
    if troubles.mails:
        title = f"{words.count(troubles.mails, 'mail')} came back that nobody could be found for"
        needs.append(Need("reply", "wait", title, "Perhaps somebody wrote from another address.", "Look", "mails"))
    if troubles.mailbox_fault:
        fault = json.loads(troubles.mailbox_fault)
        why = f"{fault['reason']} Since {words.when(fault['since'], clinic.zone, now)}; nothing in it is lost."
        needs.append(Need("warn", "stop", "Replies cannot be read", why, "See…", "mails"))
    return needs


def _to_mark(visits: int, first: int | None, clinic: ClinicRow, now: int) -> list[Need]:
    if first is None:
        return []
    title = f"Who came? {words.count(visits, 'visit is', 'visits are')} not marked"
    since = words.when(first, clinic.zone, now)
    why = f"The first was {since}. The mail that asks how it was waits two days for the mark, then it is left out."
    return [Need("cal", "wait", title, why, "Mark", "week", at=first)]


def _to_vouch(ending: list[Series], clinic: ClinicRow) -> list[Need]:
    """Series whose claims somebody has to read again."""
    needs = []
    for each in ending:
        day = words.date(each.review.ends, clinic.zone)
        mails = words.count(each.mails, "mail with them waits", "mails with them wait")
        over = each.review.over
        claims = words.count(len(each.claims), "health claim is", "health claims are")
        title = f"“{each.row.name}”: {claims} to be read again"
        why = f"The review ran out {day}; the {mails}." if over else f"From {day} on the {mails}."
        needs.append(Need("flag", "stop" if over else "wait", title, why, "Read them", "claims"))
    return needs


def _to_decide(held: list[Held], troubles: Troubles, clinic: ClinicRow, now: int) -> list[Need]:
    needs = []
    for each in held:
        oldest = words.when(each.oldest_due, clinic.zone, now)
        if each.guard == "overdue":
            verb = "is" if each.people == 1 else "are"
            title = f"{words.count(each.people, 'mail')} {verb} overdue by more than {words.span(clinic.overdue_after)}"
            why = f"The oldest was due {oldest}. None went; each waits for you."
        else:
            title = f"{words.count(each.people, 'mail')} held: {words.GUARDS[each.guard]}"
            why = f"The oldest was due {oldest}."
        needs.append(Need("clock", "wait", title, why, "Review", "review"))
    if troubles.in_doubt:
        title = f"{words.count(troubles.in_doubt, 'mail')} in doubt"
        why = "The provider’s answer was lost. What does not settle by itself waits for your word."
        needs.append(Need("warn", "wait", title, why, "Review", "review"))
    return needs


def _to_open(found: Diary | None, now: int) -> list[Need]:
    """Kinds of visit that can hardly be booked in the week ahead."""
    why = "Mails that offer times wait up to seven days for some, then go without."
    if found is None:
        return [Need("cal", "wait", "No open slots in the days ahead", why, "Hours…", "hours")]
    return [
        Need("cal", "wait", f"{_open_words(number)} for “{name}” in the next {SLOT_DAYS} days", why, "Hours…", "hours")
        for name, number in found.fewest(now, SLOT_DAYS, FEW_SLOTS)
    ]


def _open_words(number: int) -> str:
    return f"Only {words.count(number, 'open time')}" if number else "No open time"
