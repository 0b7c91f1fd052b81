"""MJML's tags: which there are, which may stand in which, and whether all are closed. The compiler itself accepts
anything, and leaves out what it does not know without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.content.faults import nearest

_COLUMN = frozenset(
    f"mj-{name}"
    for name in ("accordion", "button", "carousel", "divider", "image", "navbar", "raw", "social", "spacer", "table")
) | {"mj-text"}
_BODY = frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw"})
CHILDREN: dict[str, frozenset[str]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset(
        f"mj-{name}"
        for name in ("attributes", "breakpoint", "font", "html-attributes", "preview", "raw", "style", "title")
    ),
    "mj-body": _BODY,
    "mj-wrapper": frozenset({"mj-section", "mj-hero", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _COLUMN,
    "mj-hero": _COLUMN,
    "mj-accordion": frozenset({"mj-accordion-element"}),
    "mj-accordion-element": frozenset({"mj-accordion-title", "mj-accordion-text"}),
    "mj-carousel": frozenset({"mj-carousel-image"}),
    "mj-navbar": frozenset({"mj-navbar-link"}),
    "mj-social": frozenset({"mj-social-element"}),
    "mj-html-attributes": frozenset({"mj-selector"}),
    "mj-selector": frozenset({"mj-html-attribute"}),
}
_DEFAULTS = frozenset({"mj-all", "mj-class"})
MAIL_TAGS = frozenset().union(*(kinds for tag, kinds in CHILDREN.items() if tag not in {"mjml", "mj-head"}))
TAGS = MAIL_TAGS | CHILDREN["mjml"] | CHILDREN["mj-head"] | _DEFAULTS | {"mjml", "mj-include"}
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_QUIET = re.compile(r"<!--.*?-->|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\"[^\"]*\"|'[^']*'|[^>\"'])*?)(/?)>")


def faults(mjml: str, parent: str) -> Iterator[tuple[int, str, str]]:
    """(line, what, mend) of every tag that is unknown, misplaced, or not closed. `parent` is what the text stands in:
    "mj-body" for a mail, "" for a whole document. Liquid in the text is passed over."""
    text = _QUIET.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), mjml)
    opened: list[tuple[str, int]] = []
    for found in _TAG.finditer(text):
        closes, name, alone = found[1], found[2].lower(), found[4]
        line = text.count("\n", 0, found.start()) + 1
        if closes:
            yield from _close(name, line, opened)
            continue
        within = opened[-1][0] if opened else parent
        yield from _place(name, line, within)
        if not alone and name not in _VOID:
            opened.append((name, line))
    for name, line in opened:
        yield line, f"<{name}> is never closed", f"add </{name}>"


def _close(name: str, line: int, opened: list[tuple[str, int]]) -> Iterator[tuple[int, str, str]]:
    names = [open_name for open_name, _ in opened]
    if name not in names:
        yield line, f"</{name}> closes nothing", "take it out, or open it first"
        return
    while opened[-1][0] != name:
        unclosed, _ = opened.pop()
        yield line, f"</{name}> comes before </{unclosed}>", f"close the <{unclosed}> first"
    opened.pop()


def _place(name: str, line: int, within: str) -> Iterator[tuple[int, str, str]]:
    if name.startswith("mj") and name not in TAGS:
        yield line, f"unknown tag <{name}>", nearest(name, TAGS)
        return
    if name == "mj-include" or within == "mj-attributes":
        return
    allowed = CHILDREN.get(within)
    if allowed is not None and name not in allowed:
        yield line, f"<{name}> cannot stand in <{within}>", f"put it in one of: {', '.join(sorted(_homes(name)))}"
    elif allowed is None and name.startswith("mj-") and within:
        yield line, f"<{name}> cannot stand in <{within}>", f"close the <{within}> first"


def _homes(name: str) -> set[str]:
    homes = {tag for tag, kinds in CHILDREN.items() if name in kinds}
    return homes or {"mj-text", "mj-table", "mj-raw"}
