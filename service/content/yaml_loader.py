"""The YAML library, set so that a value which it breaks on is named by its line."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError

# What the library raises, besides its own errors, for texts that only look like numbers, dates or sane nesting.
ODD = (ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
       ValueError)  # fmt: skip
LONGEST = 40


class _Told(RoundTripConstructor):
    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except RecursionError:
            raise
        except ODD as broken:
            said = f"{str(getattr(node, 'value', ''))[:LONGEST]!r} looks like a number or a date and is none"
            raise MarkedYAMLError(problem=said, problem_mark=node.start_mark) from broken


def loader() -> YAML:
    """Raises MarkedYAMLError for a single broken value."""
    made = YAML(typ="rt")
    made.Constructor = _Told
    return made
