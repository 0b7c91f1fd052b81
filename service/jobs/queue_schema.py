"""Procrastinate's own tables. They come with the installed release, and hold nothing that may not be lost: where the
release brings others they are made anew, and the next tick fills them."""

from __future__ import annotations

import hashlib

from procrastinate.schema import SchemaManager

from service.storage import job_queue


def lay_out(url: str) -> bool:
    """Makes the queue fit for the installed release; True when anything was done. Safe to run twice."""
    return job_queue.lay_out(url, SchemaManager.get_schema(), _mark())


def stands(url: str) -> bool:
    return job_queue.mark_of(url) == _mark()


def take_away(url: str) -> None:
    job_queue.take_away(url)


def _mark() -> str:
    return hashlib.blake2b(SchemaManager.get_schema().encode(), digest_size=8).hexdigest()
