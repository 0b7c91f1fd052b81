"""YAML read strictly: every key known, every value of its kind, every fault with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.tokens import AliasToken

from service.content.faults import Fault, Faults, nearest
from service.content.yaml_loader import ODD, loader
from service.content.yaml_scalar import is_slug, unwritable
from service.content.yaml_scalar import plain as plain_of

__all__ = ["LARGEST", "Notes", "Table", "is_slug", "read_table"]
LARGEST = 100_000


@dataclass(slots=True)
class Notes:
    """Collects the faults of one file. `above` is how many lines stand before the text that is read."""

    file: str
    above: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, line: int, what: str, mend: str) -> None:
        self.faults.append(Fault(self.file, line + self.above if line else 0, what, mend))

    def settle(self) -> None:
        """Raises Faults when there are any."""
        if self.faults:
            raise Faults(self.faults)


class Table:
    """One mapping of the file. Reading a key marks it as known; a value of the wrong kind is noted and read as None."""

    def __init__(self, content: CommentedMap, notes: Notes, where: str) -> None:
        self._content, self.notes, self.where = content, notes, where

    @property
    def line(self) -> int:
        return int(self._content.lc.line) + 1

    def line_of(self, key: str) -> int:
        place = (self._content.lc.data or {}).get(key)
        return int(place[0]) + 1 if place else self.line

    @property
    def content(self) -> CommentedMap:
        """As it was read, nothing checked."""
        return self._content

    def has(self, key: str) -> bool:
        return key in self._content

    def written(self) -> list[str]:
        """The keys as they stand, known or not."""
        return [str(key) for key in self._content]

    def only(self, known: Collection[str]) -> None:
        """Notes every key that is not among the known."""
        for key in self._content:
            if key not in known:
                mend = nearest(str(key), known)
                self.notes.add(self.line_of(key), f"unknown key {str(key)!r} in {self.where}", mend)

    def wrong(self, key: str, what: str, mend: str) -> None:
        self.notes.add(self.line_of(key), what, mend)

    def missing(self, key: str, mend: str) -> None:
        self.notes.add(self.line, f"{self.where} has no {key!r}", mend)

    def _of(self, key: str, kind: type, words: str, needed: str) -> Any:
        value = self._content.get(key)
        if value is None:
            if needed or key in self._content:
                self.missing(key, needed or f"give it {words}, or leave the key out")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(key, f"{key!r} in {self.where} is not {words}", f"write {words}")
            return None
        return value

    def text(self, key: str, needed: str = "") -> str | None:
        """A text that is not blank. `needed` is the mend when it is missing; empty: it may be left out."""
        value = self._of(key, str, "a text", needed)
        if value is not None and not value.strip():
            self.wrong(key, f"{key!r} in {self.where} is empty", "write a text")
            return None
        if value is not None and unwritable(value):
            self.wrong(key, f"{key!r} in {self.where} holds a control character", "take it out")
            return None
        return None if value is None else str(value)

    def slug(self, key: str, needed: str = "") -> str | None:
        """A permanent key: small letters and digits, joined by hyphens."""
        value = self.text(key, needed)
        if value is not None and not is_slug(value):
            self.wrong(key, f"{key!r} is {value!r}", "write small letters and digits, joined by hyphens")
            return None
        return value

    def one_of(self, key: str, known: Collection[str], needed: str = "") -> str | None:
        value = self.text(key, needed)
        if value is not None and value not in known:
            self.wrong(key, f"{key!r} in {self.where} is {value!r}", nearest(value, known))
            return None
        return value

    def flag(self, key: str) -> bool:
        return bool(self._of(key, bool, "true or false", ""))

    def whole(self, key: str, least: int, most: int) -> int | None:
        value = self._of(key, int, f"a whole number from {least} to {most}", "")
        if value is not None and not least <= value <= most:
            self.wrong(key, f"{key!r} is {value}", f"write a whole number from {least} to {most}")
            return None
        return None if value is None else int(value)

    def number(self, key: str, least: float, most: float, needed: str = "") -> float | None:
        words = f"a number from {least:g} to {most:g}"
        value = self._content.get(key)
        if value is None or isinstance(value, bool) or not isinstance(value, int | float):
            self._of(key, float, words, needed)
            return None
        if not (isfinite(value) and least <= value <= most):
            self.wrong(key, f"{key!r} is {value}", f"write {words}")
            return None
        return float(value)

    def plain(self, key: str, needed: str = "") -> str | None:
        """A text, or a number or a date as the text that it stands for."""
        value = self._content.get(key)
        return self.text(key, needed) if value is None or plain_of(value) is None else plain_of(value)

    def holds_table(self, key: str) -> bool:
        return isinstance(self._content.get(key), CommentedMap)

    def table(self, key: str, where: str, needed: str = "") -> Table | None:
        value = self._of(key, CommentedMap, "a mapping (key: value)", needed)
        return None if value is None else Table(value, self.notes, where)

    def tables(self, key: str, where: str, needed: str = "") -> Iterator[Table]:
        """The mappings of a list; `where` is followed by their number."""
        for number, row in enumerate(self._of(key, CommentedSeq, "a list", needed) or (), 1):
            if isinstance(row, CommentedMap):
                yield Table(row, self.notes, f"{where} {number}")
            else:
                self.wrong(key, f"{where} {number} is not a mapping", "write it as {key: value, …}")

    def texts(self, key: str, needed: str = "") -> list[str]:
        """The texts of a list, which may not be empty."""
        rows = self._of(key, CommentedSeq, "a list", needed)
        if rows is None:
            return []
        if not rows or not all(plain_of(row) for row in rows):
            self.wrong(key, f"{key!r} in {self.where} is not a list of words", "write it as [one, two]")
            return []
        return [plain_of(row) or "" for row in rows]


def read_table(text: str, notes: Notes, where: str) -> Table:
    """The file's outermost mapping. Raises Faults when it is no YAML, no mapping, too long, or uses aliases."""
    if len(text) > LARGEST:
        notes.add(1, f"{where} is longer than {LARGEST} characters", "split it")
        notes.settle()
    content = None
    try:
        for token in YAML(typ="safe", pure=True).scan(text) if "*" in text else ():
            if isinstance(token, AliasToken):
                notes.add(token.start_mark.line + 1, "an alias (*name)", "write the value out")
        content = loader().load(text) if not notes.faults else None
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        said = " ".join(str(wrong.problem or wrong.context or "cannot be read").split())
        notes.add(mark.line + 1 if mark else 1, f"no YAML: {said}", "mend the YAML there")
    except ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        notes.add(line, f"a character that no text has: {wrong.character!r}", "take it out")
    except (YAMLError, *ODD):
        notes.add(1, "no YAML that can be read", "write plain key: value lines, and put odd texts in quotes")
    notes.settle()
    if not isinstance(content, CommentedMap):
        notes.add(1, f"{where} is not a mapping", "begin with key: value lines")
        raise Faults(notes.faults)
    return Table(content, notes, where)
