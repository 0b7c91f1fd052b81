"""The mailbox of the demo, at /outbox. It shows patients' mail to whoever asks, so it answers this machine only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from service.domain.outbox_mail import OutboxMail
from service.storage import outbox
from service.web.kit import kit
from service.web.outbox.loopback import from_this_machine

blueprint = Blueprint("outbox", __name__)

LISTED = 100
MOST = 1_000
VIEWS = {"wide": "Wide", "phone": "Phone", "text": "Text", "headers": "Headers"}
# The mail as its reader's program shows it: no script, nothing fetched from anywhere, links open a page of their own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "style-src 'unsafe-inline'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@blueprint.before_request
def _only_here() -> None:
    headers = dict(request.headers.items())
    if kit().mail != "outbox" or not from_this_machine(request.remote_addr, request.host, headers):
        abort(404)


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/outbox.json")
def as_json() -> ResponseReturnValue:
    """[{ref, to, subject, headers, html, text, at}], newest first; `to` an address, `limit` at most 1,000."""
    return jsonify([_plain(mail) for mail in _newest(MOST)])


@blueprint.get("/outbox")
def mailbox() -> ResponseReturnValue:
    return _page(None)


@blueprint.get("/outbox/<ref>")
def mail(ref: str) -> ResponseReturnValue:
    return _page(_get(ref))


@blueprint.get("/outbox/<ref>/html")
def html(ref: str) -> ResponseReturnValue:
    """The mail's HTML as it left, for a frame; links open outside of it."""
    shown = _get(ref).html.replace("<head>", '<head><base target="_blank">', 1)
    response = Response(shown, mimetype="text/html")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/outbox/<ref>/calendar.ics")
def calendar(ref: str) -> ResponseReturnValue:
    ics = _get(ref).calendar
    if ics is None:
        abort(404)
    named = {"Content-Disposition": "attachment; filename=appointment.ics"}
    return Response(ics, mimetype="text/calendar", headers=named)


# The application's own policy forbids frames and inline style; a mail needs both.
html.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": MAIL_POLICY,
    "frame_options": "SAMEORIGIN",
}


def _page(shown: OutboxMail | None) -> str:
    mails = _newest(LISTED)
    view = request.args.get("show", "wide")
    return render_template(
        "outbox/mailbox.html",
        mails=[{"mail": mail, "at": _words(mail.at)} for mail in mails],
        shown=shown or (mails[0] if mails else None),
        chosen=shown is not None,
        shown_at=_words((shown or mails[0]).at) if mails or shown else "",
        view=view if view in VIEWS else "wide",
        views=VIEWS,
        to=request.args.get("to", ""),
    )


def _newest(most: int) -> list[OutboxMail]:
    limit = request.args.get("limit", LISTED, type=int)
    to = request.args.get("to", "").strip() or None
    with kit().db.read() as conn:
        return outbox.newest(conn, max(1, min(limit, most)), to)


def _get(ref: str) -> OutboxMail:
    with kit().db.read() as conn:
        found = outbox.get(conn, ref)
    if found is None:
        abort(404)
    return found


def _plain(mail: OutboxMail) -> dict[str, Any]:
    named = {name: getattr(mail, name) for name in ("ref", "to", "subject", "html", "text")}
    return {**named, "headers": dict(mail.headers), "at": _iso(mail.at)}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%a %d %b %Y, %H:%M UTC")
