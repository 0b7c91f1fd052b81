"""Settings, Emergencies: the words that are looked for in what people write, and whether the answer is approved."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from service.domain.red_flags import MOST_LINES, SHIPPED, found_in, lines_of
from service.domain.right import Right
from service.storage import campaigns
from service.usecases.change_red_flags import change_red_flags
from service.usecases.heed_red_flags import lists_of
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, loads, saved, show

PART = "emergencies"
LANGUAGES = {"en": "English", "es": "Spanish"}
LONGEST, LONGEST_TRY = 20_000, 2_000


@blueprint.post("/settings/emergencies")
@need(Right.SETTINGS)
def save_red_flags() -> ResponseReturnValue:
    texts = {name: request.form.get(name, "")[:LONGEST] for name in LANGUAGES if name in request.form}
    if request.form.get("act") == "ours":
        texts = dict(SHIPPED)
    changed = change_red_flags(here().kit, here().user, texts)
    if changed.faults:
        return show(PART, wrong=changed.faults, given=texts), 422
    if not changed.languages:
        return saved(PART, "Nothing was different, so nothing was changed.")
    return saved(PART, "Saved. What people write from now on is read by it.")


@blueprint.post("/settings/emergencies/try")
@need(Right.SETTINGS)
def try_red_flags() -> ResponseReturnValue:
    """Nothing is kept of what is tried."""
    text = request.form.get("text", "")[:LONGEST_TRY]
    found = found_in(text, [words for _, words in lists_of(here().clinic)])
    return show(PART, tried=text, found=found)


@loads(PART)
def _red_flags(given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        answering = [row for row in campaigns.entered_by(conn, desk.clinic.id, "red-flag") if not row.paused_at]
    kept = dict(lists_of(desk.clinic))
    texts = {name: given.get(name) or lines_of(kept[name])[0] for name in LANGUAGES}
    own = desk.clinic.red_flags_en is not None or desk.clinic.red_flags_es is not None
    return {
        "languages": LANGUAGES, "texts": texts, "own": own, "answering": answering, "most_lines": MOST_LINES,
    }  # fmt: skip
