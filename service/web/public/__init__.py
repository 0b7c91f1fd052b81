"""The patients' pages: opened by a link in a mail, without a sign-in. GET shows, POST acts."""

from __future__ import annotations

from flask import Blueprint, Flask, Response
from flask_wtf.csrf import CSRFProtect

from service.web.public import (
    agreed,
    answers,
    book,
    brand,
    confirm,
    errors,
    hidden,
    join,
    language,
    mails,
    preferences,
    reading,
    unsubscribe,
    visit,
)

blueprint = Blueprint("public", __name__)
for part in (
    agreed,
    join,
    confirm,
    unsubscribe,
    preferences,
    mails,
    book,
    visit,
    reading,
    answers,
    brand,
    hidden,
    errors,
    language,
):
    part.add_to(blueprint)


def prepare(app: Flask, csrf: CSRFProtect) -> None:
    """One press in a mail program posts to the unsubscribe page without a cookie; its token is its proof. The sign-up
    form carries a signed token of its own, so that it needs no cookie either."""
    for view in (unsubscribe.act, join.send, join.again):
        csrf.exempt(view)
    for view in (join.send, join.again):  # a signed token stands in these pages, so that they need no cookie
        csrf.exempt(view)
    app.jinja_env.filters["dialled"] = dialled
    language.prepare(app)


def dialled(phone: str) -> str:
    """A US number as a phone dials it: (952) 555-0142 is +19525550142."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return f"+1{digits}" if len(digits) == 10 else f"+{digits}"


@blueprint.after_request
def _private(response: Response) -> Response:
    """A page about one person is nobody else's: not kept, not indexed, not passed on."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
