"""A mail's text part as blocks that a page can show: the shape that hand-written plain text has anyway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_ITEM = re.compile(r"(?:- |(\d+)\. )(.*)")
_ADDRESS = re.compile(r"https?://\S+")
_END = "----"  # what follows is the footer's


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` is a heading's or a paragraph's one line, a greeting's lines, or a list's items; a link goes to
    `address`."""

    kind: Literal["heading", "paragraph", "lines", "list", "numbered", "link"]
    lines: tuple[str, ...]
    address: str = ""


def blocks(text: str) -> list[Block]:
    """Paragraphs stand between empty lines; "- " and "1. " begin items; a line in capitals is a heading; an address
    on a line of its own is a link whose words stand before it. Reading ends at a line of four dashes."""
    body = re.split(rf"^{_END}\s*$", text, maxsplit=1, flags=re.MULTILINE)[0]
    chunks = [chunk.strip("\n").split("\n") for chunk in re.split(r"\n[ \t]*\n", body) if chunk.strip()]
    return [block for chunk in chunks for block in _of_chunk([line.strip() for line in chunk])]


def _of_chunk(lines: list[str]) -> Iterator[Block]:
    if lines[0].isupper() and not _ADDRESS.fullmatch(lines[0]):
        yield Block("heading", (lines[0].capitalize(),))
        lines = lines[1:]
    if len(lines) > 1 and lines[0].endswith(",") and len(lines[0]) < 24:
        yield Block("lines", tuple(lines))
        return
    words: list[str] = []
    items: list[str] = []
    numbered = False
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item is not None:
            yield from _paragraph(words)
            words, numbered = [], item[1] is not None
            items.append(item[2])
        elif _ADDRESS.fullmatch(line):
            yield Block("link", (" ".join(words).rstrip(":") or line,), line)
            words = []
        elif items:
            items[-1] = f"{items[-1]} {line}"
        else:
            words.append(line)
    if items:
        yield Block("numbered" if numbered else "list", tuple(items))
    yield from _paragraph(words)


def _paragraph(words: list[str]) -> Iterator[Block]:
    if words:
        yield Block("paragraph", (" ".join(words),))
