"""Styles and scripts go out compressed. Pages do not: beside what somebody typed they hold a secret, and the length of
the two compressed together would tell of it."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

_TEXTS = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}
_LEAST = 1_000  # bytes


def squeeze_files(app: Flask) -> None:
    """Compresses each static file of text once a process."""

    @app.after_request
    def _squeeze(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in _TEXTS:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or "Range" in request.headers or app.static_folder is None:
            return response
        path = Path(app.static_folder) / (request.view_args or {})["filename"]
        known = path.stat()
        if known.st_size < _LEAST or request.method != "GET":
            return response
        etag, _weak = response.get_etag()
        response.direct_passthrough = False
        response.close()  # the open file, which is not sent
        response.set_data(_squeezed(path, known.st_mtime_ns))
        response.headers["Content-Encoding"] = "gzip"
        if etag:
            response.set_etag(etag, weak=True)  # the same file in other bytes
        return response


@lru_cache(maxsize=128)
def _squeezed(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
