"""Reading a mail that came back: a reply, a report, an unsubscribe, or a machine's answer that ends nothing."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from service.delivery.incoming_mime import read_mail
from service.delivery.incoming_sendgrid import read_post
from service.domain.incoming import (
    Incoming,
    Kind,
    Unreadable,
    answered_refs,
    automatic,
    only_asks_to_stop,
    stop_token,
    tokens,
)
from service.domain.lead import address
from service.storage import events, incoming_mails, leads
from service.storage.incoming_mails import IncomingRow
from service.usecases.again import again
from service.usecases.kit import Kit
from service.usecases.read_link import read_link
from service.usecases.record_events import record_events
from service.usecases.record_reply import note_reply
from service.usecases.unsubscribe import stop_mails

MIME = "message/rfc822"
TRIPPED = "Meridian tripped over this mail ({}). It is kept; report it."
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Whose mail it is. `lead_id` None: nobody's that we know of at this clinic."""

    clinic_id: int | None
    lead_id: int | None = None
    message_id: int | None = None


def read_incoming(kit: Kit, mail_id: int) -> None:
    """Acts on a kept mail, once. What cannot be read is set aside whole, with the reason; a database that is busy or
    away leaves it waiting."""
    with kit.db.read() as conn:
        row = incoming_mails.find(conn, mail_id)
    if row is None or row.state != incoming_mails.WAITING:
        return
    try:
        _act(kit, row, read_kept(row))
    except Unreadable as fault:
        _set_aside(kit, mail_id, fault.reason)
    except (DataError, IntegrityError) as fault:
        _log.error("mail-unreadable", mail=mail_id, fault=type(fault).__name__)
        _set_aside(kit, mail_id, TRIPPED.format(type(fault).__name__))
    except DBAPIError as fault:
        _log.warning("mail-waits", mail=mail_id, fault=type(fault).__name__)
    except Exception as fault:  # noqa: BLE001 - one mail that trips us must neither be lost nor hold the others up
        _log.error("mail-unreadable", mail=mail_id, fault=type(fault).__name__)
        _set_aside(kit, mail_id, TRIPPED.format(type(fault).__name__))


def read_waiting_mails(kit: Kit, limit: int = 500) -> int:
    """Reads what a crash left waiting, oldest first; gives how many there were."""
    with kit.db.read() as conn:
        waiting = incoming_mails.waiting(conn, limit)
    for mail_id in waiting:
        read_incoming(kit, mail_id)
    return len(waiting)


def read_kept(row: IncomingRow) -> Incoming:
    """What a kept mail says. Raises Unreadable, and whatever else a mail can make a parser raise."""
    if row.content_type == MIME:
        return read_mail(row.body, row.received_at)
    return read_post(row.body, row.content_type, row.received_at)


def _act(kit: Kit, row: IncomingRow, mail: Incoming) -> None:
    if mail.events:
        # Kept among the provider's reports first: each counts once, so that being killed in between repeats nothing.
        record_events(kit, mail.events)
    again(lambda: _place(kit, row, mail))


def _place(kit: Kit, row: IncomingRow, mail: Incoming) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if not incoming_mails.claim(conn, row.id, now):
            return
        place, kind = _whose(conn, kit, mail, now), kind_of(mail)
        if place.lead_id is not None:
            kind = _apply(conn, kit, row, mail, place, kind, now)
        incoming_mails.settle(
            conn,
            row.id,
            kind=kind.value,
            clinic_id=place.clinic_id,
            lead_id=place.lead_id,
            message_id=place.message_id,
        )


def kind_of(mail: Incoming) -> Kind:
    if mail.report:
        return Kind.REPORT
    if stop_token(mail) is not None:
        return Kind.STOP
    return Kind.AUTOMATIC if automatic(mail) else Kind.REPLY


def _apply(conn: Connection, kit: Kit, row: IncomingRow, mail: Incoming, place: Place, kind: Kind, now: int) -> Kind:
    if place.lead_id is None or place.clinic_id is None:
        return kind
    if kind is Kind.REPLY and only_asks_to_stop(mail):
        kind = Kind.STOP
    match kind:
        case Kind.STOP:
            stop_mails(conn, place.lead_id, now, message_id=place.message_id, how="mail")
        case Kind.REPLY:
            note_reply(conn, kit, row.id, place.lead_id, place.message_id, mail, now)
        case Kind.AUTOMATIC:
            events.add(
                conn,
                clinic_id=place.clinic_id,
                lead_id=place.lead_id,
                at=now,
                kind="auto-replied",
                message_id=place.message_id,
            )
    return kind


def _whose(conn: Connection, kit: Kit, mail: Incoming, now: int) -> Place:
    """By what only a reader of a mail of ours can know: its token, its ref or Message-ID; else by the sender's address,
    where it is one lead's of the clinic that was written to."""
    stopping = stop_token(mail)
    for token in (*([stopping] if stopping is not None else []), *tokens(mail)):
        owner = read_link(conn, kit, token, now)
        if owner is not None:
            return Place(owner.clinic.id, owner.lead.id, owner.message_id)
    refs = (*(event.ref for event in mail.events), *answered_refs(mail))
    for ref in refs:
        answered = incoming_mails.answered(conn, ref=ref) if ref is not None else None
        if answered is not None:
            return Place(answered.clinic_id, answered.lead_id, answered.message_id)
    return _by_sender(conn, mail)


def _by_sender(conn: Connection, mail: Incoming) -> Place:
    written_to = incoming_mails.clinics_of(conn, [each.casefold() for each in mail.recipients])
    first = written_to[0] if written_to else None
    try:
        key = address(mail.sender).key
    except ValueError:
        return Place(first)
    found = [(clinic, lead) for clinic in written_to for lead in leads.with_email_key(conn, key, clinic)]
    if len(found) != 1 or mail.report:
        return Place(first)
    return Place(*found[0])


def _set_aside(kit: Kit, mail_id: int, reason: str) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if incoming_mails.claim(conn, mail_id, now):
            clinics = incoming_mails.clinics_of(conn, [])
            incoming_mails.settle(
                conn,
                mail_id,
                state=incoming_mails.UNREADABLE,
                reason=reason,
                clinic_id=clinics[0] if clinics else None,
            )
