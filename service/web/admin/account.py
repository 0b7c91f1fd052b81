"""One's own sign-in: where it stands, codes from the phone, codes for whoever loses it."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.right import Right
from service.domain.session_age import IDLE, LONGEST
from service.domain.timing import DAY, HOUR
from service.usecases.second_step import (
    NotPrepared,
    WrongCode,
    prepare_codes,
    prepared,
    recovery_left,
    renew_recovery,
    switch_off,
    switch_on,
)
from service.usecases.sessions import end_others, end_session, where_signed_in
from service.web.admin.desk import blueprint, here, leave, page
from service.web.admin.qr import drawn
from service.web.admin.rights import need, prove
from service.web.limits import limiter

TRIES = parse("10/15 minutes")
OFTEN = "Too many wrong codes. Wait a quarter of an hour, then try again."
WRONG = "This is not the code that the app shows now. Look whether the phone's clock is right, and take the next one."


@blueprint.get("/account")
@need(Right.SEE)
def account() -> str:
    desk = here()
    return page(
        "account",
        rows=where_signed_in(desk.kit, desk.user),
        mine=desk.session.id,
        codes=desk.codes,
        left=recovery_left(desk.kit, desk.user) if desk.codes else 0,
        demanded=desk.clinic.asks_codes,
        wall=desk.kit.wall(),
        idle=IDLE // HOUR,
        longest=LONGEST // DAY,
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@need(Right.SEE)
@prove
def end_one(session_id: int) -> ResponseReturnValue:
    end_session(here().kit, here().user, session_id)
    if session_id == here().session.id:
        return _out()
    flash("Signed out there.", "good")
    return _back()


@blueprint.post("/account/sessions/end")
@need(Right.SEE)
@prove
def end_every_other() -> ResponseReturnValue:
    end_others(here().kit, here().user, here().session.id)
    flash("Signed out everywhere but here.", "good")
    return _back()


@blueprint.post("/account/codes/begin")
@need(Right.SEE)
@prove
def begin_codes() -> ResponseReturnValue:
    prepare_codes(here().kit, here().user)
    return redirect(url_for("desk.codes"), 303)


@blueprint.get("/account/codes")
@need(Right.SEE)
@prove
def codes() -> ResponseReturnValue:
    return _set_up("")


@blueprint.post("/account/codes")
@need(Right.SEE)
@prove
def confirm_codes() -> ResponseReturnValue:
    desk = here()
    counter = (TRIES, "codes-set-up", str(desk.user.id))
    if not limiter.limiter.test(*counter):
        return _set_up(OFTEN)
    try:
        made = switch_on(desk.kit, desk.user, request.form.get("code", ""), desk.session.id)
    except NotPrepared:
        return _back()
    except WrongCode:
        limiter.limiter.hit(*counter)
        return _set_up(WRONG)
    return page("recovery", made=made, begun=True)


@blueprint.post("/account/recovery")
@need(Right.SEE)
@prove
def new_recovery() -> ResponseReturnValue:
    try:
        made = renew_recovery(here().kit, here().user)
    except NotPrepared:
        return _back()
    return page("recovery", made=made, begun=False)


@blueprint.post("/account/codes/off")
@need(Right.SEE)
@prove
def codes_off() -> ResponseReturnValue:
    switch_off(here().kit, here().user, here().session.id)
    flash("The phone is forgotten. From now on the password alone is asked for.", "good")
    return _back()


def _set_up(fault: str) -> ResponseReturnValue:
    try:
        what = prepared(here().kit, here().user)
    except NotPrepared:
        return _back()
    secret = " ".join(what.secret[at : at + 4] for at in range(0, len(what.secret), 4))
    shown = page("codes", picture=drawn(what.uri), secret=secret, fault=fault)
    return shown, 429 if fault == OFTEN else 422 if fault else 200


def _back() -> ResponseReturnValue:
    return redirect(url_for("desk.account"), 303)


def _out() -> ResponseReturnValue:
    leave()
    return redirect(url_for("desk.sign_in"), 303)
