"""What is no longer needed: found a page at a time by id, so that no pass looks at a row twice, and let go."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import receipts
from service.storage.tables import (
    answer,
    appointment,
    audit,
    consent,
    delivery_event,
    desk_session,
    event,
    hook_call,
    import_row,
    inbox,
    incoming_mail,
    lead,
    lead_import,
    message,
    refusal,
    staff_link,
    staff_news,
    task,
)

_TAKEN = ("processed", "refused", "duplicate", "test")


def old_reports(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Reports of the provider that were applied before that instant."""
    return _page(conn, delivery_event, after_id, limit, delivery_event.c.applied_at < before)


def drop_reports(conn: Connection, found: Collection[int]) -> int:
    return _drop(conn, delivery_event, found)


def old_calls(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Calls to the clinic's webhooks that are over: their step is long behind whoever it was about."""
    return _page(conn, hook_call, after_id, limit, hook_call.c.done_at < before)


def drop_calls(conn: Connection, found: Collection[int]) -> int:
    return _drop(conn, hook_call, found)


def old_refusals(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    return _page(conn, refusal, after_id, limit, refusal.c.at < before)


def drop_refusals(conn: Connection, found: Collection[int]) -> int:
    return _drop(conn, refusal, found)


def old_staff_links(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Links for the clinic's people that were over before that instant, used or not."""
    return _page(conn, staff_link, after_id, limit, staff_link.c.expires_at < before)


def drop_staff_links(conn: Connection, found: Collection[int]) -> int:
    """With the news that they told of."""
    conn.execute(sa.delete(staff_news).where(staff_news.c.letter_id.in_(found)))
    return _drop(conn, staff_link, found)


def old_audits(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    return _page(conn, audit, after_id, limit, audit.c.at < before)


def drop_audits(conn: Connection, found: Collection[int]) -> int:
    return _drop(conn, audit, found)


def old_sessions(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Sign-ins of the clinic's people that began before that instant: none lasts so long."""
    return _page(conn, desk_session, after_id, limit, desk_session.c.started_at < before)


def drop_sessions(conn: Connection, found: Collection[int]) -> int:
    return _drop(conn, desk_session, found)


def old_bodies(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Posts that were read or refused and still hold what was sent. One that waits to be read keeps it."""
    old = (inbox.c.received_at < before, inbox.c.state.in_(_TAKEN), sa.func.length(inbox.c.body) > 0)
    return _page(conn, inbox, after_id, limit, *old)


def empty_bodies(conn: Connection, found: Collection[int]) -> int:
    """The rows stay, and say when a post came and what became of it; its wording stands in the consent ledger."""
    done = conn.execute(
        sa.update(inbox).where(inbox.c.id.in_(found), inbox.c.state.in_(_TAKEN)).values(body=b"", meta={})
    )
    return done.rowcount


def old_lists(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Lists of people that were brought before that instant, of which more is kept than that there was one."""
    rows = sa.exists().where(import_row.c.import_id == lead_import.c.id)
    kept = sa.or_(sa.func.length(lead_import.c.body) > 0, rows)
    return _page(conn, lead_import, after_id, limit, lead_import.c.at < before, kept)


def empty_lists(conn: Connection, found: Collection[int]) -> int:
    """What was never begun with is gone; what was keeps its numbers."""
    conn.execute(sa.delete(import_row).where(import_row.c.import_id.in_(found)))
    mine = lead_import.c.id.in_(found)
    unended = lead_import.c.state.in_(["mapping", "looking", "looked", "running"])
    conn.execute(sa.update(lead_import).where(mine, unended).values(state="gone"))
    return conn.execute(sa.update(lead_import).where(mine).values(body=b"")).rowcount


def old_mails(conn: Connection, after_id: int, limit: int, *, before: int) -> list[int]:
    """Mails that came back, were read, and still hold what was written. One that could not be read keeps it."""
    read = incoming_mail.c.state == "processed"
    old = (incoming_mail.c.received_at < before, read, sa.func.length(incoming_mail.c.body) > 0)
    return _page(conn, incoming_mail, after_id, limit, *old)


def empty_mails(conn: Connection, found: Collection[int]) -> int:
    """The rows stay: the same mail once more is known by its name."""
    return conn.execute(sa.update(incoming_mail).where(incoming_mail.c.id.in_(found)).values(body=b"")).rowcount


def unconfirmed(conn: Connection, after_id: int, limit: int, *, before: int, owed_before: int) -> list[int]:
    """Leads that were last asked before that instant to confirm their address, and never were anything else. Whom
    somebody still owes an answer (an open task) is left until `owed_before`."""
    return _page(conn, lead, after_id, limit, *_unconfirmed(before, owed_before))


def lock_unconfirmed(conn: Connection, found: Collection[int], before: int, owed_before: int) -> list[tuple[int, int]]:
    """Those of them that still are, with their clinic. Locked first and looked at afterwards: a sign-up that came in
    meanwhile is seen."""
    chosen = sa.select(lead.c.id).where(lead.c.id.in_(found)).order_by(lead.c.id)
    if conn.dialect.name == "postgresql":
        chosen = chosen.with_for_update(key_share=True)
    held = list(conn.execute(chosen).scalars())
    rows = conn.execute(
        sa.select(lead.c.id, lead.c.clinic_id)
        .where(lead.c.id.in_(held), *_unconfirmed(before, owed_before))
        .order_by(lead.c.id)
    )
    return [(lead_id, clinic_id) for lead_id, clinic_id in rows]


def blank(conn: Connection, lead_ids: Collection[int], now: int) -> None:
    """Takes from these leads all that tells who they are. The rows stay, for the counts and for what refers to them."""
    for table in (answer, task):
        conn.execute(sa.delete(table).where(table.c.lead_id.in_(lead_ids)))
    conn.execute(sa.update(inbox).where(inbox.c.lead_id.in_(lead_ids)).values(body=b"", meta={}))
    conn.execute(sa.update(incoming_mail).where(incoming_mail.c.lead_id.in_(lead_ids)).values(body=b""))
    receipts.erase(conn, lead_ids)
    conn.execute(sa.update(consent).where(consent.c.lead_id.in_(lead_ids)).values(ip=None, page=None))
    conn.execute(sa.update(event).where(event.c.lead_id.in_(lead_ids), event.c.kind == "note").values(data={}))
    conn.execute(sa.update(message).where(message.c.lead_id.in_(lead_ids)).values(values=sa.null()))
    nobody = dict.fromkeys(("email", "email_key", "first_name", "last_name", "phone", "page", "interest"), sa.null())
    conn.execute(
        sa.update(lead)
        .where(lead.c.id.in_(lead_ids))
        .values(
            **nobody, also_named="", utm={}, minor=False, urgent=False, changed_at=now, revision=lead.c.revision + 1
        )
    )


def _unconfirmed(before: int, owed_before: int) -> tuple[sa.ColumnElement[bool], ...]:
    ledger = consent.c.lead_id == lead.c.id
    asked = sa.select(sa.func.max(consent.c.at)).where(ledger, consent.c.kind == "asked").correlate(lead)
    last_asked = asked.scalar_subquery()
    more = sa.exists().where(ledger, consent.c.kind != "asked")
    visit = sa.exists().where(appointment.c.lead_id == lead.c.id)
    owed = sa.exists().where(task.c.lead_id == lead.c.id, task.c.done_at.is_(None))
    return (
        lead.c.consent == "pending",
        lead.c.email.is_not(None),
        last_asked < before,
        ~more,
        ~visit,
        sa.or_(last_asked < owed_before, ~owed),
    )


def _page(
    conn: Connection, table: sa.Table, after_id: int, limit: int, *conditions: sa.ColumnElement[bool]
) -> list[int]:
    query = sa.select(table.c.id).where(table.c.id > after_id, *conditions).order_by(table.c.id).limit(limit)
    return list(conn.execute(query).scalars())


def _drop(conn: Connection, table: sa.Table, found: Collection[int]) -> int:
    return conn.execute(sa.delete(table).where(table.c.id.in_(found))).rowcount
