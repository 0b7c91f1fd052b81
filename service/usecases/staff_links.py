"""Coming in by a link from one's mail: asked for, looked at, and used once to choose a password."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.right import Role
from service.domain.timing import DAY, HOUR
from service.storage import audits, clinics, second_steps, staff_links, users
from service.storage.staff_links import LinkRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.passwords import hash_password

INVITE_LASTS, RESET_LASTS = 7 * DAY, HOUR
RESCUE = "rescue"  # a reset that takes off the phone's codes too


class LinkOver(Exception):
    """It was used, is too old, was replaced by a newer one, or was never ours."""


class NoOwner(Exception):
    """No owner has this address."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who holds a link that works."""

    kind: str
    name: str
    email: str
    clinic: str


def ask_link(kit: Kit, email: str) -> None:
    """A new password by mail. Whether there is such an account shows in nothing: the mail is sent by a job later."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = users.by_email(conn, email)
        known = user if user is not None and user.ended_at is None else None
        clinic_id, user_id = (known.clinic_id, known.id) if known else (None, None)
        audits.record(conn, clinic_id, user_id, now, "password reset asked", "user", {"by": "mail"})
        if known is not None:
            staff_links.add(conn, known.clinic_id, known.id, "reset", by=None, now=now, lasts=RESET_LASTS, mail=True)


def owner_link(kit: Kit, email: str) -> str:
    """An owner's way back in, for whoever has the machine: the link itself. Opens an account that was closed."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = users.by_email(conn, email)
        if user is None or user.role != Role.OWNER:
            raise NoOwner
        if user.ended_at is not None:
            users.end(conn, user.id, None)
        link_id = staff_links.add(
            conn, user.clinic_id, user.id, RESCUE, by=None, now=now, lasts=RESET_LASTS, mail=False
        )
        audits.record(conn, user.clinic_id, None, now, "password reset asked", "user", {"by": "command line"})
    return f"{kit.base_url}/desk/link/{kit.links.mint('staff', link_id)}"


def look_at_link(kit: Kit, token: str) -> Guest:
    """Changes nothing: whatever opens links before their reader does, uses none up. Raises LinkOver."""
    row = _row(kit, token)
    with kit.db.read() as conn:
        user, clinic = users.find(conn, row.user_id), clinics.get(conn, row.clinic_id)
    if user is None or user.ended_at is not None:
        raise LinkOver
    return Guest(row.kind, user.name, user.email, clinic.name)


def use_link(kit: Kit, token: str, password: str) -> UserRow:
    """Sets the password and ends every session of the account. Codes of a phone are asked for as before, except after a
    link from the command line. Raises ValueError for a password that will not do, and
    LinkOver."""
    row = _row(kit, token)
    hashed = hash_password(password)
    now = kit.clock()
    with kit.db.write() as conn:
        user = users.find(conn, row.user_id)
        if user is None or user.ended_at is not None or not staff_links.use(conn, row.id, now):
            raise LinkOver
        users.set_password(conn, row.user_id, hashed)
        if row.kind == RESCUE and second_steps.remove(conn, row.user_id):
            audits.record(conn, row.clinic_id, None, now, "sign-in codes taken off", str(row.user_id), {})
        action = "invitation accepted" if row.kind == "invite" else "password reset"
        audits.record(conn, row.clinic_id, row.user_id, now, action, "user", {})
        made = users.find(conn, row.user_id)
    if made is None:
        raise LinkOver
    return made


def _row(kit: Kit, token: str) -> LinkRow:
    read = kit.links.read(token)
    if read is None or read[0] != "staff":
        raise LinkOver
    with kit.db.read() as conn:
        row = staff_links.find(conn, read[1])
    if row is None or row.kind == staff_links.NEWS or row.used_at is not None or row.expires_at <= kit.clock():
        raise LinkOver
    return row
