"""Leads: everyone, filtered and searched. No name stands in an address: what is searched for is kept in the session."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.base36 import base36, from_base36
from service.domain.timing import day_start, local_day
from service.storage import campaigns, lead_list, sources
from service.storage.campaigns import CampaignRow
from service.storage.lead_list import PAGE, After, LeadLine, Wanted
from service.storage.people import CAMPAIGN_DEEDS, DEEDS, REACHED, STAGES
from service.web.admin.desk import Here, blueprint, here, page

FOUND = "search"
LONGEST, MOST_WORDS = 80, 4


@blueprint.get("/leads")
def leads() -> ResponseReturnValue:
    desk = here()
    wanted = _wanted(desk)
    after = _after(request.args.get("after", ""))
    with desk.kit.db.read() as conn:
        rows = lead_list.page(conn, desk.clinic.id, wanted, desk.now, after)
        counted = lead_list.count(conn, desk.clinic.id, wanted, desk.now)
        every = campaigns.of_clinic(conn, desk.clinic.id)
        listed_sources = sources.of_clinic(conn, desk.clinic.id)
    shown = rows[:PAGE]
    return page(
        "leads",
        room="leads",
        rows=shown,
        counted=counted,
        cut=counted > lead_list.COUNTED,
        wanted=wanted,
        stages=STAGES,
        campaigns=every,
        sources=listed_sources,
        chip=_chip(wanted, every),
        next=_address(after=_cursor(shown[-1])) if len(rows) > PAGE else None,
        first=_address(after=None) if after else None,
        found=" ".join(wanted.words),
    )


@blueprint.post("/leads/find")
def find() -> ResponseReturnValue:
    """Keeps the words in the session and shows who is found; one person alone is opened."""
    desk = here()
    session[FOUND] = request.form.get("words", "").strip()[:LONGEST]
    if not session[FOUND]:
        return redirect(url_for("desk.leads"), 303)
    with desk.kit.db.read() as conn:
        rows = lead_list.page(conn, desk.clinic.id, Wanted(words=_words()), desk.now)
    if len(rows) == 1:
        return redirect(url_for("desk.lead", lead_id=rows[0].id), 303)
    return redirect(url_for("desk.leads", find="yes"), 303)


def _wanted(desk: Here) -> Wanted:
    """The filter that the address asks for; what it does not know it leaves out."""
    asked = request.args
    campaign_id = asked.get("campaign", type=int)
    days = asked.get("days", type=int)
    return Wanted(
        words=_words() if asked.get("find") else (),
        stage=_one_of(asked.get("stage"), STAGES),
        source_id=asked.get("source", type=int),
        campaign_id=campaign_id,
        deed=_one_of(asked.get("deed"), CAMPAIGN_DEEDS if campaign_id else DEEDS),
        step=asked.get("step") if campaign_id else None,
        reached=_one_of(asked.get("reached"), REACHED),
        since=_since(desk, days) if days and 0 < days < 4_000 else None,
    )


def _since(desk: Here, days: int) -> int:
    return day_start(local_day(desk.now, desk.zone) - days + 1, desk.zone)


def _words() -> tuple[str, ...]:
    return tuple(str(session.get(FOUND, "")).split()[:MOST_WORDS])


def _one_of(word: str | None, known: tuple[str, ...]) -> str | None:
    return word if word in known else None


def _chip(wanted: Wanted, every: list[CampaignRow]) -> str:
    """What a number's link narrowed the list to, in words."""
    if wanted.reached:
        days = request.args.get("days", type=int)
        span = f"Signed up in the last {days} days" if days else "Signed up"
        return span if wanted.reached == "signed-up" else f"{span} and {words.REACHED[wanted.reached]}"
    if wanted.campaign_id and wanted.deed:
        name = next((row.name for row in every if row.id == wanted.campaign_id), "a series")
        return f"“{name}”: {words.DEEDS[wanted.deed]}{f' at step “{wanted.step}”' if wanted.step else ''}"
    if wanted.deed:
        told = words.DEEDS[wanted.deed]
        return told[:1].upper() + told[1:]
    return ""


def _address(**changes: str | None) -> str:
    kept = {**request.args.to_dict(), **changes}
    return url_for("desk.leads") + "?" + urlencode({key: value for key, value in kept.items() if value})


def _cursor(line: LeadLine) -> str:
    return f"{base36(line.created_at)}.{base36(line.id)}"


def _after(text: str) -> After | None:
    at, _, lead_id = text.partition(".")
    cursor = from_base36(at), from_base36(lead_id)
    return (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None
