"""A step's settings as a form has them, and the acts that a sent form is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.domain.draft_words import kind_of
from service.domain.edit import Act, Change, Insert, Place, Refused, Row, keys, step

Given = Mapping[str, str]
WHENS = {
    "clicked:book": "opened the booking page",
    "clicked:read": "clicked a link to read",
    "did:answered": "said what holds them back",
    "did:replied": "replied to a mail",
    "did:booked": "booked a visit",
    "tag": "has the tag…",
}
_USUAL: dict[str, dict[str, Any]] = {
    "branch": {
        "branch": {
            "within": "3d",
            "arms": [{"label": "Opened the booking page", "when": {"clicked": "book"}, "steps": []}],
            "otherwise": {"label": "Did not", "steps": []},
        }
    },
    "split": {"split": {"variants": [{"label": label, "share": 50, "steps": []} for label in "AB"]}},
    "end": {"end": True},
    "score": {"score": 5},
    "set": {"set": {"field": "field", "to": "value"}},
    "tell": {"tell": "Call this person", "as": "call"},
}
_SPAN = re.compile(r"([0-9]+)([dhm])")
_PLAIN = ("tag", "untag", "tell", "forget", "call_hook", "enter", "leave", "jump")


def place_of(word: str) -> Place:
    """after:KEY, in:FORK:WAY or start. Raises Refused."""
    match word.split(":"):
        case ["start"]:
            return Place()
        case ["after", key]:
            return Place(after=key)
        case ["in", fork, way] if way.isdecimal():
            return Place(fork=fork, way=int(way))
    raise Refused("There is no such place in the series. Choose one again.")


def span_of(row: Row, setting: str) -> tuple[str, str]:
    """Number and unit of a simple length; a number of "" where it is none."""
    found = _SPAN.fullmatch(str(row.get(setting) or ""))
    return (found[1], found[2]) if found else ("", "d")


def when_of(arm: Row) -> tuple[str, str]:
    """Which of WHENS an arm asks, and its tag; "" for a condition that only its text shows."""
    when = arm.get("when")
    if isinstance(when, Mapping) and len(when) == 1:
        kind, value = next(iter(when.items()))
        if kind == "tag":
            return "tag", str(value)
        if f"{kind}:{value}" in WHENS:
            return f"{kind}:{value}", ""
    return "", ""


def new_step(document: Row, kind: str, place: Place, given: Given) -> Insert:
    """A step of this kind with the settings that a form gives, or with usual ones. Raises Refused."""
    if kind == "mail":
        body: dict[str, Any] = {"mail": given.get("mail", "")}
        body |= {"delay": span} if (span := _span(given, "delay")) else {}
    elif kind == "wait":
        body = {"wait": _span(given, "wait") or "2d"}
    elif kind in _USUAL:
        body = {**_USUAL[kind]}
    elif kind in _PLAIN:
        body = {kind: given.get("value", "").strip() or kind.replace("_", "-")}
    else:
        raise Refused("There is no such kind of step. Choose one again.")
    stem = str(body[kind]) if kind == "mail" else kind.replace("_", "-")
    return Insert({"key": _free(stem, set(keys(document))), **body}, place)


def settings_acts(document: Row, key: str, given: Given) -> list[Act]:
    """What a step's form changes. Raises Refused."""
    row = step(document, key)
    kind = kind_of(row)
    match kind:
        case "mail":
            pairs = dict(_mail(row, given))
        case "wait" if not isinstance(row["wait"], Mapping):
            pairs = {"wait": _span(given, "wait") or _refuse("Write how long to wait, such as 2 days.")}
        case "branch" | "split":
            pairs = {kind: _fork(row, kind, given)}
        case "score":
            pairs = {"score": _number(given, "value", -1000, 1000)}
        case "set":
            pairs = {"set": {"field": given.get("field", "").strip(), "to": given.get("value", "").strip()}}
        case _ if kind in _PLAIN:
            pairs = {kind: given.get("value", "").strip() or _refuse("Write something here; it cannot be empty.")}
            if kind == "tell" and given.get("as") in ("call", "note"):
                pairs["as"] = given["as"]
        case _:
            pairs = {}
    return [Change(key, setting, value) for setting, value in pairs.items() if row.get(setting) != value]


def fork_act(document: Row, key: str, deed: str, way: int) -> Act:
    """One way more, or the empty way `way` less. Raises Refused."""
    row = step(document, key)
    kind = kind_of(row)
    listed = "arms" if kind == "branch" else "variants"
    inside = (
        dict(row.get(kind) or {}) if kind in ("branch", "split") else _refuse("Only a question or a split has ways.")
    )
    told = list(inside.get(listed) or [])
    if deed == "more":
        fresh: dict[str, Any] = {"label": f"Way {len(told) + 1}"}
        fresh |= {"when": {"tag": "vip"}} if kind == "branch" else {"share": 50}
        told.append({**fresh, "steps": []})
    elif not 0 <= way < len(told) or len(told) == 1:
        raise Refused("The last way cannot be taken out. Delete the whole step instead.")
    elif told[way].get("steps"):
        raise Refused("There are steps on this way. Move or delete them first.")
    else:
        del told[way]
    return Change(key, kind, {**inside, listed: told})


def _mail(row: Row, given: Given) -> Iterator[tuple[str, Any]]:
    yield "mail", given.get("mail") or row["mail"]
    if "delay_number" in given:
        yield "delay", _span(given, "delay")
        yield "at_once", True if given.get("at_once") else None
        yield "slots", "required" if given.get("slots") else None
        if not given.get("slots"):
            yield "without_slots", None


def _fork(row: Row, kind: str, given: Given) -> Row:
    inside = dict(row[kind])
    listed = "arms" if kind == "branch" else "variants"
    inside[listed] = [_way(dict(way), place, given) for place, way in enumerate(inside.get(listed) or [])]
    if kind == "split":
        held = _number(given, "holdout", 0, 99) if given.get("holdout") else 0
        inside.pop("holdout", None)
        return {**({"holdout": held} if held else {}), **inside}
    span = _span(given, "within")
    inside.pop("within", None)
    if isinstance(inside.get("otherwise"), Mapping):
        inside["otherwise"] = {**inside["otherwise"], "label": given.get("otherwise", "").strip() or "Otherwise"}
    return {**({"within": span} if span else {}), **inside}


def _way(way: dict[str, Any], place: int, given: Given) -> dict[str, Any]:
    way["label"] = given.get(f"label-{place}", "").strip() or way.get("label", "")
    if f"share-{place}" in given:
        way["share"] = _number(given, f"share-{place}", 0, 100)
    kind, _, value = given.get(f"when-{place}", "").partition(":")
    if kind == "tag":
        way["when"] = {"tag": given.get(f"tag-{place}", "").strip() or "vip"}
    elif f"{kind}:{value}" in WHENS:
        way["when"] = {kind: value}
    return way


def _span(given: Given, name: str) -> str | None:
    """None for no length."""
    number, unit = given.get(f"{name}_number", "").strip(), given.get(f"{name}_unit", "d")
    if number in ("", "0"):
        return None
    if not number.isascii() or not number.isdecimal() or int(number) > 365 or unit not in ("d", "h", "m"):
        raise Refused("Write a whole number up to 365, and choose days, hours or minutes.")
    return f"{int(number)}{unit}"


def _number(given: Given, name: str, least: int, most: int) -> int:
    try:
        number = int(given.get(name, ""))
    except ValueError:
        number = most + 1
    return number if least <= number <= most else _refuse(f"Write a whole number from {least} to {most}.")


def _refuse(words: str) -> Any:
    raise Refused(words)


def _free(stem: str, taken: set[str]) -> str:
    number, key = 2, stem
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key
