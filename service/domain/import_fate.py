"""What becomes of each row of a list of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.domain.import_row import Person, Refused
from service.domain.lead import ConsentState, Known, Particulars, Zone, additions, another_name


class Fate(StrEnum):
    NEW = "new"
    ADDS = "adds"
    SAME = "same"
    OTHER = "other-name"
    STOPS = "stops"
    STOPPED = "stopped"


FATE_WORDS: Mapping[str, str] = {
    Fate.NEW: "become leads",
    Fate.ADDS: "are leads already; what was missing is added",
    Fate.STOPS: "get no mail from here on: they unsubscribed or complained elsewhere, or the address is dead",
    Fate.SAME: "are leads already; there is nothing to add",
    Fate.OTHER: "are leads already under another name; nothing is changed",
    Fate.STOPPED: "asked to stop here or cannot be reached; that stays, and nothing is changed",
    Refused.NO_ADDRESS: "have no email address",
    Refused.BAD_ADDRESS: "have an address that cannot be right",
    Refused.TWICE: "stand in this file a second time; the first row counts",
    Refused.NO_CONSENT: "say nothing of having agreed to mails",
    Refused.BAD_DATE: "have a date of consent that cannot be read, or that is yet to come",
    Refused.RAGGED: "have more cells than there are headings",
}
ROW_WORDS: Mapping[str, str] = {
    Refused.NO_ADDRESS: "No email address. Add one, or leave the row out.",
    Refused.BAD_ADDRESS: "The email address cannot be right. Look for a typing mistake.",
    Refused.TWICE: "The same address stands further up in this file; that row counts.",
    Refused.NO_CONSENT: "Nothing says that this person agreed to mails. Ask them to sign up on your form.",
    Refused.BAD_DATE: "The date of consent cannot be read, or is yet to come. Write it like 2026-01-31.",
    Refused.RAGGED: "More cells than headings: a comma or a quotation mark is out of place.",
}
CHANGES = (Fate.NEW, Fate.ADDS, Fate.STOPS)
KEPT = (Fate.SAME, Fate.OTHER, Fate.STOPPED)


def is_refused(fate: str) -> bool:
    return fate in ROW_WORDS


@dataclass(frozen=True, slots=True)
class Decided:
    """`changes`: columns of the known lead that are set. `agrees`: a consent is put in the ledger."""

    fate: str
    changes: Mapping[str, object] | None = None
    agrees: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known here of the row's address. `reasons`: the suppressions against it. `minor`: under 18."""

    known: Known | None
    consent: str = ConsentState.NONE
    minor: bool = False
    reasons: Collection[str] = ()


def decide(person: Person, zone: Zone, phone: str | None, standing: Standing) -> Decided:
    """A stop is always heeded and nobody's stop is lifted. What is known stays; gaps are filled. A consent counts where
    none was asked for here before: who was asked to confirm the address still has to. `phone`: as we write it."""
    if person.stop is not None:
        return Decided(Fate.STOPPED if person.stop in standing.reasons else Fate.STOPS)
    if person.fault is not None:
        return Decided(person.fault)
    if standing.reasons or standing.consent == ConsentState.WITHDRAWN:
        return Decided(Fate.STOPPED)
    if standing.known is None:
        return Decided(Fate.NEW, agrees=True)
    if standing.minor:
        return Decided(Fate.SAME)
    told = Particulars(person.first_name, person.last_name, phone, None, None, None, zone, {})
    if another_name(standing.known, told) is not None:
        return Decided(Fate.OTHER)
    changes = additions(standing.known, told)
    agrees = standing.consent == ConsentState.NONE
    return Decided(Fate.ADDS if changes or agrees else Fate.SAME, changes, agrees)
