"""The inbox of sign-ups: what came, what was made of it, and what could not be read."""

from __future__ import annotations

import json

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.base36 import base36, from_base36
from service.storage import audits, inbox_list, sources
from service.storage import inbox as posts
from service.storage.inbox import InboxRow
from service.storage.inbox_list import PAGE
from service.usecases.read_again import read_again
from service.web.admin.desk import blueprint, here, page

STATES = ("unreadable", "waiting", "processed", "refused")
MOST_SHOWN = 20_000


@blueprint.get("/inbox", endpoint="inbox")
def listed() -> ResponseReturnValue:
    desk = here()
    state = request.args.get("state")
    state = state if state in STATES else None
    at, _, post_id = request.args.get("after", "").partition(".")
    cursor = from_base36(at), from_base36(post_id)
    after = (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None
    with desk.kit.db.read() as conn:
        rows = inbox_list.page(conn, desk.clinic.id, state, after)
        counts = inbox_list.counts(conn, desk.clinic.id)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = last and url_for("desk.inbox", state=state, after=f"{base36(last.received_at)}.{base36(last.id)}")
    return page(
        "inbox",
        room="inbox",
        rows=rows[:PAGE],
        counts=counts,
        state=state,
        states=STATES,
        older=older,
        paged=bool(after),
    )


@blueprint.get("/inbox/<int:post_id>")
def post(post_id: int) -> ResponseReturnValue:
    return _page(_of_clinic(post_id))


@blueprint.post("/inbox/<int:post_id>/body")
def show_body(post_id: int) -> ResponseReturnValue:
    """What was sent, to the letter. Each look is noted with who looked."""
    desk, row = here(), _of_clinic(post_id)
    with desk.kit.db.write() as conn:
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "post seen", str(post_id), {})
    return _page(row, _shown(row))


@blueprint.post("/inbox/<int:post_id>/again")
def again(post_id: int) -> ResponseReturnValue:
    desk = here()
    _of_clinic(post_id)
    row = read_again(desk.kit, desk.user, post_id)
    if row.lead_id is not None and row.state == posts.PROCESSED:
        flash("Read. This is the lead that was made of it.", "good")
        return redirect(url_for("desk.lead", lead_id=row.lead_id), 303)
    flash(f"It still cannot be read. {row.reason or ''}", "stop")
    return redirect(url_for("desk.post", post_id=post_id), 303)


def _of_clinic(post_id: int) -> InboxRow:
    with here().kit.db.read() as conn:
        row = posts.find(conn, post_id)
    if row is None or row.clinic_id != here().clinic.id:
        abort(404)
    return row


def _page(row: InboxRow, body: str | None = None) -> str:
    with here().kit.db.read() as conn:
        source = sources.get(conn, row.source_id)
    return page("post", room="inbox", post=row, source=source, body=body)


def _shown(row: InboxRow) -> str:
    text = row.body.decode("utf-8", "replace")[:MOST_SHOWN]
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
