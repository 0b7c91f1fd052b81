"""Codes from somebody's phone at sign-in: set up, asked for, taken off; and codes for whoever lost the phone."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

import pyotp

from service.storage import audits, second_steps, sessions, users
from service.storage.second_steps import StepRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.passwords import code_matches, hash_code
from service.usecases.sealing import Unreadable, seal, unseal

INTERVAL = 30  # seconds a code lasts, as every such app has it
SKEW = 1  # a phone's clock may be so many intervals off
RECOVERY, SIGNS, LETTERS = 10, 10, "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like another
ISSUER = "Meridian"


class NotPrepared(Exception):
    """Nothing is being set up: it was switched on meanwhile, or never begun."""


class WrongCode(Exception):
    """The app shows another one."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the app is told: `uri` as a picture, `secret` by hand."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)


def prepare_codes(kit: Kit, user: UserRow) -> None:
    """A new secret, asked for nowhere until a first code of it was given."""
    with kit.db.write() as conn:
        row = second_steps.find(conn, user.id)
        if row is None or row.on_at is None:
            second_steps.prepare(conn, user.id, seal(kit.secret, _what(user.id), pyotp.random_base32()))


def prepared(kit: Kit, user: UserRow) -> Prepared:
    """Raises NotPrepared."""
    _, secret = _waiting(kit, user)
    return Prepared(pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER), secret)


def switch_on(kit: Kit, user: UserRow, code: str, but: int) -> list[str]:
    """Gives the codes for whoever loses the phone, and ends the account's sessions but that one. Raises WrongCode and
    NotPrepared."""
    row, secret = _waiting(kit, user)
    step = _step_of(secret, _plain(code), kit.wall())
    if step is None:
        raise WrongCode
    codes = _new_codes()
    hashes = [hash_code(each) for each in codes]
    with kit.db.write() as conn:
        if not second_steps.switch_on(conn, user.id, row.sealed, step, kit.wall()):
            raise NotPrepared
        second_steps.replace_recovery(conn, user.id, hashes)
        sessions.end_all(conn, user.id, but)
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "sign-in codes switched on", "user", {})
    return codes


def renew_recovery(kit: Kit, user: UserRow) -> list[str]:
    """Ten new ones; the ones before work no more. Raises NotPrepared where no codes are asked for."""
    codes = _new_codes()
    hashes = [hash_code(each) for each in codes]
    with kit.db.write() as conn:
        row = second_steps.find(conn, user.id)
        if row is None or row.on_at is None:
            raise NotPrepared
        second_steps.replace_recovery(conn, user.id, hashes)
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "recovery codes renewed", "user", {})
    return codes


def switch_off(kit: Kit, user: UserRow, but: int) -> None:
    with kit.db.write() as conn:
        if second_steps.remove(conn, user.id):
            sessions.end_all(conn, user.id, but)
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "sign-in codes switched off", "user", {})


def asked_for_code(kit: Kit, user_id: int) -> bool:
    with kit.db.read() as conn:
        row = second_steps.find(conn, user_id)
    return row is not None and row.on_at is not None


def recovery_left(kit: Kit, user: UserRow) -> int:
    with kit.db.read() as conn:
        return len(second_steps.recovery(conn, user.id))


def half_way(kit: Kit, user_id: int, session_no: int) -> UserRow | None:
    """Who gave the password, unless the account was closed or got another password since."""
    with kit.db.read() as conn:
        user = users.find(conn, user_id)
    stands = user is not None and user.ended_at is None and user.session_no == session_no
    return user if stands else None


def pass_second(kit: Kit, user: UserRow, given: str) -> bool:
    """Whether it is a code of the phone, or one of those for whoever lost it. Each counts once."""
    return take_code(kit, user, given) or _take_recovery(kit, user, given)


def take_code(kit: Kit, user: UserRow, given: str) -> bool:
    """A code that was used, or is older than one that was used, is refused."""
    code = _plain(given)
    if not re.fullmatch(r"[0-9]{6}", code):
        return False
    with kit.db.read() as conn:
        row = second_steps.find(conn, user.id)
    if row is None or row.on_at is None:
        return False
    try:
        step = _step_of(unseal(kit.secret, _what(user.id), row.sealed), code, kit.wall())
    except Unreadable:
        return False
    if step is None:
        return False
    with kit.db.write() as conn:
        return second_steps.use(conn, user.id, step)


def _take_recovery(kit: Kit, user: UserRow, given: str) -> bool:
    code = _plain(given).casefold()
    if len(code) != SIGNS:
        return False
    with kit.db.read() as conn:
        left = second_steps.recovery(conn, user.id)
    found = next((code_id for code_id, code_hash in left if code_matches(code_hash, code)), None)
    if found is None:
        return False
    with kit.db.write() as conn:
        used = second_steps.use_recovery(conn, found)
        if used:
            data = {"left": len(left) - 1}
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "recovery code used", "user", data)
    return used


def _waiting(kit: Kit, user: UserRow) -> tuple[StepRow, str]:
    with kit.db.read() as conn:
        row = second_steps.find(conn, user.id)
    if row is None or row.on_at is not None:
        raise NotPrepared
    try:
        return row, unseal(kit.secret, _what(user.id), row.sealed)
    except Unreadable:
        raise NotPrepared from None


def _step_of(secret: str, code: str, now: int) -> int | None:
    """The half minute whose code it is, among those that a phone's clock may be at."""
    totp, here = pyotp.TOTP(secret, interval=INTERVAL), now // INTERVAL
    fits = [step for step in range(here - SKEW, here + SKEW + 1) if compare_digest(totp.generate_otp(step), code)]
    return fits[-1] if fits else None


def _plain(code: str) -> str:
    """As it is kept, however it was typed in."""
    return re.sub(r"[\s-]", "", code)[:40].encode("ascii", "ignore").decode()


def _new_codes() -> list[str]:
    return ["".join(secrets.choice(LETTERS) for _ in range(SIGNS)) for _ in range(RECOVERY)]


def _what(user_id: int) -> str:
    return f"sign-in codes of {user_id}"
