"""Leads: everyone, filtered and searched. No name stands in an address: what is searched for is kept in the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from urllib.parse import urlencode

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from service.domain import lead_columns, words
from service.domain.base36 import base36, from_base36
from service.domain.bulk_words import ACTS
from service.domain.right import Right
from service.domain.scoring import STAGES as WARMTH
from service.domain.scoring import at_least, points_at
from service.domain.timing import day_start, local_day
from service.storage import campaigns, lead_list, mark_names, segments, sources, users
from service.storage import marks as marked
from service.storage.campaigns import CampaignRow
from service.storage.lead_list import PAGE, After, AfterScore, LeadLine, Wanted
from service.storage.people import CAMPAIGN_DEEDS, DEEDS, REACHED, STAGES
from service.storage.segments import SegmentRow
from service.usecases.count_segment import who_now
from service.usecases.show_segments import who_of
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need

FOUND = "search"
LONGEST, MOST_WORDS = 80, 4


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a lead is filtered and ordered by besides its own row. `tags`: by what stands for them in an address: a tag
    may say what somebody suffers from."""

    tags: dict[str, str]
    segments: list[SegmentRow]
    tag: str | None
    segment: SegmentRow | None
    warmth: str | None
    by_score: bool


@blueprint.get("/leads")
def leads() -> ResponseReturnValue:
    desk = here()
    after = request.args.get("after", "")
    wanted, marks = narrowed(desk)
    with desk.kit.db.read() as conn:
        if marks.by_score:
            rows = lead_list.page_by_score(conn, desk.clinic.id, wanted, desk.now, _after_score(after))
        else:
            rows = lead_list.page(conn, desk.clinic.id, wanted, desk.now, _after(after))
        counted = lead_list.count(conn, desk.clinic.id, wanted, desk.now)
        every = [row for row in campaigns.of_clinic(conn, desk.clinic.id) if row.kind == campaigns.SERIES]
        listed_sources = sources.of_clinic(conn, desk.clinic.id)
        own = mark_names.fields(conn, desk.clinic.id)
        columns = lead_columns.chosen(desk.user.list_columns, own)
        asked = any(column.startswith(lead_columns.FIELD) for column in columns)
        values = marked.fields_of(conn, [row.id for row in rows]) if asked else {}
    shown = rows[:PAGE]
    half_life = desk.clinic.score_half_life
    return page(
        "leads",
        room="leads",
        rows=shown,
        columns=columns,
        titles=lead_columns.titles(own),
        values=values,
        points={row.id: points_at(row.score_rank, desk.now, half_life) for row in shown},
        counted=counted,
        cut=lead_list.most(wanted) if counted > lead_list.most(wanted) else None,
        wanted=wanted,
        marks=marks,
        stages=STAGES,
        warmths=_warmths(),
        campaigns=every,
        sources=listed_sources,
        chip=_chip(wanted, every),
        next=_address(after=_cursor(shown[-1], marks.by_score)) if len(rows) > PAGE else None,
        first=_address(after=None) if after else None,
        found=" ".join(wanted.words),
        acts=ACTS,
        query=f"?{request.query_string.decode()}" if request.args else "",
    )


@blueprint.post("/leads/columns")
@need(Right.SEE)
def choose_columns() -> ResponseReturnValue:
    """Each person's own: kept for every list they open."""
    desk = here()
    with desk.kit.db.write() as conn:
        every = lead_columns.titles(mark_names.fields(conn, desk.clinic.id))
        asked = [column for column in request.form.getlist("column") if column in every]
        users.choose_columns(conn, desk.user.id, asked[: lead_columns.MOST])
    return redirect(url_for("desk.leads") + (f"?{request.query_string.decode()}" if request.args else ""), 303)


@blueprint.post("/leads/find")
@need(Right.SEE)
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


def narrowed(desk: Here) -> tuple[Wanted, _Marks]:
    """Whom the address asks for."""
    with desk.kit.db.read() as conn:
        marks = _marks(mark_names.tags(conn, desk.clinic.id), segments.of_clinic(conn, desk.clinic.id))
        wanted = replace(_wanted(desk), tag=marks.tags.get(marks.tag or ""), ranks=_ranks(desk, marks.warmth))
        if marks.segment is not None and (who := who_of(marks.segment)) is not None:
            wanted = replace(wanted, who=who_now(conn, desk.clinic.id, who, desk.now))
    return wanted, marks


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


def _marks(tags: Sequence[str], rows: list[SegmentRow]) -> _Marks:
    asked, known = request.args, {_token(tag): tag for tag in tags}
    chosen = asked.get("segment", type=int)
    return _Marks(
        tags=known,
        segments=rows,
        tag=_one_of(asked.get("tag"), tuple(known)),
        segment=next((row for row in rows if row.id == chosen), None),
        warmth=_one_of(asked.get("warmth"), tuple(name for name, _least in WARMTH)),
        by_score=asked.get("sort") == "score",
    )


def _token(tag: str) -> str:
    return blake2b(tag.encode(), digest_size=6).hexdigest()


def _warmths() -> list[tuple[str, str]]:
    """ready: 30 points or more; warm: 10 to 30 points; …"""
    told, above = [], 0.0
    for name, least in WARMTH:
        says = f"{least:g} points or more" if not above else f"{least:g} to {above:g} points" if least else "fewer"
        told.append((name, f"{name.capitalize()}: {says}"))
        above = least
    return told


def _ranks(desk: Here, warmth: str | None) -> tuple[float | None, float | None]:
    bounds = [at_least(least, desk.now, desk.clinic.score_half_life) for _name, least in WARMTH]
    names = [name for name, _least in WARMTH]
    if warmth is None:
        return None, None
    place = names.index(warmth)
    return bounds[place], bounds[place - 1] if place else None


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


def _cursor(line: LeadLine, by_score: bool) -> str:
    if by_score:
        return f"{'' if line.score_rank is None else line.score_rank.hex()}_{base36(line.id)}"
    return f"{base36(line.created_at)}.{base36(line.id)}"


def _after(text: str) -> After | None:
    at, _, lead_id = text.partition(".")
    cursor = from_base36(at), from_base36(lead_id)
    return (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None


def _after_score(text: str) -> AfterScore | None:
    rank, _, number = text.partition("_")
    lead_id = from_base36(number)
    if lead_id is None:
        return None
    try:
        return (float.fromhex(rank) if rank else None), lead_id
    except (ValueError, OverflowError):
        return None
