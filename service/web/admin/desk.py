"""The manager's desk: its blueprint, who sits at it, and the frame around every room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user

from service.domain import words
from service.domain.timing import day_start, iso, local_day
from service.storage import clinics, home_numbers, users
from service.storage.clinics import ClinicRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.web.kit import kit

IDLE = timedelta(hours=12)
OPEN = frozenset({"desk.sign_in", "desk.enter", "desk.welcome", "desk.begin"})

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
_manager = LoginManager()


class Member:
    """A signed-in user as Flask-Login asks for it. The session names the account's session number: a new password
    or a sign-out ends the sessions that stand, and every copy of their cookies."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, row: UserRow) -> None:
        self.row = row

    def get_id(self) -> str:
        return f"{self.row.id}.{self.row.session_no}"


@dataclass(frozen=True, slots=True)
class Here:
    """One request at the desk. `now` is the same instant all over the page."""

    kit: Kit
    user: UserRow
    clinic: ClinicRow
    now: int

    @property
    def zone(self) -> str:
        return self.clinic.zone


def here() -> Here:
    found: Here = g.desk
    return found


def prepare(app: Flask, _csrf: object) -> None:
    app.permanent_session_lifetime = IDLE
    _manager.user_loader(_member)
    _manager.init_app(app)


def admit(row: UserRow) -> None:
    """Signs in under a fresh session: nothing of the one before stays."""
    session.clear()
    session.permanent = True
    login_user(Member(row))


def page(template: str, /, **values: Any) -> str:
    """templates/admin/<template>.html, in the frame."""
    return render_template(f"admin/{template}.html", **values)


def say(words: str, undo: str | None = None) -> None:
    """Told on the next page; `undo` is the address that a press of "Undo" beside it posts to."""
    flash(words, "good")
    session["undo"] = undo


def _member(key: str) -> Member | None:
    number, _, session_no = key.partition(".")
    if not number.isdecimal():
        return None
    with kit().db.read() as conn:
        row = users.find(conn, int(number))
    return Member(row) if row is not None and str(row.session_no) == session_no else None


@blueprint.before_request
def _guard() -> ResponseReturnValue | None:
    """Nobody passes without a sign-in, whichever page is added later."""
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("desk.sign_in", then=_path_asked()), 303)
    tools = kit()
    user: UserRow = current_user.row
    with tools.db.read() as conn:
        g.desk = Here(tools, user, clinics.get(conn, user.clinic_id), tools.clock())
    return None


def _path_asked() -> str | None:
    return request.path if request.method == "GET" and request.path != url_for("desk.home") else None


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.context_processor
def _frame() -> dict[str, Any]:
    common: dict[str, Any] = {"words": words, "iso": iso}
    if "desk" not in g:
        return common
    desk = here()
    today = local_day(desk.now, desk.zone)
    with desk.kit.db.read() as conn:
        numbers = home_numbers.frame(conn, desk.clinic.id, day_start(today, desk.zone), day_start(today + 1, desk.zone))
        row = desk.clinic if request.method == "GET" else clinics.get(conn, desk.clinic.id)
    return {
        **common,
        "clinic": desk.clinic,
        "user": desk.user,
        "now": desk.now,
        "zone": desk.zone,
        "frame": numbers,
        "stopped_at": row.stopped_at,
        "braked_at": row.braked_at,
        "undo": session.pop("undo", None),
    }
