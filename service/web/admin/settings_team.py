"""Settings: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import ROLE_WORDS, Right, may_manage, role_of
from service.storage import clinics, second_steps, staff_links, users
from service.storage.users import UserRow
from service.usecases.change_team import (
    NotDone,
    Unknown,
    ask_codes,
    give_role,
    invite,
    invite_again,
    let_go,
    roles_to_give,
    sign_person_out,
    take_back,
    take_codes_off,
)
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, loads, saved, show

PART = "people"


@blueprint.post("/settings/people/invite")
@need(Right.PEOPLE)
def invite_person() -> ResponseReturnValue:
    given = request.form.to_dict()
    faults = invite(here().kit, here().user, given)
    if faults:
        return show(PART, faults=faults, given=given, edited="new"), 422
    return saved(PART, f"{given['name'].strip()} is invited: the link is on its way and works for seven days.", "team")


@blueprint.post("/settings/people/<int:user_id>/invite")
@need(Right.PEOPLE)
def invite_person_again(user_id: int) -> ResponseReturnValue:
    return _act(lambda: invite_again(here().kit, here().user, user_id), "gets a new link. The one before works no more")


@blueprint.post("/settings/people/<int:user_id>/role")
@need(Right.PEOPLE)
def change_role(user_id: int) -> ResponseReturnValue:
    role = request.form.get("role", "")
    words = ROLE_WORDS[role_of(role)]
    return _act(lambda: give_role(here().kit, here().user, user_id, role), f"is {words} from the next page on")


@blueprint.post("/settings/people/<int:user_id>/end")
@need(Right.PEOPLE)
def let_person_go(user_id: int) -> ResponseReturnValue:
    return _act(lambda: let_go(here().kit, here().user, user_id), "is signed out everywhere and can sign in no more")


@blueprint.post("/settings/people/<int:user_id>/back")
@need(Right.PEOPLE)
def take_person_back(user_id: int) -> ResponseReturnValue:
    return _act(lambda: take_back(here().kit, here().user, user_id), "may sign in again")


@blueprint.post("/settings/people/<int:user_id>/sign-out")
@need(Right.PEOPLE)
def sign_out_person(user_id: int) -> ResponseReturnValue:
    return _act(lambda: sign_person_out(here().kit, here().user, user_id), "is signed out everywhere")


@blueprint.post("/settings/people/<int:user_id>/codes-off")
@need(Right.PEOPLE)
def take_codes_off_person(user_id: int) -> ResponseReturnValue:
    said = "is signed out everywhere and comes in by the password alone until new codes are set up"
    return _act(lambda: take_codes_off(here().kit, here().user, user_id), said)


@blueprint.post("/settings/people/codes")
@need(Right.PEOPLE)
def ask_everybody() -> ResponseReturnValue:
    everybody = request.form.get("everybody") == "yes"
    try:
        ask_codes(here().kit, here().user, everybody)
    except NotDone:
        flash("Nothing was changed: an owner decides this.", "stop")
        return redirect(url_for("desk.settings_part", part=PART, _anchor="codes"), 303)
    said = "From the next page on nobody goes further without codes." if everybody else "Each decides for themselves."
    return saved(PART, said, "codes")


def _act(change: Callable[[], UserRow], said: str) -> ResponseReturnValue:
    try:
        user = change()
    except Unknown:
        abort(404)
    except NotDone as why:
        flash(f"Nothing was changed: this person {why}.", "stop")
        return redirect(url_for("desk.settings_part", part=PART, _anchor="team"), 303)
    return saved(PART, f"{user.name} {said}.", "team")


@loads(PART)
def _people(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = users.of_clinic(conn, desk.clinic.id)
        coded = second_steps.with_codes(conn, desk.clinic.id)
        asks = clinics.get(conn, desk.clinic.id).asks_codes
        links = staff_links.newest(conn, [row.id for row in rows if row.invited])
    rows.sort(key=lambda row: (row.ended_at is not None, row.name.casefold()))
    return {
        "rows": rows,
        "links": links,
        "coded": coded,
        "asks_codes": asks,
        "owns": desk.user.role == users.OWNER,
        "roles": roles_to_give(desk.user.role),
        "role_words": ROLE_WORDS,
        "reaches": {row.id for row in rows if may_manage(desk.user.role, row.role)},
        "at_work": sum(1 for row in rows if row.ended_at is None and not row.invited),
    }
