"""Messages that come back: asked to wait by the provider, or known not to have gone out. They pass the gate again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.delivery.provider import Provider
from service.domain.enrollment import Facts
from service.domain.timing import local_day
from service.storage import brakes, campaigns, caps, clinics, enrollments, messages, planned, runs, suppressions
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.storage.messages import MessageRow
from service.usecases import facts as known
from service.usecases.advance import always
from service.usecases.again import again
from service.usecases.come_back import Rest, What, come_back, resting
from service.usecases.compose import Composed, Composer
from service.usecases.dispatch import LEASE, Outgoing, Probe, Tally, silent
from service.usecases.flights import Flights
from service.usecases.keep_pace import Claim, Want, limited, paces
from service.usecases.kit import Kit
from service.usecases.take_batch import room_today, stops

BATCH = 500


@dataclass(slots=True)
class Again:
    """A planned message with what becomes of it. `cap_day` is the local day whose cap it holds, `at_most` the mails
    that today may see."""

    message: MessageRow
    run: DueRow
    what: What
    cap_day: int | None
    at_most: int
    clinic: ClinicRow


def resend_planned(
    kit: Kit,
    provider: Provider,
    probe: Probe = silent,
    *,
    go_on: Callable[[], bool] = always,
    shard: int | None = None,
) -> Tally:
    """Hands over the planned messages whose hour has come, one batch of them; none when `go_on` says no. Each keeps its
    ref, its version and its values. `shard`: those of its leads alone."""
    if not go_on():
        return Tally()
    with Flights(kit, provider, probe) as flights:
        now = kit.clock()
        room = flights.room(BATCH)
        chosen = _choose(kit, now, room, shard) if room else []
        if chosen:
            probe("before-intent")
            outgoing = again(lambda: _take(kit, provider.name, chosen, now))
            probe("after-intent")
            flights.send(outgoing, now)
    flights.tally.seen = len(chosen)
    return flights.tally


def _take(kit: Kit, provider: str, chosen: Sequence[Again], now: int) -> list[Outgoing]:
    """The short write transaction. Whoever changed since the reading stays planned, to be looked at again."""
    with kit.db.write() as conn:
        messages.lock(conn, [item.message.id for item in chosen])
        messages.drop(conn, {item.message.id: item.what for item in chosen if isinstance(item.what, str)}, now)
        _postpone(conn, chosen)
        going = _still_true(conn, kit, provider, [item for item in chosen if isinstance(item.what, Composed)], now)
        taken = {row.id for row in planned.take_again(conn, [item.message for item in going], now + LEASE)}
    return [
        Outgoing(
            message_id=item.message.id,
            fence=item.message.fence + 1,
            email_key=item.run.email_key or "",
            envelope=item.what.envelope,
            shape=item.what.shape,
            letter=item.what.letter,
            clinic_id=item.run.clinic_id,
        )
        for item in going
        if isinstance(item.what, Composed) and item.message.id in taken
    ]


def _postpone(conn: Connection, chosen: Sequence[Again]) -> None:
    rests = [(item.message, item.what) for item in chosen if isinstance(item.what, Rest)]
    held = {row.id: (rest.until, row.why) for row, rest in rests if rest.held}
    waiting = {
        row.id: (rest.until, planned.owed_from(row, rest.until) if rest.ours else row.why)
        for row, rest in rests
        if not rest.held
    }
    planned.postpone(conn, waiting)
    planned.postpone(conn, held, planned.OVERDUE)


def _still_true(conn: Connection, kit: Kit, provider: str, going: Sequence[Again], now: int) -> list[Again]:
    same = enrollments.still_as_read(conn, [item.run for item in going])
    standing = suppressions.standing_anywhere(conn, {item.run.email_key for item in going if item.run.email_key})
    held_back = brakes.standing(conn) if going else {}
    free = [
        item
        for item in going
        if item.run.id in same
        and not brakes.holds(held_back, item.run.clinic_id, item.message.service)
        and not stops(standing.get(item.run.email_key or "", ()), item.run.clinic_id, item.message.service)
    ]
    pace = Claim(conn, kit, provider, _wants(kit, free, now), now)
    free = [item for item in free if item.message.id not in pace.refused]
    capped = _without_a_day(conn, free, now)
    going = [item for item in free if item.message.id not in capped]
    pace.spend(item.message.id for item in going)
    return going


def _wants(kit: Kit, free: Sequence[Again], now: int) -> list[Want]:
    if not limited(kit, {item.clinic.id: item.clinic for item in free}.values()):
        return []
    return [
        Want(item.message.id, item.clinic, item.message.service, _counted(item.message, item.clinic, now))
        for item in free
    ]


def _counted(row: MessageRow, clinic: ClinicRow, now: int) -> bool:
    """Whether the clinic's day has counted the message: it was in hand on it before."""
    taken = row.created_at if row.lease_until is None else row.lease_until - LEASE
    return local_day(taken, clinic.zone) == local_day(now, clinic.zone)


def _without_a_day(conn: Connection, free: Sequence[Again], now: int) -> set[int]:
    """A cap counts on the day of the hand-over: what comes back on another day claims that one. Gives the messages
    whose day is full."""
    claims = {
        item.message.id: caps.Claim(item.run.lead_id, today, item.at_most, item.message.id)
        for item in free
        if not item.message.service and item.cap_day != (today := local_day(now, item.run.zone))
    }
    won = caps.claim(conn, list(claims.values()))
    for item in free:
        if item.message.id in won and item.cap_day is not None:
            caps.release(conn, item.run.lead_id, item.cap_day, item.message.id)
    return claims.keys() - won


def _choose(kit: Kit, now: int, limit: int, shard: int | None) -> list[Again]:
    with kit.db.read() as conn:
        rows = planned.planned(conn, now, limit, shard)
        if not rows:
            return []
        run_ids = {row.enrollment_id for row in rows}
        by_id = {run.id: run for run in enrollments.with_leads(conn, run_ids)}
        left = runs.left(conn, run_ids)
        paused = campaigns.paused(conn, {row.campaign_id for row in rows})
        pairs = [(row, _as_sent(by_id[row.enrollment_id], row)) for row in rows]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        definitions = {key: version.definition for key, version in versions.items()}
        days = caps.of_messages(conn, [row.id for row in rows], {row.lead_id for row in rows})
        pace = paces(conn, clinics.everyone(conn).values(), now)
        chosen: list[Again] = []
        for part in _one_a_run(pairs):
            loaded = known.load(conn, [run for _, run in part], definitions, now)
            composer = Composer(kit, conn, loaded, versions, now)
            composer.prepare([(run, row.mail) for row, run in part])
            for row, run in part:
                facts, day = loaded.facts[run.id], days.get(row.id)
                _give_back(facts, day, local_day(now, run.zone))
                clinic = loaded.clinics[row.clinic_id]
                if not row.service and not _counted(row, clinic, now):
                    facts.day_full = pace.full(clinic.id)
                if row.campaign_id in paused:
                    what: What = resting(now)
                else:
                    what = left.get(run.id) or come_back(kit, composer, definitions, row, run, facts, now)
                chosen.append(Again(row, run, what, day, room_today(facts), clinic))
        return chosen


def _one_a_run(pairs: Sequence[tuple[MessageRow, DueRow]]) -> list[list[tuple[MessageRow, DueRow]]]:
    """Facts are kept by enrollment: two messages of one are looked at one after the other."""
    parts: list[dict[int, tuple[MessageRow, DueRow]]] = []
    for row, run in pairs:
        part = next((each for each in parts if run.id not in each), None)
        if part is None:
            part = {}
            parts.append(part)
        part[run.id] = (row, run)
    return [list(part.values()) for part in parts]


def _as_sent(run: DueRow, row: MessageRow) -> DueRow:
    """The enrollment as it stood at the step of this message."""
    return run._replace(version_id=row.version_id, step=row.step, visit=row.visit, due_at=row.due_at)


def _give_back(facts: Facts, day: int | None, today: int) -> None:
    """The message's own claim does not stand in its way."""
    if day is None:
        return
    facts.sent_today -= day == today
    facts.sent_week -= today - 7 < day <= today
