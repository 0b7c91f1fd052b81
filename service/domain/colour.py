"""Colours as #rrggbb: how well one is read on another, and the nearest shade that is."""

from __future__ import annotations

import re

READABLE = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def readable_shade(colour: str, on: str = "#ffffff") -> str:
    """The colour itself where it reads well on `on`, else the nearest darker shade that does."""
    for percent in range(100, -1, -1):
        shade = "#" + "".join(f"{channel * percent // 100:02x}" for channel in _channels(colour))
        if contrast(shade, on) >= READABLE:
            return shade
    return "#000000"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
