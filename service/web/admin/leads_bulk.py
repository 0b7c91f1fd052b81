"""Acts on many people of the list: chosen, looked at with what would become of whom, done, taken back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.content.condition_table import LONGEST_TAG
from service.domain import words
from service.domain.base36 import base36, from_base36
from service.domain.bulk_words import ACTS, CHANGES, DONE, fate_words
from service.domain.right import Right
from service.storage import lead_list, mark_names
from service.usecases.act_on_many import MOST, UNDOABLE, Act, Outcome, act_on_many, look_at_many, undo_many
from service.usecases.enroll_by_hand import NoCampaign, show_choices
from service.web.admin.desk import blueprint, here, page, say
from service.web.admin.leads import narrowed
from service.web.admin.rights import need

SEVERAL = "people"


@blueprint.post("/leads/bulk")
@need(Right.EDIT_LEADS)
def bulk() -> ResponseReturnValue:
    """What would become of whom. The filter is the address's, as on the list."""
    kind, chosen = request.form.get("act", ""), _chosen()
    if kind not in ACTS or not chosen:
        flash("Tick somebody, and choose what is to happen. Nothing was changed.", "stop")
        return redirect(url_for("desk.leads") + _query(), 303)
    fault = _fault(kind)
    outcome = None
    if not fault and (request.form.get("look") or kind not in ("tag", "untag", "enroll")):
        outcome = _run(look=True, kind=kind, chosen=chosen)
    return _page(kind, chosen, outcome, fault if request.form.get("look") else ""), 422 if _told(fault) else 200


@blueprint.post("/leads/bulk/do")
@need(Right.EDIT_LEADS)
def do_bulk() -> ResponseReturnValue:
    kind, chosen = request.form.get("act", ""), _chosen()
    if kind not in ACTS or not chosen or _fault(kind):
        abort(400)
    outcome = _run(look=False, kind=kind, chosen=chosen)
    changed = len(outcome.changed)
    left = len(outcome.fates) - changed
    told = f"{DONE[kind]}: {words.people(changed)}" + (f"; {words.people(left)} left as they are." if left else ".")
    say(told, url_for("desk.undo_bulk", record_id=outcome.undo) if outcome.undo else None)
    return redirect(url_for("desk.leads") + _query(), 303)


@blueprint.post("/leads/bulk/<int:record_id>/undo")
@need(Right.EDIT_LEADS)
def undo_bulk(record_id: int) -> ResponseReturnValue:
    done = undo_many(here().kit, here().user, record_id)
    if done is None:
        flash("That is more than an hour ago, so it stands. Choose the people again to change it.", "stop")
    else:
        flash(f"Taken back: {words.people(done)}.", "good")
    return redirect(url_for("desk.leads"), 303)


def _told(fault: str) -> bool:
    return bool(fault) and bool(request.form.get("look"))


def _run(*, look: bool, kind: str, chosen: Sequence[int]) -> Outcome:
    desk = here()
    act = Act(kind, _tag(), request.form.get("campaign", 0, type=int))
    try:
        return (look_at_many if look else act_on_many)(desk.kit, desk.user, act, chosen)
    except NoCampaign:
        abort(404)


def _page(kind: str, chosen: Sequence[int], outcome: Outcome | None, fault: str) -> str:
    desk = here()
    with desk.kit.db.read() as conn:
        known = mark_names.tags(conn, desk.clinic.id)
    return page(
        "leads-bulk",
        room="leads",
        kind=kind,
        title=ACTS[kind],
        many=len(chosen),
        chosen=".".join(map(base36, chosen)),
        query=_query(),
        given=request.form,
        tags=known,
        series=[each.row for each in show_choices(desk.kit, desk.clinic.id, chosen[0])] if kind == "enroll" else [],
        outcome=outcome,
        counts=[(fate_words(fate), n, fate in CHANGES) for fate, n in outcome.counts] if outcome else [],
        undoable=kind in UNDOABLE,
        fault=fault,
    )


def _chosen() -> list[int]:
    """Those who were looked at; else all of the filter, or those ticked. None beyond MOST."""
    desk, asked = here(), request.form
    if asked.get(SEVERAL):
        read = map(from_base36, asked[SEVERAL].split("."))
        return sorted({lead_id for lead_id in read if lead_id is not None})[:MOST]
    if asked.get("all"):
        wanted, _ = narrowed(desk)
        with desk.kit.db.read() as conn:
            return sorted(lead_list.ids_of(conn, desk.clinic.id, wanted, desk.now, MOST))
    return sorted(set(asked.getlist("lead", type=int)))[:MOST]


def _tag() -> str:
    """As the clinic spells it already."""
    said = request.form.get("tag", "").strip()
    with here().kit.db.read() as conn:
        known = mark_names.tags(conn, here().clinic.id)
    return next((tag for tag in known if tag.casefold() == said.casefold()), said)


def _fault(kind: str) -> str:
    tag = request.form.get("tag", "").strip()
    if kind in ("tag", "untag") and (not tag or len(tag) > LONGEST_TAG or not tag.isprintable()):
        return f"Write the tag in one line of at most {LONGEST_TAG} characters."
    if kind == "enroll" and not request.form.get("campaign", 0, type=int):
        return "Choose a series."
    return ""


def _query() -> str:
    text = request.query_string.decode()
    return f"?{text}" if text else ""
