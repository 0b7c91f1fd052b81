"""A table that somebody brings as a file (CSV): its letters, its separators, its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 10 * 1024 * 1024  # bytes
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 50_000, 300, 20_000
DELIMITERS = ",;\t"
_LOOKED_AT = 64 * 1024  # letters, to tell the separator by
_MARKS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))


class NotATable(Exception):
    """The reason says what is wrong with the file and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Line:
    """`number`: the line of the file that the row begins on, as an editor counts, from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    heads: tuple[str, ...]
    rows: tuple[Line, ...]

    def samples(self, column: int, most: int = 3) -> list[str]:
        """The first values there that are not empty, each once."""
        found: dict[str, None] = {}
        for row in self.rows:
            value = row.cells[column].strip() if column < len(row.cells) else ""
            if value:
                found[value] = None
            if len(found) == most:
                break
        return list(found)


def read_table(body: bytes) -> TableFile:
    """Raises NotATable."""
    if len(body) > LARGEST:
        raise NotATable(f"The file is larger than {LARGEST // 1024 // 1024} MB. Split it, and bring the parts in turn.")
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotATable("This is a spreadsheet or an archive. Save the sheet as CSV (UTF-8), and choose that file.")
    text = decoded(body)
    if not text.strip():
        raise NotATable("The file is empty.")
    delimiter, text = _separator(text)
    lines = _lines(text, delimiter)
    head = next(lines, None)
    if head is None:
        raise NotATable("The file is empty.")
    heads = tuple(cell.strip() for cell in head.cells)
    if len(heads) > MOST_COLUMNS:
        raise NotATable(f"The file has more than {MOST_COLUMNS} columns. Keep those about the person, and try again.")
    rows: list[Line] = []
    for line in lines:
        rows.append(line)
        if len(rows) > MOST_ROWS:
            raise NotATable(f"The file has more than {MOST_ROWS:,} rows. Split it, and bring the parts in turn.")
    if not rows:
        raise NotATable("The file has a line of headings at most, and nobody below it.")
    return TableFile(heads, tuple(rows))


def decoded(body: bytes) -> str:
    """UTF-8, with its mark or without; UTF-16; else what older spreadsheets write (Windows-1252)."""
    for name, mark in _MARKS:
        if body.startswith(mark):
            return body.decode(name, errors="replace").replace("\0", "")
    start = body[:2_000]
    if start.count(0) > len(start) // 4:  # every second byte of western words is nothing
        name = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
        return body.decode(name, errors="replace").replace("\0", "")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    return text.replace("\0", "")


def _separator(text: str) -> tuple[str, str]:
    """What parts the cells, and the text without a line that says so (`sep=;`, as spreadsheets write it)."""
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').casefold()
    if said.startswith("sep=") and len(said) == 5 and said[4] in DELIMITERS:
        return said[4], rest
    if first.strip().casefold() == "sep=":
        return "\t", rest
    return max(DELIMITERS, key=lambda each: _fits(text[:_LOOKED_AT], each)), text


def _fits(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows are as long as the headings, and how long that is."""
    widths: list[int] = []
    try:
        for line in _lines(text, delimiter):
            widths.append(len(line.cells))
            if len(widths) == 20:
                break
    except NotATable:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return widths.count(widths[0]), widths[0]


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    """Without rows that are empty. Line breaks in quotes belong to their cell."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _too_long(begins) from None
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise _too_long(begins)
        if any(cell.strip() for cell in cells):
            yield Line(begins, tuple(cells))
        begins = reader.line_num + 1


def _too_long(line: int) -> NotATable:
    return NotATable(
        f"From line {line} on, a cell holds more than {LONGEST_CELL:,} letters: perhaps a quotation mark is left open."
    )
