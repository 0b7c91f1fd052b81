"""Whether a mail's own colours can be read: each colour of text on what lies behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.content.faults import Fault
from service.content.mail_file import MailSource
from service.domain.colour import READABLE, contrast, is_colour, readable_shade

PAPER = "#ffffff"
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\"[^\"]*\"|'[^']*'|[^>\"'])*?)(/?)>", re.DOTALL)
_COLOUR = re.compile(r"(?<![\w-])(background-color|container-background-color|background|color)\s*[=:]\s*[\"']?(#\w+)")
_EMPTY = frozenset({"br", "img", "hr", "mj-image", "mj-divider", "mj-spacer"})


def contrast_faults(mail: MailSource) -> Iterator[Fault]:
    """Colours that the mail sets itself; those of the layout and the clinic are checked where they are chosen."""
    behind: list[tuple[str, str]] = []
    for tag in _TAG.finditer(mail.mjml):
        closes, name, inside, alone = tag.groups()
        if closes:
            while behind and behind.pop()[0] != name:
                pass
            continue
        found = {what: _long(colour) for what, colour in _COLOUR.findall(inside)}
        grounds = [
            found[what] for what in ("background-color", "container-background-color", "background") if what in found
        ]
        ground = next((each for each in grounds if is_colour(each)), behind[-1][1] if behind else PAPER)
        ink = found.get("color", "")
        if is_colour(ink) and contrast(ink, ground) < READABLE:
            line = mail.body_line + mail.mjml.count("\n", 0, tag.start())
            what = f"text in {ink} on {ground} is hard to read: {contrast(ink, ground):.1f} to 1"
            yield Fault(mail.file, line, what, _mend(ink, ground), "contrast")
        if not alone and name not in _EMPTY:
            behind.append((name, ground))


def _long(colour: str) -> str:
    """#abc as #aabbcc."""
    colour = colour.lower()
    return "#" + "".join(2 * each for each in colour[1:]) if len(colour) == 4 else colour


def _mend(ink: str, ground: str) -> str:
    shade = readable_shade(ink, ground)
    reads = contrast(shade, ground) >= READABLE
    return f"use {shade if reads else '#ffffff'}, which is at least {READABLE} to 1"
