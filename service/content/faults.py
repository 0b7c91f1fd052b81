"""What is wrong with a file, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`line` counts from 1; 0 means the file as a whole. `topic`: the check of a mail that found it, where one did."""

    file: str
    line: int
    what: str
    mend: str
    topic: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}; {self.mend}"


class Faults(ValueError):
    """A file is refused. `faults` holds every reason found, in the file's order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def nearest(word: str, known: Iterable[str]) -> str:
    """The mend for a misspelt word: "did you mean 'delay'?", else the list of what there is."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(names)}"
