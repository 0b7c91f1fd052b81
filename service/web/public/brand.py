"""/brand/COLOUR.css: a clinic's own accent on its pages, by day, in the nearest shade that reads well."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from service.domain.colour import is_colour, readable_shade

PAPER = "#fbfaf7"


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/brand/<colour>.css", view_func=style, endpoint="brand")


def style(colour: str) -> ResponseReturnValue:
    if not is_colour(f"#{colour}"):
        abort(404)
    accent = readable_shade(f"#{colour}", PAPER)
    tokens = (
        f"--accent: {accent}; --accent-hover: color-mix(in srgb, {accent} 85%, black); "
        f"--tint: color-mix(in srgb, {accent} 10%, white); --on-accent: #ffffff;"
    )
    return Response(f"@media (prefers-color-scheme: light) {{ :root {{ {tokens} }} }}\n", content_type="text/css")
