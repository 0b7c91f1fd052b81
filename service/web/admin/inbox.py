"""The inbox of sign-ups: what came, what was made of it, and what could not be read."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.base36 import base36, from_base36
from service.domain.kept_post import Kept, read_kept
from service.domain.retention import BODIES
from service.domain.right import Right
from service.domain.timing import DAY
from service.storage import audits, inbox_list, incoming_mails, leads, sources
from service.storage import inbox as posts
from service.storage.inbox import InboxRow
from service.storage.inbox_list import COUNTED, PAGE, STATES
from service.usecases.read_again import read_again
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need

ALWAYS = ("unreadable", "waiting", "refused", "processed")


@blueprint.get("/inbox", endpoint="inbox")
def listed() -> ResponseReturnValue:
    desk = here()
    state = request.args.get("state")
    state = state if state in STATES else None
    after = _cursor(request.args.get("after", ""))
    with desk.kit.db.read() as conn:
        rows = inbox_list.page(conn, desk.clinic.id, state, after)
        counts = inbox_list.counts(conn, desk.clinic.id)
        mails = incoming_mails.count_to_look_after(conn, desk.clinic.id)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = last and url_for("desk.inbox", state=state, after=f"{base36(last.received_at)}.{base36(last.id)}")
    return page(
        "inbox",
        room="inbox",
        rows=rows[:PAGE],
        counts=counts,
        most=COUNTED,
        mails=mails,
        state=state,
        states=[name for name in STATES if name in ALWAYS or name == state or counts.get(name)],
        older=older,
        paged=after is not None,
    )


@blueprint.get("/inbox/<int:post_id>")
def post(post_id: int) -> ResponseReturnValue:
    return _page(_of_clinic(post_id))


@blueprint.post("/inbox/<int:post_id>/body")
@need(Right.SEE_ANSWERS)
def show_body(post_id: int) -> ResponseReturnValue:
    """What was sent. Each look is noted with who looked."""
    desk, row = here(), _of_clinic(post_id)
    with desk.kit.db.write() as conn:
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "post seen", str(post_id), {})
        inbox_list.look_at(conn, post_id, desk.now)
    return _page(row, read_kept(row.body, row.content_type))


@blueprint.post("/inbox/<int:post_id>/again")
@need(Right.EDIT_LEADS)
def again(post_id: int) -> ResponseReturnValue:
    desk = here()
    _of_clinic(post_id)
    row = read_again(desk.kit, desk.user, post_id)
    if row.lead_id is not None and row.state == posts.PROCESSED:
        flash("Read. This is the lead that was made of it.", "good")
        return redirect(url_for("desk.lead", lead_id=row.lead_id), 303)
    if row.state == posts.WAITING:
        flash("It still waits: the database was busy. The worker reads it with its next tick.", "stop")
    else:
        flash(f"It still cannot be read. {row.reason or ''}", "stop")
    return redirect(url_for("desk.post", post_id=post_id), 303)


@blueprint.post("/inbox/<int:post_id>/leave")
@need(Right.EDIT_LEADS)
def leave_refused(post_id: int) -> ResponseReturnValue:
    """It stays refused; Home no longer asks for a look."""
    desk = here()
    _of_clinic(post_id)
    with desk.kit.db.write() as conn:
        inbox_list.look_at(conn, post_id, desk.now)
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "post left refused", str(post_id), {})
    flash("It stays refused. It can still be read later, until its body is forgotten.", "good")
    return redirect(url_for("desk.inbox", state="refused"), 303)


def _of_clinic(post_id: int) -> InboxRow:
    with here().kit.db.read() as conn:
        row = posts.find(conn, post_id)
    if row is None or row.clinic_id != here().clinic.id:
        abort(404)
    return row


def _page(row: InboxRow, kept: Kept | None = None) -> str:
    with here().kit.db.read() as conn:
        source = sources.get(conn, row.source_id)
        lead = leads.find(conn, row.lead_id) if row.lead_id is not None else None
    return page("inbox-post", room="inbox", post=row, source=source, lead=lead, kept=kept, kept_days=BODIES // DAY)


def _cursor(text: str) -> tuple[int, int] | None:
    at, _, post_id = text.partition(".")
    received_at, number = from_base36(at), from_base36(post_id)
    return (received_at, number) if received_at is not None and number is not None else None
