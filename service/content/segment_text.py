"""A segment's file, written for who fills in a form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from service.content.condition_writer import condition_table
from service.content.yaml_line import one_line
from service.domain.conditions import Condition, Group

LONGEST_KEY = 40


def segment_text(key: str, name: str, who: Condition) -> str:
    """The file, a condition of the outermost group a line."""
    head = f"key: {one_line(key)}\nname: {one_line(name)}\n"
    if isinstance(who, Group) and who.parts:
        lines = "".join(f"    - {one_line(condition_table(part))}\n" for part in who.parts)
        return f"{head}who:\n  {who.how}:\n{lines}"
    return f"{head}who: {one_line(condition_table(who))}\n"


def key_for(name: str, taken: Collection[str]) -> str:
    """A permanent key made of the name, which nobody has yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_KEY].strip("-")
    stem = stem if stem and not stem[0].isdigit() else f"segment-{stem}".strip("-")
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key
