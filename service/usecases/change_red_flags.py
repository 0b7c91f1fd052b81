"""The words of an emergency that a clinic looks for, a list a language."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.domain.red_flags import SHIPPED, lines_of
from service.storage import audits, clinics
from service.storage.users import UserRow
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Changed:
    """`faults`: by language and line of the list, from 1; with one, nothing was kept."""

    languages: tuple[str, ...] = ()
    faults: dict[str, dict[int, str]] = field(default_factory=dict)


def change_red_flags(kit: Kit, user: UserRow, texts: dict[str, str]) -> Changed:
    """`texts` by language. A list as it is shipped is none of the clinic's own: it follows ours from then on."""
    read = {language: lines_of(text) for language, text in texts.items() if language in SHIPPED}
    faults = {language: wrong for language, (_, wrong) in read.items() if wrong}
    if faults:
        return Changed(faults=faults)
    now = kit.clock()
    with kit.db.write() as conn:
        row = clinics.get(conn, user.clinic_id)
        before = {"en": row.red_flags_en, "es": row.red_flags_es}
        wanted = {name: None if tidy == lines_of(SHIPPED[name])[0] else tidy for name, (tidy, _) in read.items()}
        changed = {name: text for name, text in wanted.items() if text != before[name]}
        if changed:
            clinics.change(conn, row.id, {f"red_flags_{name}": text for name, text in changed.items()})
            audits.record(
                conn, row.id, user.id, now, "words of an emergency changed", "", {"languages": sorted(changed)}
            )
    return Changed(tuple(sorted(changed)))
