"""Draws static/mark.png from static/mark.svg: mail clients show no SVG. The same bytes every time."""

from __future__ import annotations

import math
import re
import struct
import sys
import zlib
from pathlib import Path

SIZE, SAMPLES = 60, 4
Stroke = tuple[float, ...]


def draw(svg: str) -> bytes:
    """The PNG, 60 by 60, with alpha. Reads the drawing's one ring and its one path of straight rays (M x yL x y)."""
    scale = SIZE / _number(svg, "width")
    ink = bytes.fromhex(re.findall(r'stroke="#([0-9a-f]{6})"', svg)[0])
    reach = _number(svg, "stroke-width") * scale / 2
    ring = [_number(svg, name) * scale for name in ("cx", "cy", "r")]
    rays = [
        tuple(float(number) * scale for number in ray)
        for ray in re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)", svg)
    ]
    rows = bytearray()
    for y in range(SIZE):
        rows.append(0)
        for x in range(SIZE):
            rows += ink + bytes([_cover(x, y, ring, rays, reach)])
    return _png(bytes(rows))


def _number(svg: str, name: str) -> float:
    return float(re.findall(rf'\b{name}="([\d.]+)"', svg)[0])


def _cover(x: int, y: int, ring: list[float], rays: list[Stroke], reach: float) -> int:
    """How much of a pixel is ink, 0 to 255."""
    hits = 0
    for sub in range(SAMPLES * SAMPLES):
        px, py = x + (sub % SAMPLES + 0.5) / SAMPLES, y + (sub // SAMPLES + 0.5) / SAMPLES
        on_ring = abs(math.hypot(px - ring[0], py - ring[1]) - ring[2]) <= reach
        hits += on_ring or any(_away(px, py, ray) <= reach for ray in rays)
    return 255 * hits // SAMPLES**2


def _away(px: float, py: float, ray: Stroke) -> float:
    """The distance from a point to a ray."""
    ax, ay, bx, by = ray
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = max(0.0, min(1.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
    return math.hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay))


def _png(rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    static = Path(__file__).resolve().parent.parent / "static"
    static.joinpath("mark.png").write_bytes(draw(static.joinpath("mark.svg").read_text("utf-8")))
    sys.stdout.write("static/mark.png drawn\n")
