"""What a template reads: its prints, the tests that steer it, and every fault that can be seen without running it.

A person's facts may be printed or tested. They may not be assigned, captured or looped over: so a mail has one shape
for each outcome of its tests, and never a shape for each person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from liquid import BoundTemplate, RenderContext
from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import (
    FilteredExpression,
    LoopExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.primitive import IntegerLiteral, RangeLiteral
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from service.content.faults import nearest
from service.content.liquid_room import FILTERS, PrintNode, line_at
from service.content.names import FIELDS, PLAIN, ROWS, Name, look_up

LONGEST_RANGE = 1_000
_TESTS = (IfNode, UnlessNode, ConditionalBlockNode, MultiExpressionBlockNode)
_TAKEN = frozenset({*FIELDS, *ROWS, *PLAIN})


@dataclass(frozen=True, slots=True)
class Print:
    """A print of a person's fact."""

    node: PrintNode
    expression: Expression
    line: int


@dataclass(slots=True)
class Reading:
    """`faults` are (line in the template, what, mend); `names` are full names such as "lead.first_name"."""

    prints: list[Print] = field(default_factory=list)
    tests: list[Expression] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def read(template: BoundTemplate) -> Reading:
    """Walks the whole template, taken and untaken branches alike."""
    return _Reader(template).read()


class _Reader:
    def __init__(self, template: BoundTemplate) -> None:
        self._template, self._context = template, RenderContext(template)
        self._out = Reading()

    def read(self) -> Reading:
        variables = {"forloop": ""}
        for node in self._all(self._template.nodes):
            for name in node.template_scope():
                self._check_taken(str(name), node)
                variables[str(name)] = ""
        for node in self._template.nodes:
            self._node(node, variables, captured=False)
        return self._out

    def _all(self, nodes: list[Node]) -> Iterator[Node]:
        for node in nodes:
            yield node
            yield from self._all(list(node.children(self._context)))

    def _fault(self, node: Node, what: str, mend: str) -> None:
        self._out.faults.append((line_at(node.token), what, mend))

    def _check_taken(self, name: str, node: Node) -> None:
        if name in _TAKEN:
            self._fault(node, f"{name!r} is a name of Meridian's", "call the variable something else")

    def _node(self, node: Node, variables: dict[str, str], *, captured: bool) -> None:
        match node:
            case PrintNode():
                self._print(node, variables, captured)
            case AssignNode():
                self._assign(node, variables)
            case ForNode():
                self._refuse_person(node, node.expression, variables, "walk a list of the clinic's")
                variables = {**variables, node.expression.identifier: _walked(node.expression)}
                self._check_taken(node.expression.identifier, node)
            case CaseNode():
                self._names(node, node.expression, variables)
            case _ if isinstance(node, _TESTS):
                self._test(node, variables)
            case _:
                for expression in node.expressions():
                    self._refuse_person(node, expression, variables, "print it instead")
        inside = captured or isinstance(node, CaptureNode)
        for child in node.children(self._context):
            self._node(child, variables, captured=inside)

    def _print(self, node: PrintNode, variables: dict[str, str], captured: bool) -> None:
        names = self._names(node, node.expression, variables)
        self._check_printable(node, names, variables)
        if not any(name.person for name in names):
            return
        if captured:
            mend = "print it where it is read; a capture is for what all share"
            self._fault(node, f"{node.expression} is captured", mend)
        elif any(name.own for name in names):
            what = f"{node.expression} mixes a person's fact with a variable"
            self._fault(node, what, "print them one after the other")
        else:
            self._out.prints.append(Print(node, node.expression, line_at(node.token)))

    def _assign(self, node: AssignNode, variables: dict[str, str]) -> None:
        names = self._refuse_person(node, node.expression, variables, "print it instead")
        if any(name.nullable for name in names) and not self._has_default(node.expression, variables):
            self._fault(node, f"{node.name} may be empty", 'give its value a default: | default: "…"')

    def _test(self, node: Node, variables: dict[str, str]) -> None:
        for expression in node.expressions():
            names = self._names(node, expression, variables)
            if isinstance(node, MultiExpressionBlockNode):
                names += self._names(node, node.expression.left, variables)
            if not any(name.person for name in names):
                continue
            if any(name.own for name in names):
                self._fault(node, f"a test of {expression} mixes a person's fact with a variable", "nest two tests")
            self._out.tests.append(expression)

    def _refuse_person(self, node: Node, expression: Expression, variables: dict[str, str], mend: str) -> list[Name]:
        names = self._names(node, expression, variables)
        for name in names:
            if name.person:
                self._fault(node, f"{name.full} may only be printed or tested", mend)
        return names

    def _names(self, node: Node, expression: Expression, variables: dict[str, str]) -> list[Name]:
        found = []
        for part in _parts(expression):
            self._check_part(node, part)
            if isinstance(part, Path):
                name = look_up(list(part.path), variables)
                if isinstance(name, str):
                    self._fault(node, f"unknown name '{part}'", name)
                else:
                    found.append(name)
                    self._out.names.add(name.full)
        return found

    def _check_part(self, node: Node, part: Expression) -> None:
        if isinstance(part, FilteredExpression):
            for work in part.filters or ():
                if work.name not in FILTERS:
                    self._fault(node, f"unknown filter '{work.name}'", nearest(work.name, FILTERS))
        if isinstance(part, RangeLiteral) and not _short(part):
            self._fault(node, f"the range {part}", f"write two whole numbers at most {LONGEST_RANGE} apart")

    def _check_printable(self, node: PrintNode, names: list[Name], variables: dict[str, str]) -> None:
        for name in names:
            if name.truth:
                self._fault(node, f"{name.full} is true or false", f"test it: {{% if {name.full} %}}…{{% endif %}}")
            elif name.rows:
                self._fault(node, f"{name.full} is a list", f"walk it: {{% for row in {name.full} %}}")
        if any(name.nullable for name in names) and not self._has_default(node.expression, variables):
            self._fault(node, f"{node.expression} may be empty", f'write {{{{ {node.expression} | default: "…" }}}}')

    def _has_default(self, expression: Expression, variables: dict[str, str]) -> bool:
        if not isinstance(expression, FilteredExpression):
            return False
        arguments = [work.args[0].value for work in expression.filters or () if work.name == "default" and work.args]
        return any(_solid(argument, variables) for argument in arguments)


def _solid(argument: object, variables: dict[str, str]) -> bool:
    """A default that is never empty itself."""
    if isinstance(argument, StringLiteral):
        return bool(argument.value.strip())
    if isinstance(argument, Path):
        name = look_up(list(argument.path), variables)
        return not isinstance(name, str) and not (name.nullable or name.own or name.rows)
    return isinstance(argument, IntegerLiteral)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _parts(child)


def _walked(loop: LoopExpression) -> str:
    """The name of the list that a loop walks, or nothing for a range or a variable."""
    path = loop.iterable.path if isinstance(loop.iterable, Path) else [""]
    return str(path[0]) if len(path) == 1 and path[0] in ROWS else ""


def _short(span: RangeLiteral) -> bool:
    start, stop = span.start, span.stop
    if not isinstance(start, IntegerLiteral) or not isinstance(stop, IntegerLiteral):
        return False
    return abs(stop.value - start.value) <= LONGEST_RANGE
