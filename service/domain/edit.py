"""Changing a campaign's file: each change is a named act, and each act gives a new file or a plain refusal.

The file is held as it is spelled (tables, lists, words), not as a definition: a draft may be faulty between two acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Rows = list[Any]


class Refused(ValueError):
    """The act cannot be done; its words say why, for a person to read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Right after the step `after`; else first in way number `way` of `fork`; else first in the series."""

    after: str | None = None
    fork: str | None = None
    way: int = 0


@dataclass(frozen=True, slots=True)
class Insert:
    row: Row
    place: Place


@dataclass(frozen=True, slots=True)
class Move:
    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Remove:
    key: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The copy stands right after it; its steps have keys of their own."""

    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of a step, or of the whole series where `key` is None; a `value` of None takes it out."""

    key: str | None
    setting: str
    value: Any


Act = Insert | Move | Remove | Duplicate | Change


def apply(document: Row, act: Act) -> Row:
    """The file after the act; the one given stays as it is. Raises Refused."""
    match act:
        case Insert(row, place):
            taken = keys(document)
            if twice := sorted(set(_keys_of([row])) & set(taken)):
                raise Refused(f"There is already a step called {twice[0]}. Give the new one another key.")
            return _put(document, row, place)
        case Move(key, place):
            row = step(document, key)
            inside = set(_keys_of([row]))
            if place.after in inside or place.fork in inside:
                raise Refused("A step cannot be moved into itself.")
            return _put(_at(document, key, lambda _row: []), row, place)
        case Remove(key):
            step(document, key)
            return _at(document, key, lambda _row: [])
        case Duplicate(key):
            copy = _renamed(step(document, key), set(keys(document)))
            return _put(document, copy, Place(after=key))
        case Change(None, setting, value):
            return _set(document, setting, value)
        case Change(str() as key, setting, value):
            if setting == "key":
                raise Refused("A step's key never changes: people stand on it.")
            step(document, key)
            return _at(document, key, lambda row: [_set(row, setting, value)])
    raise Refused("There is no such change.")


def keys(document: Row) -> list[str]:
    """Every step's key, in the file's order."""
    return list(_keys_of(document.get("steps") or []))


def step(document: Row, key: str) -> Row:
    """Raises Refused."""
    found = next((row for row in _all(document.get("steps") or []) if row.get("key") == key), None)
    if found is None:
        raise Refused(f"There is no step {key} any more. Look at the series again.")
    return found


def ways(row: Row) -> list[Row]:
    """A fork's ways in their order, the one for everybody else last; none for another step."""
    branch, split = row.get("branch"), row.get("split")
    if isinstance(branch, Mapping):
        other = branch.get("otherwise")
        return [*_tables(branch.get("arms")), *([other] if isinstance(other, Mapping) else [])]
    return _tables(split.get("variants")) if isinstance(split, Mapping) else []


def _tables(value: Any) -> list[Row]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _all(rows: Any) -> Iterator[Row]:
    for row in _tables(rows):
        yield row
        for way in ways(row):
            yield from _all(way.get("steps"))


def _keys_of(rows: Rows) -> Iterator[str]:
    return (str(row["key"]) for row in _all(rows) if "key" in row)


def _put(document: Row, row: Row, place: Place) -> Row:
    if place.after is not None:
        step(document, place.after)
        return _at(document, place.after, lambda found: [found, row])
    if place.fork is None:
        return {**document, "steps": [row, *(document.get("steps") or [])]}
    if not 0 <= place.way < len(ways(step(document, place.fork))):
        raise Refused("There is no such way here any more. Look at the series again.")
    chosen = ways(step(document, place.fork))[place.way]
    opened = {**chosen, "steps": [row, *(chosen.get("steps") or [])]}
    return _at(document, place.fork, lambda fork: [_with_way(fork, place.way, opened)])


def _with_way(fork: Row, number: int, way: Row) -> Row:
    told = [way if place == number else each for place, each in enumerate(ways(fork))]
    return _with_ways(fork, told)


def _with_ways(fork: Row, told: list[Row]) -> Row:
    branch = fork.get("branch")
    if isinstance(branch, Mapping):
        arms = len(_tables(branch.get("arms")))
        last = {"otherwise": told[arms]} if len(told) > arms else {}
        return {**fork, "branch": {**branch, **({"arms": told[:arms]} if "arms" in branch else {}), **last}}
    return {**fork, "split": {**fork["split"], "variants": told}}


def _at(document: Row, key: str, change: Callable[[Row], Rows]) -> Row:
    return {**document, "steps": _rows_at(document.get("steps"), key, change)}


def _rows_at(rows: Any, key: str, change: Callable[[Row], Rows]) -> Rows:
    found: Rows = []
    for row in rows or []:
        if not isinstance(row, Mapping):
            found.append(row)
        elif row.get("key") == key:
            found += change(row)
        elif told := ways(row):
            found.append(_with_ways(row, [_way_at(way, key, change) for way in told]))
        else:
            found.append(row)
    return found


def _way_at(way: Row, key: str, change: Callable[[Row], Rows]) -> Row:
    return {**way, "steps": _rows_at(way["steps"], key, change)} if way.get("steps") else way


def _set(row: Row, setting: str, value: Any) -> Row:
    if value is None:
        return {name: each for name, each in row.items() if name != setting}
    return {**row, setting: value}


def _renamed(row: Row, taken: set[str]) -> Row:
    copy = {**row, "key": _free(str(row.get("key", "step")), taken)}
    taken.add(copy["key"])
    told: Rows = [{**way, "steps": [_renamed(each, taken) for each in _tables(way.get("steps"))]} for way in ways(row)]
    return _with_ways(copy, told) if told else copy


def _free(key: str, taken: set[str]) -> str:
    number = 2
    while f"{key}-{number}" in taken:
        number += 1
    return f"{key}-{number}"
