"""Sources: a new wording is a new version, a secret is shown to a named person, a source is switched off and on."""

from __future__ import annotations

from service.domain.words import date_key
from service.storage import audits, sources
from service.storage.clinics import ClinicRow
from service.storage.sources import SourceRow
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST = 2_000


class NoSource(Exception):
    """This clinic has none of that id."""


def change_wording(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, wording: str) -> str:
    """People who agreed to an older wording keep their receipt. Gives the new version's name, or the present one when
    nothing changed. Raises NoSource, ValueError."""
    text = "\n".join(line.strip() for line in wording.strip().splitlines())
    if not text or len(text) > LONGEST:
        raise ValueError(f"Write what people agree to, in at most {LONGEST} characters.")
    now = kit.clock()
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        if text == row.consent_wording:
            return row.consent_version
        version = _next_version(row.consent_version, date_key(now, clinic.zone))
        sources.change(conn, source_id, {"consent_wording": text, "consent_version": version})
        data = {"from": row.consent_version, "to": version}
        audits.record(conn, clinic.id, user.id, now, "consent wording changed", str(source_id), data)
    return version


def reveal_secret(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int) -> str:
    """The secret, and a line in the audit that this person saw it. Raises NoSource."""
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        audits.record(conn, clinic.id, user.id, kit.clock(), "secret seen", str(source_id), {})
    return row.secret or ""


def switch_source(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, on: bool) -> None:
    """Off: its posts get the answer that there is no such source. Raises NoSource."""
    now = kit.clock()
    with kit.db.write() as conn:
        _of_clinic(sources.find(conn, source_id), clinic)
        sources.change(conn, source_id, {"disabled_at": None if on else now})
        audits.record(conn, clinic.id, user.id, now, f"source switched {'on' if on else 'off'}", str(source_id), {})


def _next_version(present: str, today: str) -> str:
    """Named by the day; a second one on the same day gets a number."""
    if not present.startswith(today):
        return today
    number = present.removeprefix(today).lstrip("-")
    return f"{today}-{int(number) + 1 if number.isdecimal() else 2}"


def _of_clinic(row: SourceRow | None, clinic: ClinicRow) -> SourceRow:
    if row is None or row.clinic_id != clinic.id:
        raise NoSource
    return row
