"""The columns of the list of people: which there are, and which somebody sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

FIELD = "field:"  # before the name of a field of the clinic's own
COLUMNS: Mapping[str, str] = {
    "stage": "Stage",
    "score": "Score",
    "source": "Source",
    "signed-up": "Signed up",
    "last": "Last event",
    "next": "Next step due",
    "phone": "Phone",
    "language": "Language",
    "consent": "Consent to mails",
}
USUAL = ("stage", "score", "source", "signed-up", "last", "next")
MOST = 9


def chosen(kept: Sequence[str] | None, own: Iterable[str]) -> list[str]:
    """What somebody chose, in the order of all columns; what is usual where they never chose. The stage always stands.
    A field that nobody has any more is left out."""
    wanted = set(USUAL if kept is None else kept) | {"stage"}
    every = [*COLUMNS, *(FIELD + name for name in own)]
    return [column for column in every if column in wanted][:MOST]


def titles(own: Iterable[str]) -> dict[str, str]:
    """Every column there is, as it is headed."""
    return {**COLUMNS, **{FIELD + name: name for name in own}}
