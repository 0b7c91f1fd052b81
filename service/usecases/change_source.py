"""Sources: one is added, a new wording is a new version, a secret is shown to a named person, one is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.language import FIRST
from service.domain.signup import INTERESTS
from service.domain.sites import read_sites
from service.domain.words import date_key
from service.sources import VENDORS, vendor_of
from service.storage import audits, sources
from service.storage.clinics import ClinicRow
from service.storage.sources import SourceRow
from service.storage.users import UserRow
from service.usecases.add_source import add_source
from service.usecases.consent_words import spanish_consent
from service.usecases.create_owner import new_secret
from service.usecases.kit import Kit

LONGEST, LONGEST_NAME = 2_000, 80
KINDS = tuple(VENDORS)


@dataclass(frozen=True, slots=True)
class Opened:
    """`faults` by field: then nothing was added and `source` is None."""

    source: SourceRow | None = None
    faults: dict[str, str] = field(default_factory=dict)


class NoSource(Exception):
    """This clinic has none of that id."""


def open_source(kit: Kit, user: UserRow, given: Mapping[str, str]) -> Opened:
    """`given`: vendor (one of KINDS), name, interest or nothing, and a secret; a signed post without one gets a new
    one."""
    vendor, name = given.get("vendor", ""), " ".join(given.get("name", "").split())
    interest = given.get("interest") or None
    faults: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        faults["name"] = f"Give it a name of at most {LONGEST_NAME} characters, for you and your colleagues."
    if interest is not None and interest not in INTERESTS:
        faults["interest"] = "Choose one of the list."
    if vendor not in KINDS:
        return Opened(faults={**faults, "vendor": "Choose one of the list."})
    secret = None if vendor == "hosted" else given.get("secret", "").strip() or None
    if secret is None and vendor == "standard":
        secret = new_secret()
    fault = vendor_of(vendor).secret_fault(secret) if secret is not None else None
    if fault is not None:
        faults["secret"] = f"{fault[:1].upper()}{fault[1:]}."
    if faults:
        return Opened(faults=faults)
    now = kit.clock()
    with kit.db.write() as conn:
        if vendor == "hosted" and any(row.vendor == vendor for row in sources.of_clinic(conn, user.clinic_id)):
            return Opened(faults={"vendor": "Your own form stands above already: there is one, at one address."})
        row = add_source(
            conn,
            clinic_id=user.clinic_id,
            vendor=vendor,
            name=name,
            now=now,
            secret=secret,
            interest=interest,
            secret_later=True,
        )
        audits.record(conn, user.clinic_id, user.id, now, "source added", str(row.id), {"vendor": vendor})
    return Opened(row)


def change_wording(
    kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, wording: str, language: str = FIRST
) -> str:
    """People who agreed to an older wording keep their receipt. Gives the new version's name, or the present one when
    nothing changed. Raises NoSource, ValueError."""
    text = "\n".join(line.strip() for line in wording.strip().splitlines())
    if not text or len(text) > LONGEST:
        raise ValueError(f"Write what people agree to, in at most {LONGEST} characters.")
    now = kit.clock()
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        stands, named = row.consent_wording, row.consent_version
        if language != FIRST:
            stands, named = spanish_consent(row) or ("", "")
        if text == stands:
            return named
        version = _next_version(named.removesuffix("-es"), date_key(now, clinic.zone))
        if language == FIRST:
            changes = {"consent_wording": text, "consent_version": version}
        else:
            version = f"{version}-es"
            changes = {"consent_wording_es": text, "consent_version_es": version}
        sources.change(conn, source_id, changes)
        data = {"from": named, "to": version}
        audits.record(conn, clinic.id, user.id, now, "consent wording changed", str(source_id), data)
    return version


def give_secret(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, secret: str) -> None:
    """From now on posts are held to this secret. Raises NoSource, ValueError."""
    given = secret.strip()
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        fault = vendor_of(row.vendor).secret_fault(given)
        if not given or fault is not None:
            words = fault or "paste the secret that the form tool shows"
            raise ValueError(f"{words[:1].upper()}{words[1:]}.")
        sources.change(conn, source_id, {"secret": given})
        audits.record(conn, clinic.id, user.id, kit.clock(), "form secret changed", str(source_id), {})


def change_sites(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, typed: str) -> tuple[str, ...]:
    """Which websites may show the clinic's own form; nothing typed: its own website alone. Raises NoSource,
    ValueError."""
    sites = read_sites(typed)
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        if row.vendor != "hosted":
            raise NoSource
        if row.sites != " ".join(sites):
            sources.change(conn, source_id, {"sites": " ".join(sites)})
            data = {"from": row.sites, "to": " ".join(sites)}
            audits.record(conn, clinic.id, user.id, kit.clock(), "form’s websites changed", str(source_id), data)
    return sites


def reveal_secret(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int) -> str:
    """The secret, and a line in the audit that this person saw it. Raises NoSource."""
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        audits.record(conn, clinic.id, user.id, kit.clock(), "secret seen", str(source_id), {})
    return row.secret or ""


def switch_source(kit: Kit, user: UserRow, clinic: ClinicRow, source_id: int, on: bool) -> SourceRow:
    """Off: its posts get the answer that there is no such source. Gives it as it was. Raises NoSource."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = _of_clinic(sources.find(conn, source_id), clinic)
        if (row.disabled_at is None) != on:
            sources.change(conn, source_id, {"disabled_at": None if on else now})
            audits.record(conn, clinic.id, user.id, now, f"source switched {'on' if on else 'off'}", str(source_id), {})
    return row


def _next_version(present: str, today: str) -> str:
    """Named by the day; a second one on the same day gets a number."""
    if not present.startswith(today):
        return today
    number = present.removeprefix(today).lstrip("-")
    return f"{today}-{int(number) + 1 if number.isdecimal() else 2}"


def _of_clinic(row: SourceRow | None, clinic: ClinicRow) -> SourceRow:
    if row is None or row.clinic_id != clinic.id or row.vendor == sources.LIST:
        raise NoSource
    return row
