"""The manager's desk: its blueprint, who sits at it, and the frame around every room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from service.domain import right, words
from service.domain.device import device
from service.domain.session_age import IDLE
from service.domain.timing import day_start, iso, local_day
from service.sources import VENDORS
from service.storage import clinics, home_numbers
from service.storage.clinics import ClinicRow
from service.storage.sessions import SessionRow, Standing
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.sessions import begin_session, look_up, note_seen, renew_key
from service.web.admin import rights
from service.web.kit import kit

_DOOR = {"sign_in", "enter", "welcome", "begin", "forgot", "ask_link", "link", "take", "code", "enter_code"}
OPEN = frozenset(f"desk.{name}" for name in _DOOR)
_ACCOUNT = {"account", "codes", "begin_codes", "confirm_codes", "password", "set_password", "sign_out", "prove_it"}
BEFORE_CODES = frozenset(f"desk.{name}" for name in _ACCOUNT)  # where the clinic asks for codes and one has none yet
checks: list[Callable[[], ResponseReturnValue | None]] = []  # what else stands before a view, in order

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
_manager = LoginManager()


class Member:
    """A signed-in user as Flask-Login asks for it. The cookie holds the session's key; whether it stands, the database
    says at every request."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, key: str, standing: Standing | None = None) -> None:
        self.key, self.standing = key, standing

    def get_id(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Here:
    """One request at the desk. `now` is the same instant all over the page. `codes`: the user is asked for one at
    sign-in."""

    kit: Kit
    user: UserRow
    clinic: ClinicRow
    now: int
    session: SessionRow
    codes: bool

    @property
    def zone(self) -> str:
        return self.clinic.zone


def here() -> Here:
    found: Here = g.desk
    return found


def prepare(app: Flask, _csrf: object) -> None:
    app.permanent_session_lifetime = timedelta(seconds=IDLE)
    _manager.user_loader(_member)
    _manager.init_app(app)


def seat(row: UserRow) -> None:
    """Signs in under a fresh session: nothing of the one before stays."""
    session.clear()
    session.permanent = True
    login_user(Member(begin_session(kit(), row, device(request.user_agent.string))))


def renew(standing: SessionRow, role: str, *, proved: bool = False) -> None:
    """The same session under a new key, in the cookie too."""
    login_user(Member(renew_key(kit(), standing, role, proved)))


def leave() -> None:
    """Nothing stays in the browser."""
    logout_user()
    session.clear()


def page(template: str, /, **values: Any) -> str:
    """templates/admin/<template>.html, in the frame."""
    return render_template(f"admin/{template}.html", **values)


def say(words: str, undo: str | None = None) -> None:
    """Told on the next page; `undo` is the address that a press of "Undo" beside it posts to."""
    flash(words, "good")
    session["undo"] = undo


def _member(key: str) -> Member | None:
    standing = look_up(kit(), key)
    return None if standing is None else Member(key, standing)


@blueprint.before_request
def _guard() -> ResponseReturnValue | None:
    """Nobody passes without a sign-in and the right that the page declares, whichever page is added later."""
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("desk.sign_in", then=_path_asked()), 303)
    tools, standing = kit(), current_user.standing
    user: UserRow = standing.user
    with tools.db.read() as conn:
        clinic = clinics.get(conn, user.clinic_id)
    g.desk = Here(tools, user, clinic, tools.clock(), standing.session, standing.codes)
    note_seen(tools, standing.session)
    if standing.session.role != user.role:
        renew(standing.session, user.role)
    lacked = rights.lacked(user.role)
    if lacked is not None:
        return page("refused", **rights.refusal(user.role, lacked)), 403
    if clinic.asks_codes and not standing.codes and request.endpoint not in BEFORE_CODES:
        return redirect(url_for("desk.account"), 303)
    for check in checks:
        stopped = check()
        if stopped is not None:
            return stopped
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
    common: dict[str, Any] = {"words": words, "iso": iso, "vendors": VENDORS}
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
        "Right": right.Right,
        "may": partial(right.may, desk.user.role),
        "now": desk.now,
        "zone": desk.zone,
        "frame": numbers,
        "stopped_at": row.stopped_at,
        "braked_at": row.braked_at,
        "undo": session.pop("undo", None),
    }
