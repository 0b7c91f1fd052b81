"""A condition on a field: {field: insurance, is: aetna}."""

from __future__ import annotations

from service.content.faults import nearest
from service.content.span_table import field_of
from service.content.yaml_table import Table
from service.domain.conditions import BUILT_IN, Field, Op

_OPS: dict[str, Op] = {
    "is": "is",
    "is_not": "is-not",
    "contains": "contains",
    "at_least": "at-least",
    "at_most": "at-most",
}
FIELD_OPS = (*_OPS, "one_of", "known")


def field_condition(table: Table) -> Field | None:
    name = field_of(table, "field", "name the field")
    asked = [key for key in table.written() if key in FIELD_OPS]
    if len(asked) != 1:
        what = f"{table.where} asks {len(asked)} things of a field"
        table.notes.add(table.line, what, f"give it one of {', '.join(f'{key}:' for key in FIELD_OPS)}")
        return None
    if name is None or _misspelt(table, name):
        return None
    key = asked[0]
    if key == "known":
        return Field(name, "known" if table.flag(key) else "unknown")
    if key == "one_of":
        values = tuple(table.texts(key, "list the values"))
        return Field(name, "one-of", values=values) if values else None
    value = table.plain(key, "write a value")
    return None if value is None else Field(name, _OPS[key], value)


def _misspelt(table: Table, name: str) -> bool:
    """A name beside one of the lead's own in all but a hyphen or a capital."""
    same = name.lower().replace("-", "_")
    if name in BUILT_IN or same not in BUILT_IN:
        return False
    table.wrong("field", f"no field is called {name!r}", nearest(same, BUILT_IN))
    return True
