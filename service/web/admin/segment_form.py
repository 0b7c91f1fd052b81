"""A segment's form: the rows that were posted, and what each row may ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from service.content.condition_table import ANSWERS, CLICKS
from service.domain import words
from service.domain.condition_groups import MOST_GROUPS
from service.domain.condition_rows import DEED, DEEDS, FIELD, How, Row
from service.domain.condition_words import deed_words, field_words
from service.domain.conditions import BUILT_IN
from service.usecases.write_segment import Typed

MOST_ROWS = 30
NAMED = frozenset({"interest", "first_name", "last_name", "phone"})  # asked by a fact of its own, or of no use
Group = tuple[str, list[tuple[str, str]]]
HOWS = (
    ("yes", "is, has, did"),
    ("no", "is not, has not, did not"),
    ("contains", "contains"),
    ("at-least", "is at least"),
    ("at-most", "is at most"),
    ("known", "is known"),
    ("unknown", "is not known"),
)
EXAMPLES: Mapping[str, tuple[str, Typed]] = {
    "asked": (
        "They opened the booking page and came to nothing: a call, or a letter with open times, is worth most here.",
        Typed(
            "Clicked Book in the last 14 days, no visit yet",
            "all",
            (Row(f"{DEED}clicked:book", "yes", "", "14"), Row(f"{DEED}booked", "no")),
        ),
    ),
    "worried": (
        "They told us that the price or the needles hold them back. One honest page answers both.",
        Typed(
            "Held back by the price or the needles",
            "any",
            (Row(f"{DEED}answered:price"), Row(f"{DEED}answered:needles")),
        ),
    ),
    "back": (
        "They came once, longer ago than three months. A friendly word brings some of them back.",
        Typed(
            "Came, but not in the last 90 days",
            "all",
            (Row(f"{DEED}attended"), Row(f"{DEED}attended", "no", "", "90")),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """The rows outside of any group (number 0), or those of one. Each row with its place in the whole form."""

    number: int
    join: How
    rows: list[tuple[int, Row]]


def typed_of(form: MultiDict[str, str]) -> Typed:
    joins = tuple(_how(form.get(f"join-{number}")) for number in range(1, _groups(form) + 1))
    cells = [form.getlist(name)[:MOST_ROWS] for name in ("fact", "how", "value", "days", "part")]
    cells[4] += ["0"] * (len(cells[0]) - len(cells[4]))  # a form without groups need not say so
    rows = tuple(
        Row(fact[:400], how[:400], value[:400], days[:400], _part(part, len(joins)))
        for fact, how, value, days, part in zip(*cells, strict=False)
    )
    return Typed(form.get("name", "")[:200], _how(form.get("join")), rows, joins)


def parts(typed: Typed, rows: Sequence[Row]) -> list[Part]:
    """The form's rows as they stand one below the other."""
    joins = (typed.how, *typed.joins)
    placed = list(enumerate(rows))
    return [
        Part(number, join, [each for each in placed if each[1].part == number]) for number, join in enumerate(joins)
    ]


def _part(text: str, groups: int) -> int:
    """A group that the form does not have is none."""
    return next((number for number in range(1, groups + 1) if text == str(number)), 0)


def _groups(form: MultiDict[str, str]) -> int:
    return next((number for number in range(MOST_GROUPS) if f"join-{number + 1}" not in form), MOST_GROUPS)


def _how(text: str | None) -> How:
    return "any" if text == "any" else "none" if text == "none" else "all"


def facts(own_fields: Sequence[str], rows: Collection[Row]) -> list[Group]:
    """What a row may ask, in groups. What a row asks already is among it, though nobody has it any more."""
    deeds = [(f"{DEED}clicked:{link}", deed_words("clicked", link)) for link in CLICKS]
    deeds += [(f"{DEED}answered:{answer}", deed_words("answered", answer)) for answer in ANSWERS]
    deeds += [(f"{DEED}{deed}", deed_words(deed)) for deed in DEEDS]
    said = [("interest", "Interest"), ("confirmed", "Has confirmed the address")]
    said += [(FIELD + name, _capital(field_words(name))) for name in BUILT_IN if name not in NAMED]
    ours = [("tag", "Tag"), ("score", "Score")] + [(FIELD + name, _capital(field_words(name))) for name in own_fields]
    known = {key for key, _ in (*deeds, *said, *ours)}
    more = sorted({row.fact for row in rows if row.fact and row.fact not in known})
    other = [(key, _fact_words(key)) for key in more]
    groups = [("What they did", deeds), ("What they told us", said), ("What we know", ours), ("As it stands", other)]
    return [(name, listed) for name, listed in groups if listed]


def values(tags: Sequence[str], sources: Sequence[str]) -> dict[str, list[str]]:
    """What a value may be completed to, by the fact; `any` where the page works without a script."""
    known = {
        "interest": [*words.INTERESTS],
        "tag": [*tags],
        f"{FIELD}interest": [*words.INTERESTS],
        f"{FIELD}source": [*sources],
        f"{FIELD}locale": ["en", "es"],
        f"{FIELD}consent": ["given", "pending", "withdrawn", "none"],
    }
    return {"any": [*words.INTERESTS, *tags], **{fact: listed for fact, listed in known.items() if listed}}


def _fact_words(fact: str) -> str:
    if fact.startswith(DEED):
        deed, _, link = fact.removeprefix(DEED).partition(":")
        return deed_words(deed, link or None)
    return _capital(field_words(fact.removeprefix(FIELD)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
