"""Mails that came back and that nobody could be found for, or that could not be read."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from service.domain.retention import BODIES
from service.domain.right import Right
from service.domain.timing import DAY
from service.storage import audits, incoming_mails
from service.storage.incoming_mails import IncomingRow
from service.usecases.poll_mailbox import fault_since
from service.usecases.show_incoming import Written, read_again, written
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/inbox/mails")
def mails() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = incoming_mails.to_look_after(conn, desk.clinic.id)
    reads = desk.kit.mailbox is not None or bool(current_app.config.get("MERIDIAN_INBOUND_SECRET"))
    return page("inbox-mails", room="inbox", rows=rows, fault=fault_since(desk.kit), reads=reads)


@blueprint.get("/inbox/mails/<int:mail_id>")
def mail(mail_id: int) -> ResponseReturnValue:
    return _page(_of_clinic(mail_id))


@blueprint.post("/inbox/mails/<int:mail_id>/words")
@need(Right.SEE_ANSWERS)
def show_mail(mail_id: int) -> ResponseReturnValue:
    """What was written. Each look is noted with who looked."""
    desk, row = here(), _of_clinic(mail_id)
    with desk.kit.db.write() as conn:
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "mail seen", str(mail_id), {})
    return _page(row, written(row))


@blueprint.post("/inbox/mails/<int:mail_id>/again")
@need(Right.EDIT_LEADS)
def mail_again(mail_id: int) -> ResponseReturnValue:
    desk = here()
    _of_clinic(mail_id)
    row = read_again(desk.kit, mail_id)
    if row is not None and row.lead_id is not None:
        flash("Read. It is theirs, and stands in their story.", "good")
        return redirect(url_for("desk.lead", lead_id=row.lead_id), 303)
    flash("Nobody could be found for it." if row and row.kind else "It still cannot be read.", "stop")
    return redirect(url_for("desk.mail", mail_id=mail_id), 303)


@blueprint.post("/inbox/mails/<int:mail_id>/done")
@need(Right.CALL)
def mail_done(mail_id: int) -> ResponseReturnValue:
    """Somebody has answered it, or it needs no answer."""
    desk = here()
    _of_clinic(mail_id)
    with desk.kit.db.write() as conn:
        incoming_mails.see(conn, mail_id, desk.now)
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "mail looked after", str(mail_id), {})
    flash("Looked after. It is kept, and no longer asks for anybody.", "good")
    return redirect(url_for("desk.mails"), 303)


def _of_clinic(mail_id: int) -> IncomingRow:
    with here().kit.db.read() as conn:
        row = incoming_mails.find(conn, mail_id)
    if row is None or row.clinic_id != here().clinic.id:
        abort(404)
    return row


def _page(row: IncomingRow, shown: Written | None = None) -> str:
    return page("inbox-mail", room="inbox", mail=row, shown=shown, kept_days=BODIES // DAY)
