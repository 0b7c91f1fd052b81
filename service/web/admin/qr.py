"""A picture that a phone's camera reads, drawn here: what is in it leaves this host for no other."""

from __future__ import annotations

import segno
from markupsafe import Markup


def drawn(text: str) -> Markup:
    """SVG, dark on light in either mode: cameras expect it so."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True, title="")
    return Markup(svg)  # noqa: S704 - made of numbers by the library
