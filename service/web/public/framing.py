"""Which foreign websites may show a page of ours in a frame. All others, and all other pages, may not."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, g

NOBODY = "frame-ancestors 'none'"


def may_frame(sites: Sequence[str]) -> None:
    """This request's page may stand in a frame on these sites."""
    g.framed_on = tuple(sites)


def prepare(app: Flask) -> None:
    """Comes before the headers of safety are set up: what comes first is run last, on what those have written."""
    app.after_request(_let)


def _let(response: Response) -> Response:
    sites = g.get("framed_on", ())
    policy = response.headers.get("Content-Security-Policy", "")
    if sites and NOBODY in policy:
        response.headers["Content-Security-Policy"] = policy.replace(
            NOBODY, f"frame-ancestors 'self' {' '.join(sites)}"
        )
        response.headers.pop("X-Frame-Options", None)
    return response
