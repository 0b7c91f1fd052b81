"""A year of clinics and their leads on a virtual clock, through the real use cases: sign-ups, ticks, clicks, bookings,
pauses, stops, bounces. Prints the mails, the exits by reason, how often each promise was broken (never), and the speed,
overall and on the days on which a third of the leads is new, a third in a series, and a third done."""

from __future__ import annotations

import heapq
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bench.year_checks import broken, exits
from bench.year_limit import bare_loop
from service.content.links import Links
from service.content.studio import Studio
from service.delivery.provider import Lifted, Probe
from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.lead import address
from service.domain.mail import Batch
from service.domain.message import Accepted, Outcome
from service.domain.signup import SignUp
from service.domain.timing import DAY, HOUR, MINUTE, QUARTER
from service.storage import clinics, enrollments, practitioners, tables
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.sources import SourceRow
from service.usecases.add_source import add_source
from service.usecases.advance import advance
from service.usecases.book_visit import book_visit
from service.usecases.follow_link import follow_link
from service.usecases.kit import Kit
from service.usecases.library import Library
from service.usecases.open_slots import diary
from service.usecases.pause_mails import pause_mails
from service.usecases.publish_campaign import TEMPLATES, import_shipped
from service.usecases.record_events import record_events
from service.usecases.take_signup import Told, take_signup
from service.usecases.unsubscribe import unsubscribe

START = 1_767_247_200  # 1 January 2026, 00:00 in Minnetonka
YEAR = 365 * DAY
TAIL = 100 * DAY  # the last to sign up come to their end
MIX_DAY = 245
ZONES = ("America/Chicago", "America/New_York", "America/Denver", "America/Los_Angeles", "America/Phoenix")
INTERESTS = ("sciatica", "neck-pain", "arthritis", "stress-and-muscle-tension", None)
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"

Act = Callable[[int], None]


class Accepts:
    """A provider that takes all. Counts what it was handed, by ref."""

    name = "smtp"

    def __init__(self) -> None:
        self.handed = 0
        self.again = 0
        self._seen: set[str] = set()

    def send(self, batch: Batch, _now: int, _probe: Probe) -> list[Outcome]:
        for letter in batch.letters:
            self.again += letter.ref in self._seen
            self._seen.add(letter.ref)
        self.handed += len(batch.letters)
        return [Accepted() for _ in batch.letters]

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def lift(self, _email: str, /) -> Lifted:
        return "done"

    def drain(self) -> None:
        return None

    def close(self) -> None:
        return None


@dataclass(slots=True)
class Year:
    kit: Kit
    provider: Accepts
    rng: Random
    sources: dict[int, SourceRow] = field(default_factory=dict)
    agenda: list[tuple[int, int, Act]] = field(default_factory=list)
    count: int = 0
    sending: float = 0.0
    mix: tuple[int, float] = (0, 0.0)

    def at(self, now: int) -> Kit:
        return replace(self.kit, clock=lambda: now, wall=lambda: now)

    def put(self, at: int, act: Act) -> None:
        self.count += 1
        heapq.heappush(self.agenda, (at, self.count, act))


def run(house_count: int, leads_each: int, seed: int, folder: str | None, url: str | None) -> dict[str, Any]:
    """`url`: an empty database; None: SQLite in `folder`, or in a folder that is made and removed."""
    made = folder or tempfile.mkdtemp(prefix="meridian-year-")
    try:
        return _run(house_count, leads_each, seed, url or f"sqlite:///{Path(made) / 'year.db'}")
    finally:
        if folder is None:
            shutil.rmtree(made, ignore_errors=True)


def words(found: dict[str, Any]) -> list[str]:
    return [
        f"{found['clinics']} clinics, {found['leads']:,} leads: {found['mails']:,} mails in {found['seconds']} s",
        f"{found['mails_a_second']:,} mails a second while sending; {found['mix_mails_a_second']:,} on the mixed days",
        f"the limit: {found['limit_mails_a_second']:,} a second, the same rows with nothing decided or written",
        f"exits: {found['exits']}",
        f"broken promises: {found['violations']}",
    ]


def _run(house_count: int, leads_each: int, seed: int, url: str) -> dict[str, Any]:
    began = time.perf_counter()
    upgrade(url)
    db = Database(url)
    secret = b"only for benchmarks: 32 bytes ok"
    base = "http://127.0.0.1:8000"
    kit = Kit(
        db=db,
        clock=lambda: START,
        wall=lambda: START,
        links=Links(secret),
        studio=Studio(TEMPLATES, base),
        library=Library(),
        base_url=base,
        secret=secret,
        mail="smtp",
        demo=False,
    )
    year = Year(kit, Accepts(), Random(seed))
    _open(year, house_count)
    _people(year, house_count, leads_each)
    _live(year)
    with db.read() as conn:
        violations, reasons = broken(conn, START + YEAR + TAIL), exits(conn)
        stored = conn.execute(sa.select(sa.func.count()).select_from(tables.message)).scalar_one()
    limit = bare_loop(db)
    violations["handed over twice"] = year.provider.again
    violations["handed over, not on record"] = abs(year.provider.handed - stored)
    db.dispose()
    mixed, spent = year.mix
    return {
        "what": "year",
        "clinics": house_count,
        "leads": house_count * leads_each,
        "mails": year.provider.handed,
        "exits": reasons,
        "violations": violations,
        "seconds": round(time.perf_counter() - began, 1),
        "seconds_sending": round(year.sending, 1),
        "mails_a_second": round(year.provider.handed / year.sending) if year.sending else 0,
        "mix": "the six days on which a third of the leads signs up, a third is in a series and a third is done",
        "mix_mails": mixed,
        "mix_mails_a_second": round(mixed / spent) if spent else 0,
        "limit_mails_a_second": limit,
        "ok": not any(violations.values()),
    }


def _open(year: Year, house_count: int) -> None:
    """The clinics, each with two people at work, the shipped campaigns, and a signed source."""
    for number in range(house_count):
        with year.kit.db.write() as conn:
            clinic_id = clinics.add(
                conn,
                {
                    "slug": f"clinic-{number}",
                    "name": f"Clinic {number}",
                    "address": "100 Example Street, Minnetonka, MN 55305",
                    "city": "Minnetonka",
                    "phone": "(952) 555-0142",
                    "website": "https://sun.example",
                    "zone": ZONES[number % len(ZONES)],
                    "from_name": f"Clinic {number}",
                    "from_email": f"hello@clinic-{number}.example",
                    "reply_to": f"hello@clinic-{number}.example",
                    "region": "MN",
                    "quiet_from": 20 * 60 if number % 4 == 0 else None,
                    "quiet_to": 8 * 60 if number % 4 == 0 else None,
                    "created_at": START,
                },
            )
            practitioners.add_visit_type(conn, clinic_id, "first", "First visit", minutes=60, first=True)
            for name in ("Hannah Lindqvist", "Lena Moser", "Joel Park"):
                who = practitioners.add(conn, clinic_id, name, "", signs=name.startswith("Hannah"))
                for weekday in range(6):
                    practitioners.add_hours(conn, clinic_id, who, weekday=weekday, opens=9 * 60, closes=17 * 60)
            import_shipped(conn, clinic_id, START)
            year.sources[clinic_id] = add_source(
                conn, clinic_id=clinic_id, vendor="typeform", name="The form", now=START, secret="for-benchmarks"
            )


def _people(year: Year, house_count: int, leads_each: int) -> None:
    """A third signs up over two hundred days, a third in the 45 days before the mixed days, a third on them."""
    for number in range(house_count * leads_each):
        third = number % 3
        day = (0, 200, MIX_DAY)[third] + year.rng.random() * (200, 45, 6)[third]
        clinic_id = list(year.sources)[number % house_count]
        at = START + int(day * DAY)
        year.put(at, partial(_sign_up, year, clinic_id, number))


def _sign_up(year: Year, clinic_id: int, number: int, at: int) -> None:
    rng = year.rng
    source, kit = year.sources[clinic_id], year.at(at)
    signup = SignUp(
        address=address(f"reader{number}@example.org"),
        first_name="Maria" if number % 3 else None,
        interest=rng.choice(INTERESTS),
        consent=rng.random() < 0.96,
        zone=rng.choice(ZONES),
    )
    told = Told(source, signup, number, at, source.consent_wording, source.consent_version)
    with kit.db.write() as conn:
        lead_id = take_signup(conn, kit, told, at)
    _fate(year, lead_id, at)


def _fate(year: Year, lead_id: int, at: int) -> None:
    """What one person does later, in days after the sign-up."""
    drawn, days = year.rng.random(), year.rng.random() * 35 * DAY
    later = at + int(days) + HOUR
    if drawn < 0.06:
        year.put(later, partial(_stop, year, lead_id))
    elif drawn < 0.08:
        year.put(at + 2 * DAY, partial(_bounce, year, lead_id))
    elif drawn < 0.11:
        year.put(later, partial(_pause, year, lead_id))
    elif drawn < 0.16:
        year.put(later, partial(_book, year, lead_id))
    elif drawn < 0.30:
        year.put(at + 9 * DAY, partial(_click, year, lead_id))


def _stop(year: Year, lead_id: int, at: int) -> None:
    unsubscribe(year.at(at), lead_id)


def _pause(year: Year, lead_id: int, at: int) -> None:
    pause_mails(year.at(at), lead_id)


def _book(year: Year, lead_id: int, at: int) -> None:
    kit = year.at(at)
    with kit.db.read() as conn:
        clinic_id = conn.execute(sa.select(tables.lead.c.clinic_id).where(tables.lead.c.id == lead_id)).scalar_one()
        found = diary(conn, clinics.get(conn, clinic_id), at)
        slot = next(found.slots(at), None) if found else None
    if slot is not None:
        book_visit(kit, lead_id, slot.starts_at)


def _click(year: Year, lead_id: int, at: int) -> None:
    last = _last_mail(year, lead_id)
    if last is not None:
        follow_link(year.at(at), last[0], "book", user_agent=BROWSER)


def _bounce(year: Year, lead_id: int, at: int) -> None:
    last = _last_mail(year, lead_id)
    if last is not None:
        event = DeliveryEvent("sendgrid", f"bounce-{lead_id}", Kind.BOUNCED, last[1], at, {}, bad_address=True)
        record_events(year.at(at), [event])


def _last_mail(year: Year, lead_id: int) -> tuple[int, str] | None:
    query = (
        sa.select(tables.message.c.id, tables.message.c.ref)
        .where(tables.message.c.lead_id == lead_id)
        .order_by(tables.message.c.id.desc())
        .limit(1)
    )
    with year.kit.db.read() as conn:
        row = conn.execute(query).first()
    return None if row is None else (row[0], row[1])


def _live(year: Year) -> None:
    """Acts at their instant; a pass at the end of each quarter of an hour in which somebody is due: windows close on
    quarters."""
    with year.kit.db.hurried() as db:
        year.kit = replace(year.kit, db=db)
        end, due = START + YEAR + TAIL, START
        while True:
            act_at = year.agenda[0][0] if year.agenda else end
            pass_at = due - due % QUARTER + QUARTER - 1
            now = min(act_at, pass_at)
            if now >= end:
                return
            if act_at <= pass_at:
                at, _no, act = heapq.heappop(year.agenda)
                act(at)
                due = min(due, _next_due(year, at + MINUTE))
                continue
            _pass(year, now)
            due = max(_next_due(year, end), now + 1)


def _pass(year: Year, now: int) -> None:
    before, began = year.provider.handed, time.perf_counter()
    advance(year.at(now), year.provider)
    spent, sent = time.perf_counter() - began, year.provider.handed - before
    year.sending += spent
    if MIX_DAY * DAY <= now - START < (MIX_DAY + 6) * DAY:
        year.mix = (year.mix[0] + sent, year.mix[1] + spent)


def _next_due(year: Year, otherwise: int) -> int:
    with year.kit.db.read() as conn:
        found = enrollments.next_due(conn)
    return otherwise if found is None else found
