"""The guided set-up of a clinic: how far it has come. What a step changes, the settings' own use cases change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.engine import Connection

from service.domain.set_up import KEYS, Progress, progress
from service.storage import audits, campaigns
from service.storage import settings as stored
from service.storage.users import UserRow
from service.usecases.kit import Kit

KEPT = "set-up:"


def begin_set_up(conn: Connection, clinic_id: int) -> None:
    """Inside the transaction that makes the clinic: from now on Home leads to the set-up."""
    _keep(conn, clinic_id, Progress())


def progress_of(kit: Kit, clinic_id: int) -> Progress | None:
    """None where no set-up was ever begun."""
    with kit.db.read() as conn:
        return _read(stored.get(conn, f"{KEPT}{clinic_id}"))


def waits(kit: Kit, clinic_id: int) -> Progress | None:
    """What Home's card shows: None where there is nothing left to set up, or nobody wants to be led."""
    found = progress_of(kit, clinic_id)
    return None if found is None or found.over or found.finished else found


def step_done(kit: Kit, user: UserRow, key: str) -> Progress:
    return _change(kit, user, f"{_known(key)} done", lambda before: before.with_done(key))


def step_later(kit: Kit, user: UserRow, key: str) -> Progress:
    return _change(kit, user, f"{_known(key)} later", lambda before: before.with_later(key))


def choose_series(kit: Kit, user: UserRow, key: str) -> Progress | None:
    """None where the clinic has no such campaign."""
    with kit.db.read() as conn:
        if campaigns.by_key(conn, user.clinic_id, key) is None:
            return None
    return _change(kit, user, "campaign done", lambda before: replace(before.with_done("campaign"), series=key))


def put_away(kit: Kit, user: UserRow) -> Progress:
    """Home leads there no more; the pages stay, under Settings."""
    return _change(kit, user, "put away", lambda before: replace(before, over=True))


def _change(kit: Kit, user: UserRow, what: str, turn: Callable[[Progress], Progress]) -> Progress:
    with kit.db.write() as conn:
        before = _read(stored.get(conn, f"{KEPT}{user.clinic_id}")) or Progress()
        after = turn(before)
        if after != before:
            _keep(conn, user.clinic_id, after)
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "set-up changed", what, {})
    return after


def _known(key: str) -> str:
    if key not in KEYS:
        raise KeyError(f"no step '{key}'; there are {', '.join(KEYS)}")
    return key


def _keep(conn: Connection, clinic_id: int, found: Progress) -> None:
    kept = {"done": sorted(found.done), "later": sorted(found.later), "over": found.over, "series": found.series}
    stored.put(conn, f"{KEPT}{clinic_id}", json.dumps(kept))


def _read(text: str | None) -> Progress | None:
    return None if text is None else progress(**json.loads(text))
