"""Settings: the record of every change and every look at answers, to be searched."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for

from service.domain.record_kinds import KINDS, actions_of
from service.domain.right import Right
from service.domain.timing import day_start
from service.storage import audits, users
from service.storage.audits import PAGE, Asked
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/settings/record")
@need(Right.PEOPLE)
def record() -> str:
    desk, given = here(), request.args
    kind, who = given.get("kind", ""), given.get("who", type=int)
    first, last = _day(given.get("from", "")), _day(given.get("to", ""))
    asked = Asked(
        user_id=who,
        actions=actions_of(kind),
        since=None if first is None else day_start(first, desk.zone),
        until=None if last is None else day_start(last + 1, desk.zone),
    )
    with desk.kit.db.read() as conn:
        found = audits.page(conn, desk.clinic.id, asked, _after(given.get("after", "")))
        team = users.of_clinic(conn, desk.clinic.id)
    kept: dict[str, Any] = {name: given[name] for name in ("kind", "who", "from", "to") if given.get(name)}
    lines = found[:PAGE]
    older = None
    if len(found) > PAGE:
        older = url_for("desk.record", **kept, after=f"{lines[-1].at}.{lines[-1].id}")
    return page(
        "settings-record",
        room="settings",
        part="record",
        lines=lines,
        older=older,
        paged="after" in given,
        asked=kept,
        newest=url_for("desk.record", **kept),
        kinds=[(key, label) for key, (label, _) in KINDS.items()],
        team=team,
        who_did={row.id: row.name for row in team},
        objects={str(row.id): row.name for row in team},
    )


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def _after(text: str) -> tuple[int, int] | None:
    at, _, number = text.partition(".")
    return (int(at), int(number)) if at.isdecimal() and number.isdecimal() and len(text) < 40 else None
