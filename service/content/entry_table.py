"""What makes a lead enter, as a campaign file spells it."""

from __future__ import annotations

from typing import get_args

from service.content.condition_table import ANSWERS, CLICKS, parse_condition, tag_of
from service.content.faults import nearest
from service.content.span_table import days_of, own_field_of, time_of
from service.content.yaml_scalar import is_slug
from service.content.yaml_table import Table
from service.domain.conditions import Condition
from service.domain.entry import DateEntry, Entered, Entry, Reentry
from service.domain.timing import Delay

ENTRIES: tuple[Entered, ...] = get_args(Entered)
# What goes with each occasion only.
OWN: dict[str, tuple[str, ...]] = {
    "signup": ("interest", "otherwise", "source", "utm"),
    "clicked": ("link",),
    "answered": ("answer",),
    "tag": ("tag",),
    "field": ("field", "value"),
    "segment": ("segment",),
    "date": ("date",),
}
ENTRY_KEYS = ("on", *(key for keys in OWN.values() for key in keys), "only", "never", "again")
UTM_KEYS = ("utm_source", "utm_medium", "utm_campaign")
AGAIN_KEYS = ("after", "each_time")
DATE_KEYS = ("field", "before", "after", "at", "yearly")
LONGEST_GAP, LONGEST_MOVE = 3_650, 366


def entry_of(campaign: Table) -> Entry | None:
    """None when it is noted as wrong."""
    needed = "say what makes a lead enter, such as {on: signup, interest: [back-pain]}"
    row = campaign.table("entry", "entry", needed)
    if row is None:
        return None
    row.only(ENTRY_KEYS)
    word = row.one_of("on", ENTRIES, "say what makes a lead enter, such as on: signup")
    on = next((entered for entered in ENTRIES if entered == word), None)
    if on is None:
        return None
    _strangers(row, on)
    interests, otherwise = _interests(row, on)
    what, value = _what(row, on)
    return Entry(
        on,
        interests=interests,
        otherwise=otherwise,
        sources=frozenset(row.texts("source")),
        utm=_utm(row),
        what=what,
        value=value,
        date=_date(row) if on == "date" else None,
        only=_condition(row, "only"),
        never=_condition(row, "never"),
        reentry=_again(row),
    )


def _strangers(row: Table, on: Entered) -> None:
    for other, keys in OWN.items():
        for key in keys if other != on else ():
            if row.has(key):
                row.wrong(key, f"an entry on {on} with {key}:", f"leave it out: {key}: goes with on: {other}")


def _interests(row: Table, on: Entered) -> tuple[frozenset[str], bool]:
    interests, otherwise = row.texts("interest"), row.flag("otherwise")
    for word in interests:
        if not is_slug(word):
            row.wrong("interest", f"the interest {word!r}", "write small letters and digits, joined by hyphens")
    if interests and otherwise:
        row.wrong("otherwise", "an entry with interest: and otherwise:", "keep one")
    named = any(row.has(key) for key in ("interest", "otherwise", "source", "utm", "only"))
    if on == "signup" and not named:
        row.missing("interest", "add interest: [ … ], or otherwise: true for all that no other campaign takes")
    return frozenset(interests), otherwise


def _what(row: Table, on: Entered) -> tuple[str, str]:
    match on:
        case "clicked":
            return row.one_of("link", CLICKS) or "", ""
        case "answered":
            return row.one_of("answer", ANSWERS) or "", ""
        case "tag":
            return tag_of(row, "tag", "name the tag") or "", ""
        case "field":
            return own_field_of(row, "field", "name the field") or "", row.plain("value") or ""
        case "segment":
            return row.slug("segment", "name the segment by its key") or "", ""
    return "", ""


def _utm(row: Table) -> tuple[tuple[str, str], ...]:
    table = row.table("utm", "utm of the entry")
    if table is None:
        return ()
    table.only(UTM_KEYS)
    if not table.written():
        row.wrong("utm", "utm: of the entry is empty", f"give it one of {', '.join(UTM_KEYS)}, or leave it out")
    pairs = [(name, table.plain(name, "write its value")) for name in UTM_KEYS if table.has(name)]
    return tuple((name, value) for name, value in pairs if value)


def _date(row: Table) -> DateEntry | None:
    table = row.table("date", "date of the entry", "say which, such as {field: birthday, before: 7d}")
    if table is None:
        return None
    table.only(DATE_KEYS)
    if table.has("before") and table.has("after"):
        table.wrong("after", f"{table.where} has before: and after:", "keep one")
    name = own_field_of(table, "field", "name the field that holds the date")
    before = table.has("before")
    days = days_of(table, "before" if before else "after", LONGEST_MOVE, 0) or 0
    minute = time_of(table, "at")
    yearly = table.flag("yearly")
    return DateEntry(name or "", Delay(days=days), before, DateEntry("").minute if minute is None else minute, yearly)


def _condition(row: Table, key: str) -> Condition | None:
    table = row.table(key, f"{key} of the entry")
    return parse_condition(table) if table else None


def _again(row: Table) -> Reentry:
    if not row.has("again"):
        return Reentry()
    if not row.holds_table("again"):
        word = row.text("again")
        if word is not None and word != "never":
            mend = nearest(word, ["never"]) if nearest(word, ["never"]).startswith("did") else _AGAIN
            row.wrong("again", f"'again' is {word!r}", mend)
        return Reentry("never")
    table = row.table("again", "again of the entry")
    if table is None:
        return Reentry()
    table.only(AGAIN_KEYS)
    if table.has("after") == table.has("each_time"):
        table.notes.add(table.line, f"{table.where} has no rule, or two", _AGAIN)
        return Reentry()
    if table.has("after"):
        return Reentry("after", days_of(table, "after", LONGEST_GAP, 0) or 0)
    return Reentry("rematch", days_of(table, "each_time", LONGEST_GAP, 0) or 0)


_AGAIN = "write never, {after: 180d} or {each_time: 30d}"
