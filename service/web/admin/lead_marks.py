"""One person: tags, fields, entering a series by hand, and a reply that came."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.language import LANGUAGES
from service.domain.right import Right
from service.storage.leads import LeadRow
from service.usecases.change_language import change_language
from service.usecases.enroll_by_hand import NoCampaign, enroll_by_hand, show_choices
from service.usecases.mark_by_hand import Marked, add_tag, remove_tag, set_field
from service.usecases.record_reply import record_reply
from service.usecases.say_cared_for import say_cared_for
from service.usecases.say_of_age import say_of_age
from service.usecases.step_words import entry_words
from service.web.admin.desk import blueprint, here, page
from service.web.admin.lead import lead_here, lead_page, name_of
from service.web.admin.rights import need


@blueprint.post("/leads/<int:lead_id>/tags")
@need(Right.EDIT_LEADS)
def tag_lead(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    marked = add_tag(here().kit, here().user, lead_id, request.form.get("tag", ""))
    return _answer(row, marked, f"Tagged “{marked.name}”.", f"“{marked.name}” was there already.")


@blueprint.post("/leads/<int:lead_id>/tags/remove")
@need(Right.EDIT_LEADS)
def untag_lead(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    marked = remove_tag(here().kit, here().user, lead_id, request.form.get("tag", ""))
    return _answer(row, marked, f"The tag “{marked.name}” is off.", f"“{marked.name}” was off already.")


@blueprint.post("/leads/<int:lead_id>/fields")
@need(Right.EDIT_LEADS)
def set_lead_field(lead_id: int) -> ResponseReturnValue:
    """An empty value forgets the field."""
    row, value = lead_here(lead_id), request.form.get("value", "")
    marked = set_field(here().kit, here().user, lead_id, request.form.get("name", ""), value)
    done = f"Saved: {marked.name}." if value.strip() else f"Forgotten: {marked.name}."
    return _answer(row, marked, done, f"“{marked.name}” says that already, so nothing was changed.")


@blueprint.post("/leads/<int:lead_id>/language")
@need(Right.EDIT_LEADS)
def speak_to(lead_id: int) -> ResponseReturnValue:
    """From the next mail on."""
    row, language = lead_here(lead_id), request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    change_language(here().kit, here().user, lead_id, language)
    english = {"en": "English", "es": "Spanish"}[language]
    flash(f"From now on their mails and pages are in {english}, where a mail is written in it.", "good")
    return redirect(url_for("desk.lead", lead_id=row.id, _anchor="facts"), 303)


@blueprint.get("/leads/<int:lead_id>/enroll")
@need(Right.EDIT_LEADS)
def ask_enroll(lead_id: int) -> ResponseReturnValue:
    return _choose(lead_here(lead_id))


@blueprint.post("/leads/<int:lead_id>/enroll")
@need(Right.EDIT_LEADS)
def enroll(lead_id: int) -> ResponseReturnValue:
    row, campaign_id = lead_here(lead_id), request.form.get("campaign", 0, type=int)
    if not campaign_id:
        return _choose(row, fault="Choose a series."), 422
    try:
        refused = enroll_by_hand(here().kit, here().user, lead_id, campaign_id)
    except NoCampaign:
        abort(404)
    if refused is not None:
        return _choose(row, campaign_id, f"Not entered: {words.REASONS[refused]}."), 422
    flash("Entered. Below stands what comes next, and when.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


@blueprint.get("/leads/<int:lead_id>/replied")
@need(Right.CALL)
def ask_replied(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    return page(
        "confirm",
        room="leads",
        title=f"{name_of(row)} wrote to us?",
        lines=(
            "Their series end at once, wherever they stand: whoever writes to us is answered by a person.",
            "Mails about a visit still come, and their agreement stands: they may enter a series later.",
        ),
        action=url_for("desk.replied", lead_id=lead_id),
        button="They replied: end their series",
        back=url_for("desk.lead", lead_id=lead_id),
    )


@blueprint.post("/leads/<int:lead_id>/replied")
@need(Right.CALL)
def replied(lead_id: int) -> ResponseReturnValue:
    lead_here(lead_id)
    ended = record_reply(here().kit, here().user, lead_id)
    if ended:
        flash(f"Noted. {words.count(ended, 'series', 'series')} ended; their agreement stands.", "good")
    else:
        flash("Noted. They were in no series; their agreement stands.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


@blueprint.get("/leads/<int:lead_id>/of-age")
@need(Right.CALL)
def ask_of_age(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    return page(
        "confirm",
        room="leads",
        title=f"{name_of(row)} is 18 or older?",
        lines=(
            "The form said that they are under 18, so no series goes to them. Say so only when you have asked.",
            "They enter no series by it. Use “Enroll…” afterwards if they should get one.",
        ),
        action=url_for("desk.of_age", lead_id=lead_id),
        button="They are 18 or older",
        back=url_for("desk.lead", lead_id=lead_id),
    )


@blueprint.post("/leads/<int:lead_id>/of-age")
@need(Right.CALL)
def of_age(lead_id: int) -> ResponseReturnValue:
    lead_here(lead_id)
    if say_of_age(here().kit, here().user, lead_id):
        flash("Noted. “Enroll…” puts them into a series if they should get one.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


@blueprint.get("/leads/<int:lead_id>/cared-for")
@need(Right.CALL)
def ask_cared_for(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    return page(
        "confirm",
        room="leads",
        title=f"{name_of(row)} is cared for?",
        lines=(
            "They wrote words of an emergency, so no series goes to them. Say so only when you have spoken with them.",
            "They enter no series by it. Use “Enroll…” afterwards if they should get one.",
        ),
        action=url_for("desk.cared_for", lead_id=lead_id),
        button="They are cared for",
        back=url_for("desk.lead", lead_id=lead_id),
    )


@blueprint.post("/leads/<int:lead_id>/cared-for")
@need(Right.CALL)
def cared_for(lead_id: int) -> ResponseReturnValue:
    lead_here(lead_id)
    if say_cared_for(here().kit, here().user, lead_id):
        flash("Noted. “Enroll…” puts them into a series if they should get one.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


def _answer(row: LeadRow, marked: Marked, done: str, same: str) -> ResponseReturnValue:
    if marked.faults:
        return lead_page(row, faults=marked.faults, given=request.form.to_dict()), 422
    flash(done if marked.changed else same, "good")
    return redirect(url_for("desk.lead", lead_id=row.id, _anchor="marks"), 303)


def _choose(row: LeadRow, chosen: int = 0, fault: str = "") -> str:
    desk = here()
    choices = show_choices(desk.kit, desk.clinic.id, row.id)
    entries = {each.row.id: entry_words(each.definition.entry) for each in choices}
    return page(
        "lead-enroll",
        room="leads",
        lead=row,
        name=name_of(row),
        choices=choices,
        entries=entries,
        chosen=chosen,
        fault=fault,
    )
