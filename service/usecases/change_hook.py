"""Webhooks: one is added, tried out, switched off."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.hook_address import is_loopback_url, read_address
from service.domain.hook_call import Done, Outcome
from service.storage import audits, hook_calls, hooks
from service.storage.clinics import ClinicRow
from service.storage.hooks import HookRow
from service.storage.users import UserRow
from service.usecases.call_hooks import Call, caller, signed
from service.usecases.create_owner import new_secret
from service.usecases.kit import Kit

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class AddedHook:
    """`secret` is to be shown now and never again. With `faults`, by field, nothing was added."""

    hook_id: int = 0
    secret: str = field(default="", repr=False)
    faults: dict[str, str] = field(default_factory=dict)


class NoHook(Exception):
    """This clinic has none of that id."""


def add_hook(kit: Kit, user: UserRow, given: Mapping[str, str]) -> AddedHook:
    """`given`: name and url. A name that is off comes back with this address and a new secret."""
    name, url = given.get("name", "").strip(), given.get("url", "").strip()
    faults = {}
    if not NAME.fullmatch(name):
        faults["name"] = "Use small letters, digits and hyphens, at most 40 of them, such as front-desk."
    try:
        read_address(url, loopback=is_loopback_url(kit.base_url))
    except ValueError as fault:
        faults["url"] = str(fault)
    if faults:
        return AddedHook(faults=faults)
    secret, now = new_secret(), kit.clock()
    with kit.db.write() as conn:
        hook_calls.end_switched_off(conn, now)  # what was meant for the old address does not go to this one
        hook_id = hooks.add(conn, user.clinic_id, name, url, secret, now)
        if hook_id is None:
            return AddedHook(faults={"name": "There is a webhook of this name; switch it off first, or take another."})
        audits.record(conn, user.clinic_id, user.id, now, "webhook added", str(hook_id), {"name": name})
    return AddedHook(hook_id, secret)


def switch_hook_off(kit: Kit, user: UserRow, clinic: ClinicRow, hook_id: int) -> HookRow:
    """What waits for it is not called any more. Gives it as it was. Raises NoHook."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = _of_clinic(hooks.find(conn, hook_id), clinic)
        if hooks.disable(conn, hook_id, now):
            hook_calls.end_switched_off(conn, now)
            audits.record(conn, clinic.id, user.id, now, "webhook switched off", str(hook_id), {})
    return row


def try_hook(kit: Kit, user: UserRow, clinic: ClinicRow, hook_id: int, call: Call | None = None) -> Outcome:
    """One test call, of nobody, that is not tried again. Raises NoHook, for one that is off as well."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = _of_clinic(hooks.find(conn, hook_id), clinic)
        if row.disabled_at is not None:
            raise NoHook
        audits.record(conn, clinic.id, user.id, now, "webhook tried", str(hook_id), {})
    call_id = "test_" + secrets.token_urlsafe(16)
    return (call or caller(kit))(signed(kit, row.url, row.secret, call_id, "test", {"hook": row.name}, now))


def outcome_words(outcome: Outcome) -> str:
    return "it arrived" if isinstance(outcome, Done) else outcome.reason


def _of_clinic(row: HookRow | None, clinic: ClinicRow) -> HookRow:
    if row is None or row.clinic_id != clinic.id:
        raise NoHook
    return row
