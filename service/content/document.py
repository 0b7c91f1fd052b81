"""A campaign's file as plain tables and lists, for acts that change it, and as text again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.content.campaign_writer import row_list
from service.content.faults import Fault, Faults
from service.content.yaml_line import key_of, one_line
from service.content.yaml_scalar import plain
from service.content.yaml_table import Notes, read_table


def read_document(text: str, filename: str) -> dict[str, Any]:
    """Faulty settings are kept as they are. Raises Faults for a text that is no such file at all, or one that could
    not be kept whole."""
    table = read_table(text, Notes(filename), "the campaign")
    found = _plain(table.content, filename)
    if not isinstance(found.get("steps", []), list):
        raise Faults([Fault(filename, table.line_of("steps"), "'steps' is not a list", "list its steps")])
    for step in _steps(found.get("steps", [])):
        if not isinstance(step, Mapping):
            raise Faults([Fault(filename, table.line_of("steps"), f"{step!r} is no step", "write {key: …, wait: 2d}")])
        for fork, listed in (("branch", "arms"), ("split", "variants")):
            inside = step.get(fork)
            told = inside.get(listed, []) if isinstance(inside, Mapping) else []
            if not isinstance(told, list) or not all(isinstance(way, Mapping) for way in told):
                what = f"{listed} of step {step.get('key')!r} hold something that is no way"
                raise Faults([Fault(filename, table.line_of("steps"), what, "write each as {label: …, steps: […]}")])
    return dict(found)


def _steps(rows: Any) -> Iterator[Any]:
    """Every step at any depth, and whatever stands in the place of one."""
    for row in rows if isinstance(rows, list) else []:
        yield row
        for inside in (row.get("branch"), row.get("split")) if isinstance(row, Mapping) else ():
            if isinstance(inside, Mapping):
                listed = [each for name in ("arms", "variants") for each in _listed(inside.get(name))]
                for way in (*listed, inside.get("otherwise")):
                    yield from _steps(way.get("steps") if isinstance(way, Mapping) else None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def write_document(document: Mapping[str, Any]) -> str:
    """The file whose reading gives this document again. Comments are not kept."""
    lines = [f"{key_of(key)}: {one_line(value)}" for key, value in document.items() if key != "steps"]
    steps = document.get("steps")
    return "\n".join([*lines, *(["steps:", *row_list(steps, "  ")] if steps else ["steps: []"])]) + "\n"


def _plain(value: Any, filename: str) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each, filename) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, filename) for each in value]
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    told = plain(value)
    if told is None:
        raise Faults([Fault(filename, 1, "a setting has no value", "write a value, or take the setting out")])
    return told
