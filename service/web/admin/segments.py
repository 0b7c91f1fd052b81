"""Segments: people by what holds of them, counted as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.content.faults import Fault
from service.domain.base36 import base36, from_base36
from service.domain.condition_groups import MOST_GROUPS
from service.domain.right import Right
from service.storage import mark_names, sources
from service.storage.segments import After
from service.usecases.count_segment import show_members
from service.usecases.drop_segment import InUse, drop_segment
from service.usecases.show_segments import SegmentLine, open_segment, show_segments
from service.usecases.write_segment import Bad, Typed, count_text, keep_text, read_back, text_of_rows, with_room
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need
from service.web.admin.segment_form import EXAMPLES, HOWS, facts, parts, typed_of, values
from service.web.admin.settings import listing

SPARE, MORE, LONGEST = 1, 4, 120_000
GROWS = ("more", "group")  # acts that only give more to fill in
UNNAMED = "A segment"  # as it is called while it is only counted


@dataclass(slots=True)
class _Form:
    """`typed` None: the file asks what no form of rows can. `mode`: which of the two was worked on."""

    typed: Typed | None
    text: str
    mode: str = "rows"
    spare: int = SPARE
    counted: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)
    lines: tuple[Fault, ...] = ()


@blueprint.get("/segments", endpoint="segments")
def listed() -> ResponseReturnValue:
    desk = here()
    return _page("segments", lines=show_segments(desk.kit, desk.clinic.id), examples=EXAMPLES)


@blueprint.get("/segments/new")
@need(Right.EDIT_LEADS)
def new_segment() -> ResponseReturnValue:
    example = EXAMPLES.get(request.args.get("example", ""))
    typed = example[1] if example else Typed()
    return _form(None, _Form(typed, _text(None, typed), spare=SPARE if example else 3))


@blueprint.post("/segments/new")
@need(Right.EDIT_LEADS)
def save_new_segment() -> ResponseReturnValue:
    return _posted(None)


@blueprint.get("/segments/<int:segment_id>")
def segment(segment_id: int) -> ResponseReturnValue:
    desk, line = here(), _opened(segment_id)
    after = _after(request.args.get("after", ""))
    found = show_members(desk.kit, desk.clinic.id, line.who, after) if line.who is not None else None
    cursor = f"{base36(found.next[0])}.{base36(found.next[1])}" if found and found.next else None
    return _page("segment", line=line, found=found, cursor=cursor, first=after is None)


@blueprint.get("/segments/<int:segment_id>/edit")
@need(Right.EDIT_LEADS)
def edit_segment(segment_id: int) -> ResponseReturnValue:
    line = _opened(segment_id)
    return _form(line, _Form(read_back(line.row.name, line.who), line.row.source))


@blueprint.post("/segments/<int:segment_id>/edit")
@need(Right.EDIT_LEADS)
def save_segment_here(segment_id: int) -> ResponseReturnValue:
    return _posted(_opened(segment_id))


@blueprint.get("/segments/<int:segment_id>/delete")
@need(Right.EDIT_LEADS)
def ask_delete_segment(segment_id: int) -> ResponseReturnValue:
    line = _opened(segment_id)
    if line.uses:
        return _in_use(line)
    return page(
        "confirm",
        room="leads",
        title=f"Delete the segment “{line.row.name}”?",
        lines=("Nobody in it is deleted, and nothing is sent or stopped.", "Nothing uses it at present."),
        action=url_for("desk.delete_segment", segment_id=segment_id),
        button="Delete the segment",
        danger=True,
        back=url_for("desk.segment", segment_id=segment_id),
    )


@blueprint.post("/segments/<int:segment_id>/delete")
@need(Right.EDIT_LEADS)
def delete_segment(segment_id: int) -> ResponseReturnValue:
    desk, line = here(), _opened(segment_id)
    try:
        drop_segment(desk.kit, desk.user, segment_id)
    except InUse:
        return _in_use(_opened(segment_id))
    flash(f"Deleted: “{line.row.name}”.", "good")
    return redirect(url_for("desk.segments"), 303)


def _posted(line: SegmentLine | None) -> ResponseReturnValue:
    """A form or a file that was counted, given more rows, or kept."""
    desk, act = here(), request.form.get("act", "save")
    before = line.row if line else None
    if request.form.get("mode") == "file":
        form = _Form(None, request.form.get("text", "")[:LONGEST].replace("\r\n", "\n"), "file")
    else:
        typed = typed_of(request.form)
        if act == "group" and len(typed.joins) < MOST_GROUPS:
            typed = replace(typed, joins=(*typed.joins, "any"))
        form = _Form(typed, before.source if before else "", spare=MORE if act == "more" else SPARE)
    try:
        if form.typed is not None and act not in GROWS:
            named = form.typed if form.typed.name.strip() or act != "count" else replace(form.typed, name=UNNAMED)
            form.text = text_of_rows(desk.kit, desk.clinic.id, before, named)
        if act == "count":
            form.counted = count_text(desk.kit, desk.clinic.id, before, form.text)
        elif act == "save":
            segment_id = keep_text(desk.kit, desk.user, before, form.text)
            flash("Saved. Who fits is in it from now on, whenever it is asked.", "good")
            return redirect(url_for("desk.segment", segment_id=segment_id), 303)
    except Bad as wrong:
        form.fields, form.rows, form.lines = wrong.fields, wrong.rows, wrong.lines
        # A count while somebody still types is no refusal.
        return _form(line, form), 200 if request.headers.get("HX-Request") else 422
    return _form(line, form)


def _form(line: SegmentLine | None, form: _Form) -> str:
    desk = here()
    with desk.kit.db.read() as conn:
        tags, own = mark_names.tags(conn, desk.clinic.id), mark_names.fields(conn, desk.clinic.id)
        names = [row.name for row in sources.of_clinic(conn, desk.clinic.id)]
    if form.mode == "file" and not form.lines:
        form.typed = read_back("", None, form.text)
    rows: tuple[Any, ...] = ()
    if form.typed is not None:
        rows = form.typed.rows if form.rows else with_room(form.typed.rows, len(form.typed.joins), form.spare)
    return _page(
        "segment-form", line=line, form=form, parts=parts(form.typed, rows) if form.typed else (),
        facts=facts(own, rows), hows=HOWS, values=values(tags, names), most_groups=MOST_GROUPS,
    )  # fmt: skip


def _text(line: SegmentLine | None, typed: Typed) -> str:
    """The file of an example, for who would rather write it."""
    desk = here()
    if not typed.rows:
        return "key: \nname: \nwho:\n  all:\n    - {clicked: book, in_the_last: 14d}\n    - {never: booked}\n"
    return text_of_rows(desk.kit, desk.clinic.id, line.row if line else None, typed)


def _opened(segment_id: int) -> SegmentLine:
    """Another clinic's segment is none here."""
    desk = here()
    line = open_segment(desk.kit, desk.clinic.id, segment_id)
    if line is None:
        abort(404)
    return line


def _in_use(line: SegmentLine) -> ResponseReturnValue:
    flash(f"Not deleted: {listing(list(line.uses))} would be at a loss. Change that first.", "stop")
    return redirect(url_for("desk.segment", segment_id=line.row.id), 303)


def _page(template: str, **told: Any) -> str:
    return page(template, room="leads", **told)


def _after(text: str) -> After | None:
    at, _, lead_id = text.partition(".")
    cursor = from_base36(at), from_base36(lead_id)
    return (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None
