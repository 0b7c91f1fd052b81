"""One person who stands here twice: who it may be, what would be kept, and making one of the two."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.right import Right
from service.storage import lead_list
from service.storage.lead_list import Wanted
from service.storage.leads import LeadRow
from service.usecases.merge_leads import NotMerged, Preview, find_doubles, merge_leads, preview_merge
from service.web.admin.desk import blueprint, here, page
from service.web.admin.lead import lead_here, name_of
from service.web.admin.rights import need

MOST, MOST_WORDS, LONGEST = 10, 4, 80


@blueprint.route("/leads/<int:lead_id>/merge", methods=["GET", "POST"])
@need(Right.EDIT_LEADS)
def find_double(lead_id: int) -> ResponseReturnValue:
    """A search is a post: no name stands in an address."""
    desk, row = here(), lead_here(lead_id)
    said = request.form.get("words", "").strip()[:LONGEST]
    found = []
    if said:
        with desk.kit.db.read() as conn:
            wanted = Wanted(words=tuple(said.split()[:MOST_WORDS]))
            found = lead_list.page(conn, desk.clinic.id, wanted, desk.now)
    others = [each for each in found if each.id != lead_id]
    return page(
        "lead-doubles",
        room="leads",
        lead=row,
        name=name_of(row),
        doubles=[(each, name_of(each), why) for each, why in find_doubles(desk.kit, row)],
        said=said,
        found=others[:MOST],
        more=len(others) > MOST,
    )


@blueprint.get("/leads/<int:lead_id>/merge/<int:other_id>")
@need(Right.EDIT_LEADS)
def ask_merge(lead_id: int, other_id: int) -> ResponseReturnValue:
    return _ask(*_two(lead_id, other_id))


@blueprint.post("/leads/<int:lead_id>/merge/<int:other_id>")
@need(Right.EDIT_LEADS)
def merge(lead_id: int, other_id: int) -> ResponseReturnValue:
    """The first of the two is kept."""
    one, two = _two(lead_id, other_id)
    try:
        merge_leads(here().kit, here().user, lead_id, other_id)
    except NotMerged as why:
        return _ask(one, two, str(why)), 409
    flash("They are one now. All that happened to either stands below.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


def _two(lead_id: int, other_id: int) -> tuple[LeadRow, LeadRow]:
    if lead_id == other_id:
        abort(404)
    return lead_here(lead_id), lead_here(other_id)


def _ask(one: LeadRow, two: LeadRow, fault: str = "") -> str:
    found = preview_merge(here().kit, one, two, request.args.get("keep", type=int))
    return page(
        "lead-merge",
        room="leads",
        found=found,
        name=name_of(found.kept),
        other_name=name_of(found.other),
        rows=_rows(found),
        fault=fault,
        back=one,
    )


def _rows(found: Preview) -> list[tuple[str, str, str, str]]:
    """What it is, what the kept one says, what the other says, and what will be said."""

    kept, other, changes = found.kept, found.other, found.changes

    def after(name: str) -> object:
        return changes.get(name, getattr(kept, name))

    def of(name: str, spell: Callable[[object], str] = str) -> tuple[str, str, str]:
        told = [getattr(kept, name), getattr(other, name), after(name)]
        first, second, third = (spell(each) if each else "" for each in told)
        return first, second, third

    def since(at: object) -> str:
        return words.date(int(str(at)), kept.zone)

    def interest(key: object) -> str:
        return words.INTERESTS.get(str(key), str(key))

    return [
        ("First name", *of("first_name")),
        ("Last name", *of("last_name")),
        ("Address", kept.email or "", other.email or "", kept.email or ""),
        ("Phone", *of("phone", lambda number: words.phone(str(number)))),
        ("Asked for", *of("interest", interest)),
        ("Mails", CONSENT[kept.consent], CONSENT[other.consent], CONSENT["withdrawn" if found.stops else kept.consent]),
        ("Known since", *of("created_at", since)),
    ]


CONSENT = {"given": "agreed", "pending": "not confirmed", "withdrawn": "asked us to stop", "none": "did not agree"}
