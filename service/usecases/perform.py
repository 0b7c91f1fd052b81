"""What a step does besides mail: marks, points, tasks, calls, and the ways into and out of other campaigns. All of it
is done in the transaction that moves the enrollment, so that it happens once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from service.domain.acts import (
    AddScore,
    AddTag,
    CallHook,
    Effect,
    EnterCampaign,
    LeaveCampaign,
    RemoveTag,
    SetField,
    TellStaff,
)
from service.domain.conditions import Scored
from service.storage import campaigns, clinics, runs, scores
from service.storage.enrollments import DueRow
from service.storage.hook_calls import NewCall
from service.storage.scores import Entry
from service.storage.tasks import NewTask
from service.usecases.ask_staff import ask_many
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit
from service.usecases.leave import end_runs, wake
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.plan_calls import plan_calls


@dataclass(frozen=True, slots=True)
class Deed:
    """One effect of one run's step."""

    row: DueRow
    effect: Effect


def perform(conn: Connection, kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    """A kind at a time, in the order that lets a campaign entered here see the marks set here."""
    for kinds, work in _WORK:
        mine = [deed for deed in deeds if isinstance(deed.effect, kinds)]
        if mine:
            work(conn, kit, mine, now)


def _mark(conn: Connection, kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    mark_leads(conn, kit, [Mark(deed.row.clinic_id, deed.row.lead_id, deed.effect) for deed in deeds], now, led=True)


def _score(conn: Connection, kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    half_lives = {clinic.id: clinic.score_half_life for clinic in clinics.everyone(conn).values()}
    entries = [
        Entry(deed.row.clinic_id, deed.row.lead_id, now, deed.effect.points, f"step “{deed.row.step}”")
        for deed in deeds
        if isinstance(deed.effect, AddScore)
    ]
    scores.give(conn, entries, half_lives)
    wake(conn, kit, {entry.lead_id for entry in entries}, now, {Scored})


def _tell(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    wanted = [
        NewTask(row.clinic_id, row.lead_id, deed.effect.kind, deed.effect.words, _once(row), row.id)
        for deed in deeds
        if isinstance(deed.effect, TellStaff)
        for row in (deed.row,)
    ]
    ask_many(conn, wanted, now)


def _once(row: DueRow) -> str:
    return f"step:{row.id}:{row.step}:{row.visit}"


def _call(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    calls = [(deed.row, deed.effect.hook) for deed in deeds if isinstance(deed.effect, CallHook)]
    new = [NewCall(row.clinic_id, row.lead_id, row.id, row.step, row.visit, hook) for row, hook in calls]
    plan_calls(conn, new, now)


def _enter(conn: Connection, kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    for (clinic_id, key), lead_ids in _by_campaign(deeds).items():
        row = campaigns.by_key(conn, clinic_id, key)
        if row is not None:
            definition = kit.library.version(conn, row.version_id).definition
            enter_many(conn, row, definition, lead_ids, Occasion("by-hand", led=True), now)


def _leave(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    for (clinic_id, key), lead_ids in _by_campaign(deeds).items():
        row = campaigns.by_key(conn, clinic_id, key)
        if row is not None:
            found = runs.running(conn, lead_ids=lead_ids, campaign_ids=[row.id])
            end_runs(conn, found, "led-out", "superseded", now)


def _by_campaign(deeds: Sequence[Deed]) -> dict[tuple[int, str], list[int]]:
    """The leads by the clinic and campaign that their steps name."""
    named: dict[tuple[int, str], list[int]] = {}
    for deed in deeds:
        if isinstance(deed.effect, EnterCampaign | LeaveCampaign):
            named.setdefault((deed.row.clinic_id, deed.effect.campaign), []).append(deed.row.lead_id)
    return named


_Work = Callable[[Connection, Kit, Sequence[Deed], int], Any]
_WORK: tuple[tuple[Any, _Work], ...] = (
    ((SetField, AddTag, RemoveTag), _mark),
    (AddScore, _score),
    (TellStaff, _tell),
    (CallHook, _call),
    (LeaveCampaign, _leave),
    (EnterCampaign, _enter),
)
