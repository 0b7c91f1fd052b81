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
from service.storage import campaigns, runs
from service.storage.enrollments import DueRow
from service.storage.hook_calls import NewCall
from service.usecases.ask_staff import ask_staff
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit
from service.usecases.leave import end_runs
from service.usecases.mark_leads import Mark, give_points, mark_leads
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
    mark_leads(conn, kit, [Mark(deed.row.clinic_id, deed.row.lead_id, deed.effect) for deed in deeds], now)


def _score(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    for deed in deeds:
        if isinstance(deed.effect, AddScore):
            give_points(conn, deed.row.clinic_id, deed.row.lead_id, deed.effect.points, f"step “{deed.row.step}”", now)


def _tell(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    for deed in deeds:
        if isinstance(deed.effect, TellStaff):
            ask_staff(
                conn,
                clinic_id=deed.row.clinic_id,
                lead_id=deed.row.lead_id,
                kind=deed.effect.kind,
                text=deed.effect.words,
                now=now,
                once=f"step:{deed.row.id}:{deed.row.step}:{deed.row.visit}",
            )


def _call(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    calls = [(deed.row, deed.effect.hook) for deed in deeds if isinstance(deed.effect, CallHook)]
    new = [NewCall(row.clinic_id, row.lead_id, row.id, row.step, row.visit, hook) for row, hook in calls]
    plan_calls(conn, new, now)


def _enter(conn: Connection, kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    wanted: dict[tuple[int, str], list[int]] = {}
    for deed in deeds:
        if isinstance(deed.effect, EnterCampaign):
            wanted.setdefault((deed.row.clinic_id, deed.effect.campaign), []).append(deed.row.lead_id)
    for (clinic_id, key), lead_ids in wanted.items():
        row = campaigns.by_key(conn, clinic_id, key)
        if row is not None:
            definition = kit.library.version(conn, row.version_id).definition
            enter_many(conn, row, definition, lead_ids, Occasion("by-hand"), now)


def _leave(conn: Connection, _kit: Kit, deeds: Sequence[Deed], now: int) -> None:
    for deed in deeds:
        if isinstance(deed.effect, LeaveCampaign):
            row = campaigns.by_key(conn, deed.row.clinic_id, deed.effect.campaign)
            if row is not None:
                found = runs.running(conn, lead_id=deed.row.lead_id, campaign_ids=[row.id])
                end_runs(conn, found, "led-out", "superseded", now)


_Work = Callable[[Connection, Kit, Sequence[Deed], int], Any]
_WORK: tuple[tuple[Any, _Work], ...] = (
    ((SetField, AddTag, RemoveTag), _mark),
    (AddScore, _score),
    (TellStaff, _tell),
    (CallHook, _call),
    (LeaveCampaign, _leave),
    (EnterCampaign, _enter),
)
