"""A folder for one bench."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder() -> Iterator[Path]:
    """Gone when the block ends."""
    made = Path(tempfile.mkdtemp(prefix="meridian-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
