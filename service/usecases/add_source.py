"""Adding a source of sign-ups."""

from __future__ import annotations

import re
import secrets

from sqlalchemy.engine import Connection

from service.domain.signup import INTERESTS
from service.sources import vendor_of
from service.storage import sources
from service.storage.sources import SourceRow

KEY = re.compile(r"[A-Za-z0-9_-]{3,64}")
WORDING = (
    "Send me the email series as well\n"
    "About eight short emails over six weeks: what may help, how good the evidence is, what a visit is like, open "
    "times. I can stop any of this with one tap."
)
VERSION = "letters-3"


def add_source(
    conn: Connection,
    *,
    clinic_id: int,
    vendor: str,
    name: str,
    now: int,
    key: str | None = None,
    secret: str | None = None,
    interest: str | None = None,
    wording: str = WORDING,
    version: str = VERSION,
    double_opt_in: bool | None = None,
    secret_later: bool = False,
) -> SourceRow:
    """Works inside the caller's transaction. Without a key one is made that nobody guesses; an unsigned source asks for
    a confirmed address unless told otherwise. `secret_later`: a form tool that shows its secret once it knows our
    address; until it is given nothing is taken. Raises ValueError, with what to do."""
    behind = vendor_of(vendor)
    key = key or secrets.token_urlsafe(24)
    if not KEY.fullmatch(key):
        raise ValueError("a source's key has 3 to 64 letters, digits, - or _: choose another")
    fault = None if secret_later and secret is None else behind.secret_fault(secret)
    if fault is not None:
        raise ValueError(f"source '{key}': {fault}")
    if interest is not None and interest not in INTERESTS:
        raise ValueError(
            f"unknown interest '{interest}'; choose one of {', '.join(sorted(INTERESTS))}, or leave it out"
        )
    if not wording.strip() or not version.strip():
        raise ValueError("a source needs the exact wording of its consent, and a name for that version")
    values: dict[str, object] = {
        "vendor": vendor,
        "secret": secret,
        "name": name,
        "interest": interest,
        "consent_wording": wording,
        "consent_version": version,
        "double_opt_in": not behind.signed if double_opt_in is None else double_opt_in,
        "mapping": {},
    }
    source_id = sources.add(conn, clinic_id, key, values, now)
    if source_id is None:
        raise ValueError(f"there is a source with the key '{key}' already: choose another")
    return sources.get(conn, source_id)
