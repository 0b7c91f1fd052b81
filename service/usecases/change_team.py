"""Who works at the desk: inviting, giving another role, letting go and taking back."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from service.domain.lead import address
from service.domain.right import ROLE_HELP, Role, may_manage
from service.storage import audits, clinics, second_steps, sessions, staff_links, users
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.staff_links import INVITE_LASTS

LONGEST = 100
LAST = "is the last owner: make somebody else an owner first"


class NotDone(Exception):
    """Its words say why, after the person's name."""


class Unknown(Exception):
    """Nobody of this clinic."""


def invite(kit: Kit, by: UserRow, given: Mapping[str, str]) -> dict[str, str]:
    """`given`: name, email, role. Gives what to mend by field; nothing when the mail is on its way."""
    name, email, faults = given.get("name", "").strip(), "", dict[str, str]()
    role = given.get("role", "")
    if not name or len(name) > LONGEST:
        faults["name"] = "Give the name, as colleagues know it."
    try:
        email = address(given.get("email", "")).email
    except ValueError:
        faults["email"] = "Give the address that the link goes to."
    if role not in set(Role) or not may_manage(by.role, role):
        faults["role"] = "Choose one of the roles that you may give."
    if faults:
        return faults
    now = kit.clock()
    with kit.db.write() as conn:
        if users.by_email(conn, email) is not None:
            return {"email": "This address has an account already. Change its role below, or give another address."}
        user_id = users.add(conn, by.clinic_id, email=email, name=name, password_hash="", role=role, now=now)
        _send(conn, by, user_id, now)
        audits.record(conn, by.clinic_id, by.id, now, "person invited", str(user_id), {"role": role})
    return {}


def invite_again(kit: Kit, by: UserRow, user_id: int) -> UserRow:
    """The link from before works no more."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        if not user.invited or user.ended_at is not None:
            raise NotDone("has come in already: a new password is asked for on the sign-in page")
        _send(conn, by, user_id, now)
        audits.record(conn, by.clinic_id, by.id, now, "person invited", str(user_id), {"role": user.role})
    return user


def give_role(kit: Kit, by: UserRow, user_id: int, role: str) -> UserRow:
    """Counts from the person's next page on."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        if role not in set(Role) or not may_manage(by.role, role):
            raise NotDone("may get this role from an owner only")
        if role != Role.OWNER:
            _not_last(conn, user)
        users.set_role(conn, user_id, role)
        data = {"from": user.role, "to": role}
        audits.record(conn, by.clinic_id, by.id, now, "role changed", str(user_id), data)
    return user


def let_go(kit: Kit, by: UserRow, user_id: int) -> UserRow:
    """Signs out everywhere and in nowhere; what was done stays under the name."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        _not_last(conn, user)
        if user.ended_at is None:
            users.end(conn, user_id, now)
            audits.record(conn, by.clinic_id, by.id, now, "person let go", str(user_id), {})
    return user


def take_back(kit: Kit, by: UserRow, user_id: int) -> UserRow:
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        if user.ended_at is not None:
            users.end(conn, user_id, None)
            audits.record(conn, by.clinic_id, by.id, now, "person taken back", str(user_id), {})
    return user


def sign_person_out(kit: Kit, by: UserRow, user_id: int) -> UserRow:
    """Everywhere, as for a machine that was lost; the person may sign in again."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        sessions.end_all(conn, user_id)
        audits.record(conn, by.clinic_id, by.id, now, "person signed out", str(user_id), {})
    return user


def take_codes_off(kit: Kit, by: UserRow, user_id: int) -> UserRow:
    """For whoever lost the phone: signed out everywhere, the next sign-in asks for the password alone."""
    now = kit.clock()
    with kit.db.write() as conn:
        user = _reached(conn, by, user_id)
        if not second_steps.remove(conn, user_id):
            raise NotDone("is asked for no codes")
        sessions.end_all(conn, user_id)
        audits.record(conn, by.clinic_id, by.id, now, "sign-in codes taken off", str(user_id), {})
    return user


def ask_codes(kit: Kit, by: UserRow, everybody: bool) -> None:
    """Whether each of the clinic's people needs a code at sign-in; who has none yet sets it up before anything else."""
    if by.role != Role.OWNER:
        raise NotDone("is no owner: only owners ask this of everybody")
    action = "sign-in codes asked of everybody" if everybody else "sign-in codes left to each"
    with kit.db.write() as conn:
        clinics.change(conn, by.clinic_id, {"asks_codes": everybody})
        audits.record(conn, by.clinic_id, by.id, kit.clock(), action, "clinic", {})


def _reached(conn: Connection, by: UserRow, user_id: int) -> UserRow:
    user = users.find(conn, user_id)
    if user is None or user.clinic_id != by.clinic_id:
        raise Unknown
    if not may_manage(by.role, user.role):
        raise NotDone("is an owner: only owners change owners")
    return user


def _not_last(conn: Connection, user: UserRow) -> None:
    owners = users.owners_at_work(conn, user.clinic_id)
    if owners == {user.id}:
        raise NotDone(LAST)


def _send(conn: Connection, by: UserRow, user_id: int, now: int) -> None:
    staff_links.add(conn, by.clinic_id, user_id, "invite", by=by.id, now=now, lasts=INVITE_LASTS, mail=True)


def roles_to_give(by: str) -> list[tuple[str, str]]:
    """Each with what it may do."""
    return [(role.value, ROLE_HELP[role]) for role in Role if may_manage(by, role)]
