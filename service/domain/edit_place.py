"""Where a step may stand, and where one step up or down of it is: for hands that do not drag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.domain.edit import Place, Refused, Row, step, ways


@dataclass(frozen=True, slots=True)
class Stand:
    """A step's neighbours: the `row` it is, those `before` and `behind` it in its way, and the `fork` and `way` that
    it stands in, None in the series itself."""

    row: Row
    before: tuple[Row, ...]
    behind: tuple[Row, ...]
    fork: Row | None
    way: int


def stands(document: Row) -> Iterator[Stand]:
    """Every step's, in the file's order."""
    return _stands(document.get("steps"), None, 0)


def up(document: Row, key: str) -> Place:
    """Before the step above; the first of a way comes out above its fork. Raises Refused."""
    found = _stand(document, key)
    if found.before:
        return _behind(found, found.before[:-1])
    if found.fork is None:
        raise Refused("This step stands first already.")
    outer = _stand(document, str(found.fork["key"]))
    return _behind(outer, outer.before)


def down(document: Row, key: str) -> Place:
    """Behind the step below; the last of a way comes out below its fork. Raises Refused."""
    found = _stand(document, key)
    if found.behind:
        return Place(after=str(found.behind[0]["key"]))
    if found.fork is None:
        raise Refused("This step stands last already.")
    return Place(after=str(found.fork["key"]))


def _behind(found: Stand, before: tuple[Row, ...]) -> Place:
    if before:
        return Place(after=str(before[-1]["key"]))
    return Place() if found.fork is None else Place(fork=str(found.fork["key"]), way=found.way)


def _stand(document: Row, key: str) -> Stand:
    step(document, key)
    return next(each for each in stands(document) if each.row.get("key") == key)


def _stands(rows: Any, fork: Row | None, way: int) -> Iterator[Stand]:
    told = tuple(row for row in rows or () if hasattr(row, "get") and "key" in row)
    for at, row in enumerate(told):
        yield Stand(row, told[:at], told[at + 1 :], fork, way)
        for number, each in enumerate(ways(row)):
            yield from _stands(each.get("steps"), row, number)
