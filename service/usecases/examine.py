"""What the doctor looks at: each finding with its mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from service.delivery.dns_look import Resolve, resolve
from service.domain import brake_words, sent_rates
from service.domain.brake import from_kept
from service.domain.clock_words import time_words
from service.domain.timing import day_start, local_day
from service.storage import clinics, messages, schema, workers
from service.storage.clinics import ClinicRow
from service.usecases.check_health import TICK_AGE
from service.usecases.kit import Kit
from service.usecases.look_up_senders import checks
from service.usecases.show_deliverability import DAYS, sent


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is empty when it is well. `seen`: False where nobody could look, which is no fault. `record`: what to type
    at the domain's name server."""

    well: bool
    what: str
    mend: str = ""
    record: str = ""
    seen: bool = True

    @property
    def state(self) -> str:
        return ("well" if self.well else "mend") if self.seen else "unseen"


def examine(kit: Kit, *, secure: bool, event_key: bool, ask: Resolve = resolve) -> list[Finding]:
    """Database, migrations, worker, clinics and their senders, their domains as `ask` sees them (not where mail stays
    in the outbox), and what the way of sending asks for."""
    try:
        with kit.db.read() as conn:
            found = [_migrations(conn)]
            houses = []
            if found[0].well:
                found += [_worker(conn, kit), *_doubts(conn), *_clinics(conn)]
                houses = list(clinics.everyone(conn).values())
    except SQLAlchemyError as fault:
        what = f"the database does not answer ({type(fault).__name__})"
        return [Finding(False, what, "check MERIDIAN_DATABASE_URL and that the server runs")]
    arrives = [finding for house in houses for finding in _arrives(kit, house, ask)]
    return [*found, *_sending(kit, secure, event_key), *arrives]


def _arrives(kit: Kit, house: ClinicRow, ask: Resolve) -> Iterator[Finding]:
    """The domain of the clinic's sender, and what became of its mails of 30 days. The name servers are asked while no
    transaction is open."""
    if kit.mail == "outbox":
        return
    since = day_start(local_day(kit.clock(), house.zone) - DAYS + 1, house.zone)
    _, total = sent(kit, house, since)
    figures = sent_rates.finding(total.accepted, total.complained, total.bounced)
    for check in [*checks(kit, house, ask), *figures]:
        if check.key == "address":
            continue  # told of the clinic already
        well = check.state != "mend"
        yield Finding(well, f"{house.slug}: {check.what}", check.mend, check.record, check.state != "unseen")


def _migrations(conn: Connection) -> Finding:
    standing = schema.of(conn)
    if standing.up_to_date:
        return Finding(True, f"the database is at {standing.head}")
    what = f"the database is at {standing.current or 'nothing'}, the code at {standing.head}"
    return Finding(False, what, "python -m service migrate")


def _worker(conn: Connection, kit: Kit) -> Finding:
    ticked = workers.last_tick(conn)
    if ticked is not None and kit.wall() - ticked <= TICK_AGE:
        return Finding(True, f"the worker ticked at {time_words(ticked, 'UTC')} UTC")
    when = "never" if ticked is None else f"{(kit.wall() - ticked) // 60} minutes ago"
    return Finding(False, f"the worker last ticked {when}: no mail goes out", "python -m service up, or worker")


def _doubts(conn: Connection) -> Iterator[Finding]:
    count = messages.count_in_doubt(conn)
    if count:
        yield Finding(
            False, f"{count} mails are in doubt", "the desk's Home shows each; in-doubt list tells what will settle it"
        )


def _clinics(conn: Connection) -> Iterator[Finding]:
    rows = clinics.everyone(conn).values()
    if not rows:
        yield Finding(False, "there is no clinic yet", "open /desk and make the first one")
    for row in rows:
        yield from _clinic(row)


def _clinic(row: ClinicRow) -> Iterator[Finding]:
    if row.stopped_at is not None:
        yield Finding(False, f"{row.slug}: sending is stopped", "start it again on the desk, when you are ready")
    if row.brake:
        told = brake_words.reason(from_kept(row.brake))
        yield Finding(
            False, f"{row.slug}: the series stand still. {told}", f"brake off --clinic {row.slug}, or the desk"
        )
    for name, value in (("postal address", row.address), ("sender address", row.from_email), ("phone", row.phone)):
        if value.strip():
            yield Finding(True, f"{row.slug}: {name} is set")
        else:
            yield Finding(False, f"{row.slug}: no {name}; every mail must show it", "Settings, Clinic")


def _sending(kit: Kit, secure: bool, event_key: bool) -> Iterator[Finding]:
    if kit.mail == "outbox":
        yield Finding(True, "mail stays in the outbox: nobody outside gets anything")
        return
    if not secure:
        yield Finding(False, "links in mails start with http://", "set MERIDIAN_BASE_URL to an https address")
    if kit.mail == "sendgrid":
        yield Finding(
            event_key,
            "SendGrid's events are verified" if event_key else "SendGrid's events cannot be verified: none is taken",
            "" if event_key else "switch on Signed Event Webhook and set SENDGRID_EVENT_PUBLIC_KEY",
        )
        yield Finding(
            True,
            "SendGrid signs no business associate agreement: a clinic bound by HIPAA sends over a relay that does",
        )
