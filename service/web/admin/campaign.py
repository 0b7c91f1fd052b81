"""One campaign: the series drawn with its people, its mails, what goes out next, pause and resume."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain.campaign import MailStep
from service.domain.charts import picture
from service.domain.timing import DAY, HOUR, MINUTE, day_start, is_zone, local_day
from service.storage import campaign_numbers, campaigns
from service.storage.campaign_numbers import CampaignNumbers, StepNumbers
from service.storage.campaigns import CampaignRow
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.imagine import Imagined
from service.usecases.preview_mail import preview_mail
from service.usecases.simulate import Happening
from service.web.admin.desk import Here, blueprint, here, page

TABS = ("flow", "mails", "people")
ZONES = {"here": "clinic", "ny": "America/New_York", "la": "America/Los_Angeles"}
PREVIEW_CSP = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "img-src": "'self' data:",
    "style-src": "'unsafe-inline'",
}


@blueprint.get("/campaigns/<int:campaign_id>")
def campaign(campaign_id: int) -> ResponseReturnValue:
    desk = here()
    tab = request.args.get("tab", "flow")
    if tab not in TABS:
        abort(404)
    with desk.kit.db.read() as conn:
        row, version = _of_clinic(desk, conn, campaign_id)
        common = _common(desk, conn, row, version, tab)
        if tab == "mails":
            return page("campaign-mails", **common, **_mails(desk, conn, version))
        if tab == "people":
            return page("campaign-people", **common, **_people(conn, row, version, desk))
        return page("campaign-flow", **common, **_flow(desk, conn, row, version))


@blueprint.get("/campaigns/<int:campaign_id>/mails/<mail>")
def mail_preview(campaign_id: int, mail: str) -> ResponseReturnValue:
    """The mail alone, for a frame without scripts."""
    desk = here()
    with desk.kit.db.read() as conn:
        _row, version = _of_clinic(desk, conn, campaign_id)
        if mail not in version.mails:
            abort(404)
        found = preview_mail(desk.kit, conn, desk.clinic, version, mail, desk.now)
    if request.args.get("as") == "text":
        return Response(found.rendered.text, mimetype="text/plain")
    return Response(found.rendered.html, mimetype="text/html")


mail_preview.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": PREVIEW_CSP,
    "frame_options": "SAMEORIGIN",
}


@blueprint.get("/campaigns/<int:campaign_id>/pause")
def ask_pause(campaign_id: int) -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        row, _version = _of_clinic(desk, conn, campaign_id)
        numbers = campaign_numbers.of_clinic(conn, desk.clinic.id).get(campaign_id, CampaignNumbers())
    return page("campaign-state", room="campaigns", row=row, here=numbers.here)


@blueprint.post("/campaigns/<int:campaign_id>/pause")
def pause_campaign_here(campaign_id: int) -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        _of_clinic(desk, conn, campaign_id)
    people = pause_campaign(desk.kit, desk.clinic.id, campaign_id, desk.user.id)
    flash(f"Paused. {people:,} {'person waits' if people == 1 else 'people wait'} where they stand.", "good")
    return redirect(url_for("desk.campaign", campaign_id=campaign_id), 303)


@blueprint.post("/campaigns/<int:campaign_id>/resume")
def resume_campaign_here(campaign_id: int) -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        _of_clinic(desk, conn, campaign_id)
    people = resume_campaign(desk.kit, desk.clinic.id, campaign_id, desk.user.id)
    flash(
        f"Going on. {people:,} {'person continues' if people == 1 else 'people continue'} from where they stood.",
        "good",
    )
    return redirect(url_for("desk.campaign", campaign_id=campaign_id), 303)


def _of_clinic(desk: Here, conn: Connection, campaign_id: int) -> tuple[CampaignRow, Campaign]:
    row = campaigns.by_ids(conn, [campaign_id]).get(campaign_id)
    if row is None or row.clinic_id != desk.clinic.id:
        abort(404)
    return row, desk.kit.library.version(conn, row.version_id)


def _common(desk: Here, conn: Connection, row: CampaignRow, version: Campaign, tab: str) -> dict[str, Any]:
    return {
        "room": "campaigns",
        "tab": tab,
        "row": row,
        "definition": version.definition,
        "numbers": campaign_numbers.of_clinic(conn, desk.clinic.id).get(row.id, CampaignNumbers()),
        "version_number": campaigns.version_number(conn, row.version_id),
    }


def _flow(desk: Here, conn: Connection, row: CampaignRow, version: Campaign) -> dict[str, Any]:
    asked = _asked(desk)
    at_steps = campaign_numbers.steps(conn, row.id)
    known = version.definition.steps
    elsewhere = StepNumbers()
    for key, numbers in at_steps.items():
        if key not in known:
            elsewhere.waits += numbers.waits
            elsewhere.sent += numbers.sent
    return {
        "nodes": picture(version.definition),
        "steps": at_steps,
        "unmet": StepNumbers(),
        "void": None,
        "elsewhere": elsewhere,
        "asked": asked,
        "told": _simulated(version, asked),
        "sim_zone": asked["zone"],
    }


def _mails(desk: Here, conn: Connection, version: Campaign) -> dict[str, Any]:
    previews = {mail: preview_mail(desk.kit, conn, desk.clinic, version, mail, desk.now) for mail in version.mails}
    return {"previews": previews, "mails": version.mails}


def _people(conn: Connection, row: CampaignRow, version: Campaign, desk: Here) -> dict[str, Any]:
    wanted = [step.key for step in version.definition.mails()]
    lines = campaign_numbers.next_due(conn, row.id, wanted)
    versions = desk.kit.library.versions(conn, {line.version_id for line in lines})
    titles = {}
    for line in lines:
        step = versions[line.version_id].definition.steps.get(line.step)
        titles[line.version_id, line.step] = step.title if isinstance(step, MailStep) else line.step
    return {"lines": lines, "titles": titles}


def _asked(desk: Here) -> dict[str, Any]:
    """Whom to imagine: where, when, and what they do."""
    who, when, does = (request.args.get(name, "") for name in ("who", "when", "does"))
    zone = ZONES.get(who, "clinic")
    zone = desk.zone if zone == "clinic" or not is_zone(zone) else zone
    today = local_day(desk.now, zone)
    friday = today + (4 - (today - 1) % 7) % 7
    starts = {
        "now": desk.now,
        "morning": day_start(today + 1, zone) + 9 * HOUR,
        "friday": day_start(friday, zone) + 19 * HOUR + 30 * MINUTE,
    }
    when = when if when in starts else "now"
    return {
        "who": who if who in ZONES else "here",
        "when": when,
        "does": does if does in ("nothing", "clicks", "books") else "nothing",
        "zone": zone,
        "start": max(starts[when], desk.now),
    }


def _simulated(version: Campaign, asked: dict[str, Any]) -> list[Happening]:
    interest = next(iter(sorted(version.definition.entry.interests)), None)
    person = Imagined(
        zone=asked["zone"],
        interest=interest,
        clicked=frozenset({"book"}) if asked["does"] == "clicks" else frozenset(),
        booked_after_days=7 if asked["does"] == "books" else None,
        visit_in_days=7,
    )
    told = person.run(version.definition, asked["start"])
    return [each for each in told if each.kind in ("sends", "branches", "leaves", "ends", "skips")]


def weeks(seconds: int) -> int:
    return max(1, round(seconds / (7 * DAY)))


@blueprint.context_processor
def _helpers() -> dict[str, Any]:
    return {"weeks": weeks}
