"""A person's facts as the values and test outcomes of a mail: plain functions, made once a mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path, StringLiteral
from liquid.builtin.expressions.logical import EqExpression
from liquid.expression import Expression
from liquid.stringify import to_liquid_string

from service.content.liquid_room import evaluate

Person = Mapping[str, Mapping[str, Any]]
Value = Callable[[Person], str]
Test = Callable[[Person, Mapping[str, object]], object]


class MissingFact(ValueError):
    """A mail prints a fact that this person lacks and that has no default."""


@lru_cache(maxsize=4_096)
def _one_line(text: str) -> str:
    return " ".join(text.split())


def clean(value: Any) -> Any:
    """A fact as mails see it: a text is one line, and a blank one is no fact at all."""
    if type(value) is str:
        return _one_line(value) or None
    return value


def cleaned(person: Person) -> dict[str, dict[str, Any]]:
    return {root: {name: clean(value) for name, value in facts.items()} for root, facts in person.items()}


def value_of(expression: Expression, template: BoundTemplate) -> tuple[object, Value]:
    """(key, function) of a print: prints with equal keys have equal values."""
    if isinstance(expression, FilteredExpression) and isinstance(expression.left, Path):
        root, name = map(str, expression.left.path)
        default = _plain_default(expression)
        if not expression.filters:
            return (root, name), _fact(root, name)
        if default is not None:
            return (root, name, default), _fact_or(root, name, default)
    return id(expression), lambda person: to_liquid_string(evaluate(expression, template, cleaned(person)), False)


def _plain_default(expression: FilteredExpression) -> str | None:
    """The text of a lone `| default: "…"`."""
    filters = expression.filters or []
    if len(filters) != 1 or filters[0].name != "default" or len(filters[0].args) != 1:
        return None
    argument = filters[0].args[0].value
    return argument.value if isinstance(argument, StringLiteral) else None


def _fact(root: str, name: str) -> Value:
    def value(person: Person) -> str:
        found = person[root].get(name) if root in person else None
        text = _one_line(found) if type(found) is str else to_liquid_string(found, False)
        if not text:
            raise MissingFact(f"this mail prints {root}.{name}, which is missing: give the person that fact")
        return text

    return value


def _fact_or(root: str, name: str, default: str) -> Value:
    def value(person: Person) -> str:
        found = person[root].get(name) if root in person else None
        if type(found) is str:
            return _one_line(found) or default
        return default if found is None or found is False else to_liquid_string(found, False)

    return value


def test_of(expression: Expression, template: BoundTemplate) -> Test:
    """The outcome of a test, hashable: equal outcomes steer the template the same way."""
    inner = expression.expression if isinstance(expression, BooleanExpression) else None
    if isinstance(inner, Path) and len(inner.path) == 2:
        root, name = map(str, inner.path)
        return lambda person, _: root in person and clean(person[root].get(name)) not in (None, False)
    if isinstance(inner, EqExpression) and isinstance(inner.left, Path) and isinstance(inner.right, StringLiteral):
        root, name = map(str, inner.left.path)
        wanted = inner.right.value
        return lambda person, _: root in person and clean(person[root].get(name)) == wanted
    return lambda person, names: _outcome(evaluate(expression, template, {**names, **cleaned(person)}))


def _outcome(value: object) -> object:
    return tuple(value) if isinstance(value, list) else bool(value)
