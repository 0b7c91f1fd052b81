"""Values as YAML on one line: what a person would leave bare stays bare, all else stands in double quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]
_BARE = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*|[0-9]+[dhm]")
# Bare, some reader of YAML takes these for a truth, for nothing, or for a number.
_TAKEN = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"})
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def one_line(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) and value not in _TAKEN else f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key_of(key)}: {one_line(each)}' for key, each in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(one_line, value))}]"
    return f"{value:.0f}" if value == int(value) else repr(value)


def key_of(key: str) -> str:
    """A word of the file's own spelling stays bare, though it be `on`."""
    return key if key == "on" else one_line(key)


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"
