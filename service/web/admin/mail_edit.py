"""The mail editor: a campaign's mail in the clinic's own words, previewed, checked and tried before it is published."""

from __future__ import annotations

import re

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.content.faults import Fault
from service.content.mail_blocks import BLOCKS, FIELDS, VISIT_FIELDS
from service.content.mail_parts import MailParts, place_of
from service.domain.mail import Rendered
from service.domain.right import Right
from service.storage import users
from service.usecases.draft_campaign import NoCampaign
from service.usecases.edit_draft import ChangedMeanwhile
from service.usecases.preview_mail import READERS
from service.usecases.send_test import send_sample
from service.usecases.show_campaign import Opened, open_campaign
from service.usecases.write_mail import OpenMail, open_mail, preview_draft, save_mail, set_back
from service.web import demo
from service.web.admin.campaign import PREVIEW_CSP
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need
from service.web.limits import limiter

TESTS = parse("20/hour")
BACK = {"live": "The mail is again as it is live.", "shipped": "The mail is again as it was shipped."}
UNMADE = "The mail cannot be shown before its text is mended: the checks say where."
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
_PICTURE = re.compile(r"(<img\b[^>]*?\bsrc=)\"[^\"]*\"", re.DOTALL)
_ADDRESS = "/campaigns/<campaign_id>/mails/<mail>"


@blueprint.get(f"{_ADDRESS}/edit")
@need(Right.EDIT_CAMPAIGNS)
def edit_mail(campaign_id: str, mail: str) -> ResponseReturnValue:
    desk = here()
    opened, found = _opened(desk, campaign_id, mail)
    return _page(desk, opened, found, found.parts)


@blueprint.post(f"{_ADDRESS}/edit")
@need(Right.EDIT_CAMPAIGNS)
def edit_mail_here(campaign_id: str, mail: str) -> ResponseReturnValue:
    """Keeps what was typed, or sets the mail back, or sends it to whoever asks."""
    desk = here()
    opened, found = _opened(desk, campaign_id, mail)
    who = (desk.kit, desk.clinic.id, desk.user.id, opened.row.key, mail)
    act = request.form.get("act", "save")
    if act in BACK:
        try:
            set_back(*who, act)
        except KeyError:
            abort(404)
        flash(BACK[act], "good")
        return _again(opened, mail)
    parts = _given()
    try:
        save_mail(*who, request.form.get("seen", ""), parts)
    except ChangedMeanwhile as met:
        return _page(desk, opened, found, parts, met), 409
    if act == "test":
        _try(desk, opened, open_mail(desk.kit, desk.clinic.id, opened.row.key, mail))
    return _again(opened, mail)


@blueprint.get(f"{_ADDRESS}/draft")
@need(Right.EDIT_CAMPAIGNS)
def mail_draft(campaign_id: str, mail: str) -> ResponseReturnValue:
    """The draft's mail alone, for a frame without scripts: as it is, in the dark, without its pictures, or as text."""
    desk = here()
    _, found = _opened(desk, campaign_id, mail)
    made = preview_draft(desk.kit, desk.clinic, found, desk.now, _reader())
    shown = request.args.get("as", "html")
    if made is None:
        return Response(UNMADE, mimetype="text/plain")
    if shown == "text":
        return Response(made[2], mimetype="text/plain")
    html = _DARK.sub("@media all", made[1]) if shown == "dark" else made[1]
    return Response(_PICTURE.sub(r'\1""', html) if shown == "bare" else html, mimetype="text/html")


mail_draft.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": PREVIEW_CSP,
    "frame_options": "SAMEORIGIN",
}


def _opened(desk: Here, campaign_id: str, mail: str) -> tuple[Opened, OpenMail]:
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    try:
        return opened, open_mail(desk.kit, desk.clinic.id, opened.row.key, mail)
    except (NoCampaign, KeyError):
        abort(404)


def _given() -> MailParts:
    typed = request.form
    subject, preheader = typed.get("subject", ""), typed.get("preheader", "")
    return MailParts(subject, preheader, typed.get("front", ""), typed.get("body", ""), typed.get("text", ""))


def _again(opened: Opened, mail: str) -> ResponseReturnValue:
    address = url_for("desk.edit_mail", campaign_id=opened.row.key, mail=mail, reader=request.args.get("reader"))
    return redirect(address, 303)


def _try(desk: Here, opened: Opened, found: OpenMail) -> None:
    if not limiter.limiter.hit(TESTS, "test-mail", str(desk.user.id)):
        flash("Twenty tests in an hour are enough: the next one leaves in an hour.", "stop")
        return
    made = preview_draft(desk.kit, desk.clinic, found, desk.now, _reader())
    if made is None:
        flash("Nothing was sent: mend the mail’s text first, as the checks say.", "stop")
        return
    provider = current_app.extensions[demo.PROVIDER]
    tested = send_sample(desk.kit, provider, desk.clinic, desk.user, opened.row.key, Rendered(*made))
    flash(tested.said, "good" if tested.well else "stop")


def _page(desk: Here, opened: Opened, found: OpenMail, parts: MailParts, met: ChangedMeanwhile | None = None) -> str:
    reader = _reader()
    made = preview_draft(desk.kit, desk.clinic, found, desk.now, reader)
    visit = {"The visit": VISIT_FIELDS} if opened.definition.entry.keyed else {}
    return page(
        "mail-edit",
        room="campaigns",
        it=opened,
        mail=found,
        parts=parts,
        subject=made[0] if made else parts.subject,
        reader=reader,
        readers={key: label for key, (label, _name) in READERS.items()},
        blocks=BLOCKS,
        fields={**FIELDS, **visit},
        place=lambda fault: _place(found, fault),
        met=met,
        met_by=_name(desk, met) if met else "",
    )


def _name(desk: Here, met: ChangedMeanwhile) -> str:
    if met.by is None:
        return "A program"
    if met.by == desk.user.id:
        return "You, in another window,"
    with desk.kit.db.read() as conn:
        found = users.find(conn, met.by)
    return found.name if found else "Somebody"


def _place(found: OpenMail, fault: Fault) -> str:
    own = fault.file.endswith((f"/{found.name}.mjml", f"/{found.name}.txt"))
    if not own:
        return f"line {fault.line} of the clinic’s layout"
    return place_of(found.parts, fault.file.endswith(".txt"), fault.line)


def _reader() -> str:
    reader = request.args.get("reader", "maria")
    return reader if reader in READERS else abort(404)
