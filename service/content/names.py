"""The names that a mail may use: who each belongs to, and whether it may be missing."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.faults import nearest

PERSON = frozenset({"lead", "consent", "appointment"})
LINKS = {
    "book": "/b/{}",
    "unsubscribe": "/u/{}",
    "preferences": "/p/{}",
    "pause": "/z/{}",
    "read": "/r/{}",
    "stay": "/k/{}",
    "confirm": "/c/{}",
    "move": "/v/{}",
    "cancel": "/v/{}",
    "calendar": "/v/{}/calendar.ics",
    "hidden": "/x/{}",
    "answer_price": "/a/{}/price",
    "answer_needles": "/a/{}/needles",
    "answer_time": "/a/{}/time",
    "answer_forme": "/a/{}/forme",
    "answer_other": "/a/{}/other",
}
FIELDS: dict[str, tuple[str, ...]] = {
    "lead": ("first_name", "locale", "clicked_book"),
    "consent": ("date", "wording"),
    "appointment": (
        "day", "time", "ends", "practitioner", "minutes", "zone_words", "moved", "cancelled_by",
    ),
    "clinic": ("name", "address", "city", "phone", "website", "zone_words", "mark_url", "accent"),
    "practitioner": ("name", "title", "face_url"),
    "visit": ("minutes", "name"),
    "links": tuple(LINKS),
}  # fmt: skip
ROWS: dict[str, tuple[str, ...]] = {
    "slots": ("day", "time", "link"),
    "sources": ("publisher", "title", "year", "url"),
}
PLAIN = frozenset({"signature", "service"})
NULLABLE = frozenset({"lead.first_name", "practitioner.face_url", "sources.year", "sources.url"})
TRUTHS = frozenset({"lead.clicked_book", "appointment.moved", "signature", "service"})


@dataclass(frozen=True, slots=True)
class Name:
    """`full` is the name's one spelling ("lead.first_name", "slots.day", "slots"); `rows` a list; `own` a variable of
    the template itself."""

    full: str
    person: bool = False
    nullable: bool = False
    truth: bool = False
    rows: bool = False
    own: bool = False


def look_up(path: list[object], variables: dict[str, str]) -> Name | str:
    """The name behind a dotted path, or the mend when there is none. `variables` are the template's own, each with the
    list it walks ("slots"), or empty."""
    if not all(isinstance(part, str | int) for part in path):
        return "write the name out, without another name in brackets"
    root, rest = str(path[0]), path[1:]
    if root in variables:
        return _own(root, rest, variables[root])
    if root in ROWS:
        return _of_rows(root, rest)
    if root in PLAIN and not rest:
        return Name(root, truth=True)
    if root in FIELDS:
        return _field(root, rest)
    return nearest(root, [*FIELDS, *ROWS, *PLAIN])


def _field(root: str, rest: list[object]) -> Name | str:
    if len(rest) != 1 or rest[0] not in FIELDS[root]:
        return nearest(".".join([root, *map(str, rest)]), [f"{root}.{name}" for name in FIELDS[root]])
    full = f"{root}.{rest[0]}"
    return Name(full, person=root in PERSON, nullable=full in NULLABLE, truth=full in TRUTHS)


def _of_rows(root: str, rest: list[object]) -> Name | str:
    if not rest:
        return Name(root, rows=True)
    if rest == ["size"]:
        return Name(f"{root}.size")
    if rest[0] in {"first", "last"} or isinstance(rest[0], int):
        named = _cell(root, rest[1:])
        return named if isinstance(named, str) else Name(named.full, nullable=True)
    return f"use {root}.size, or walk it with {{% for … in {root} %}}"


def _own(root: str, rest: list[object], walks: str) -> Name | str:
    if not walks:
        return Name(root, own=True)
    if not rest:
        return f"name what of it, such as {root}.{ROWS[walks][0]}"
    return _cell(walks, rest)


def _cell(rows: str, rest: list[object]) -> Name | str:
    if len(rest) != 1 or rest[0] not in ROWS[rows]:
        return nearest(".".join(map(str, rest)), ROWS[rows])
    full = f"{rows}.{rest[0]}"
    return Name(full, nullable=full in NULLABLE, own=True)
