"""Telling the clinic's people what happened: found in the timeline, gathered by person, mailed as a link alone.

What is looked at begins ten minutes before what was seen last, so that whatever was committed late is seen too; a row a
person and event keeps it from being told twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from service.delivery.provider import Provider
from service.domain.news import GATHER, OF_EVENT, News, choices, due
from service.domain.timing import DAY
from service.storage import clinics, ids, news, settings, staff_links, users
from service.storage.news import Happened
from service.storage.users import UserRow
from service.usecases.kit import Kit

LATE = 600_000 << 22  # ten minutes, as ids count them
AT_ONCE = 2_000  # events a look
PEOPLE = 200  # mails a look
LASTS = 30 * DAY


def tell_staff(kit: Kit, _provider: Provider | None = None) -> int:
    """Gives how many mails were put on their way; another job sends them. Safe to run twice, and to be killed."""
    _gather(kit)
    return _write(kit)


def _gather(kit: Kit) -> None:
    with kit.db.read() as conn:
        top = news.newest_event(conn)
        told = settings.get(conn, settings.NEWS_MARK)
        # The first look ever tells of the last ten minutes, not of a clinic's whole past.
        mark = ids.new() if told is None else int(told)
        seen = news.happened(conn, mark - LATE, OF_EVENT, AT_ONCE)
        held = news.braked(conn)
        houses = {each.clinic_id for each in seen} | set(held)
        staff = users.at_work(conn, houses) if houses else []
        zones = {clinic_id: row.zone for clinic_id, row in clinics.everyone(conn).items()} if staff else {}
        known = news.known(conn, [each.id for each in seen] + list(held.values())) if staff else set()
    rows = [
        row
        for row in _rows(seen, held, staff, zones, kit.clock())
        if (row["user_id"], row["kind"], row["event_id"]) not in known
    ]
    reached = seen[-1].id + LATE if len(seen) == AT_ONCE else top
    if rows or (top and told is None) or reached > mark:
        with kit.db.write() as conn:
            if rows:
                news.add(conn, rows)
            settings.put(conn, settings.NEWS_MARK, str(max(mark, reached)))


def _rows(
    seen: Iterable[Happened], held: dict[int, int], staff: Iterable[UserRow], zones: dict[int, str], now: int
) -> Iterator[dict[str, Any]]:
    things = _things(list(seen), held)
    for user in staff:
        wanted = choices(user.role, user.news)
        for kind, event_id, at in things.get(user.clinic_id, ()):
            at_work = at >= user.created_at
            due_at = due(wanted[kind], now, zones[user.clinic_id]) if at_work else None
            if due_at is not None:
                yield {"user_id": user.id, "kind": kind, "event_id": event_id, "at": at, "due_at": due_at}


def _things(seen: list[Happened], held: dict[int, int]) -> dict[int, list[tuple[News, int, int]]]:
    """By clinic: kind, event and instant. A reply, or words of an emergency, ask for somebody as well: told of once."""
    replied = {(each.lead_id, each.at) for each in seen if each.kind in ("replied", "red-flag")}
    found: dict[int, list[tuple[News, int, int]]] = {}
    for each in seen:
        if each.kind != "staff-asked" or (each.lead_id, each.at) not in replied:
            found.setdefault(each.clinic_id, []).append((OF_EVENT[each.kind], each.id, each.at))
    for clinic_id, since in held.items():
        found.setdefault(clinic_id, []).append((News.BRAKE, since, since))
    return found


def _write(kit: Kit) -> int:
    now = kit.clock()
    with kit.db.read() as conn:
        waiting = news.waiting(conn, now, PEOPLE)
    written = 0
    for user_id, clinic_id in waiting:
        with kit.db.write() as conn:
            news.hold(conn, user_id)
            if news.any_due(conn, user_id, now):
                letter_id = staff_links.add_news(conn, clinic_id, user_id, now, LASTS)
                news.tell(conn, user_id, letter_id, now + GATHER)
                written += 1
    return written
