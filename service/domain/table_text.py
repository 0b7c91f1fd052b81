"""A table as text for spreadsheets: no cell can be taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(value: object) -> str:
    """Words that a spreadsheet would reckon with get an apostrophe before them; numbers stay numbers."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip(" \u00a0").startswith(_STARTS) else text


def csv_text(head: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> str:
    """With the mark by which spreadsheets know UTF-8. Without a head: a file's further rows."""
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    if head is not None:
        out.write("\ufeff")
        writer.writerow([safe(cell) for cell in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
