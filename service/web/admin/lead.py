"""One person: stage, what comes next, all that happened and why, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.lead import full_name
from service.domain.right import Right
from service.domain.score_words import score_lines
from service.domain.timing import local_day
from service.storage import (
    answers,
    appointments,
    audits,
    lead_list,
    leads,
    mark_names,
    practitioners,
    sources,
    tasks,
)
from service.storage.answers import AnswerRow
from service.storage.leads import LeadRow
from service.usecases.check_receipts import show_receipts
from service.usecases.explain_score import explain_rank
from service.usecases.first_call_of import first_call_of
from service.usecases.note_call import note_call
from service.usecases.pause_mails import pause_mails, resume_mails
from service.usecases.story_lines import Line
from service.usecases.unsubscribe import unsubscribe
from service.usecases.why import why
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need

SHOWN = {"mails": ("mail",), "not-sent": ("no",), "theirs": ("theirs",), "ours": ("ours",)}


@blueprint.get("/leads/<int:lead_id>")
def lead(lead_id: int) -> ResponseReturnValue:
    return lead_page(lead_here(lead_id))


@blueprint.post("/leads/<int:lead_id>/answers")
@need(Right.SEE_ANSWERS)
def show_answers(lead_id: int) -> ResponseReturnValue:
    """What the person wrote. Each look is noted with who looked."""
    desk, row = here(), lead_here(lead_id)
    with desk.kit.db.write() as conn:
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "answers seen", str(lead_id), {})
        found = answers.of_lead(conn, lead_id)
    return lead_page(row, found)


@blueprint.post("/leads/<int:lead_id>/note")
@need(Right.CALL)
def add_note(lead_id: int) -> ResponseReturnValue:
    lead_here(lead_id)
    called = request.form.get("how") == "called"
    note_call(here().kit, here().user, lead_id, request.form.get("text", ""), called=called)
    flash("Noted. Home asks again when they show anew that they may come." if called else "Noted.", "good")
    return _back(lead_id)


@blueprint.post("/leads/<int:lead_id>/pause")
@need(Right.EDIT_LEADS)
def pause(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    until = pause_mails(here().kit, lead_id)
    if until is None:
        flash("Nothing to pause: they asked us to stop. Visit mails still come.", "stop")
        return _back(lead_id)
    flash(f"Paused until {words.date(until, row.zone)}. Visit mails still come; the series goes on after that.", "good")
    return _back(lead_id)


@blueprint.post("/leads/<int:lead_id>/resume")
@need(Right.EDIT_LEADS)
def resume(lead_id: int) -> ResponseReturnValue:
    lead_here(lead_id)
    resume_mails(here().kit, lead_id)
    flash("The pause has ended. Mails go on from where they stood.", "good")
    return _back(lead_id)


@blueprint.get("/leads/<int:lead_id>/stop")
@need(Right.CALL)
def ask_stop(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    return page(
        "confirm",
        room="leads",
        title=f"Stop the mails to {name_of(row)}?",
        lines=(
            "They leave every series at once, and nothing but mail about a visit is sent from now on.",
            "Do this when they asked for it. It is written down as their wish, told to you.",
            "Only they can take it back: by signing up again and confirming the address.",
        ),
        action=url_for("desk.stop_mails", lead_id=lead_id),
        button="Stop the mails",
        danger=True,
        back=url_for("desk.lead", lead_id=lead_id),
    )


@blueprint.post("/leads/<int:lead_id>/stop")
@need(Right.CALL)
def stop_mails(lead_id: int) -> ResponseReturnValue:
    desk = here()
    lead_here(lead_id)
    unsubscribe(desk.kit, lead_id, how="desk")
    with desk.kit.db.write() as conn:
        audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "mails stopped", str(lead_id), {})
    flash("Stopped. Nothing but mail about a visit is sent from now on.", "good")
    return _back(lead_id)


def name_of(row: LeadRow) -> str:
    names = [full_name(row.first_name, row.last_name), *row.other_names]
    return ", also ".join(filter(None, names)) or row.email or row.phone or "Nobody named"


def lead_here(lead_id: int) -> LeadRow:
    """Another clinic's lead is nobody here."""
    with here().kit.db.read() as conn:
        row = leads.find(conn, lead_id)
    if row is None or row.clinic_id != here().clinic.id:
        abort(404)
    return row


def _back(lead_id: int) -> ResponseReturnValue:
    return redirect(url_for("desk.lead", lead_id=lead_id), 303)


def lead_page(
    row: LeadRow,
    seen: list[AnswerRow] | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> str:
    """`faults` and `given`: of a tag or a field that could not be saved, with what was typed."""
    desk = here()
    with desk.kit.db.read() as conn:
        story = why(desk.kit, conn, row, desk.now, desk.clinic)
        stage, rank = lead_list.standing(conn, row.id)
        score = explain_rank(conn, row.id, rank, desk.clinic.score_half_life, desk.now)
        ledger = show_receipts(conn, row)
        visits = appointments.of_lead(conn, row.id)
        staff = practitioners.by_id(conn) if visits else {}
        source = sources.get(conn, row.source_id) if row.source_id else None
        asked = [task for task in tasks.of_lead(conn, row.id) if task.done_at is None]
        marks = mark_names.around(conn, desk.clinic.id, row.id)
        clock = first_call_of(conn, row, desk.clinic.call_within, desk.now)
        written = len(answers.of_lead(conn, row.id)) if seen is None else len(seen)
    show = request.args.get("show", "")
    kinds = SHOWN.get(show)
    lines = [line for line in story.lines if kinds is None or line.kind in kinds]
    return page(
        "lead",
        room="leads",
        lead=row,
        name=name_of(row),
        stage=stage,
        first_call=clock,
        story=story,
        days=_by_day(lines, row.zone),
        show=show if kinds else "",
        counts={key: sum(line.kind in kinds for line in story.lines) for key, kinds in SHOWN.items()},
        ledger=ledger,
        visits=visits,
        staff=staff,
        source=source,
        written=written,
        tasks=sorted(asked, key=lambda task: task.at),
        answers=seen,
        marks=marks,
        known_tags=[tag for tag in marks.known_tags if tag not in marks.tags],
        score=score,
        score_lines=score_lines(score.lines, desk.now, desk.zone),
        faults=faults or {},
        given=given or {},
        paused=row.paused_until is not None and row.paused_until > desk.now,
    )


def _by_day(lines: Sequence[Line], zone: str) -> list[tuple[int, list[Line]]]:
    grouped = groupby(lines, key=lambda line: local_day(line.at, zone))
    return [(listed[0].at, listed) for listed in (list(group) for _, group in grouped)]
