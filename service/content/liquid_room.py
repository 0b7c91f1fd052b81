"""The Liquid that mails may use: a small, closed part of the language, where every print passes through a recorder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from html import escape
from io import StringIO
from typing import Protocol, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.echo_tag import EchoTag
from liquid.exceptions import LiquidError, LiquidValueError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stringify import to_liquid_string
from liquid.token import Token
from markupsafe import Markup

LARGEST = 100_000
TAGS = frozenset({"if", "unless", "case", "for", "break", "continue", "assign", "capture", "echo", "comment", "#"})
FILTERS = frozenset(
    {"default", "upcase", "downcase", "capitalize", "strip", "size", "first", "last", "join", "append", "prepend"}
    | {"truncate", "truncatewords"}
)
_KEPT_TAGS = TAGS | {"content", "output", "illegal"}
_RECORDER = "\0recorder"  # a name that no template can spell


class Recorder(Protocol):
    """Decides what a print leaves in the text."""

    @property
    def html(self) -> bool: ...
    def put(self, node: PrintNode, context: RenderContext) -> str: ...


class PrintNode(OutputNode):
    """`{{ … }}` and `{% echo … %}`. `slot` is the number of its value, or None for what all leads share."""

    __slots__ = ("slot",)

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.slot: int | None = None

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(_recorder(context).put(self, context))


class CapturedNode(CaptureNode):
    """Captured HTML is escaped already where it was printed, and is not escaped again."""

    __slots__ = ()

    def _assign(self, context: RenderContext, buf: StringIO) -> None:
        text = buf.getvalue()
        context.assign(self.name, Markup(text) if _recorder(context).html else text)  # noqa: S704


class _Print(Output):
    node_class = PrintNode


class _Echo(EchoTag):
    node_class = PrintNode  # type: ignore[assignment]


class _Capture(CaptureTag):
    node_class = CapturedNode


def _bounded(work: Callable[..., object]) -> Callable[..., object]:
    """The filter, refusing to make a text longer than a whole mail: a chain of appends has an end."""

    @wraps(work)
    def bounded(*arguments: object, **named: object) -> object:
        made = work(*arguments, **named)
        if isinstance(made, str) and len(made) > LARGEST:
            raise LiquidValueError(f"a text longer than {LARGEST} characters", token=None)
        return made

    return bounded


class Room(Environment):
    """No file, no environment, no clock; loops, nesting, variables and output have an end."""

    loop_iteration_limit = 1_000
    local_namespace_limit = LARGEST
    output_stream_limit = 5 * LARGEST

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in (_Print, _Echo, _Capture):
            self.add_tag(tag)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _KEPT_TAGS}
        self.filters = {name: _bounded(work) for name, work in self.filters.items() if name in FILTERS}


_ROOM = Room()


def parse(text: str) -> BoundTemplate:
    """The template. Raises LiquidError where it cannot be read, ValueError where it is too long."""
    if len(text) > LARGEST:
        raise ValueError(f"longer than {LARGEST} characters")
    return _ROOM.from_string(text)


def run(template: BoundTemplate, names: Mapping[str, object], recorder: Recorder) -> str:
    """The text that the template makes of the names. Raises LiquidError."""
    context = RenderContext(template, globals={**names, _RECORDER: recorder})
    buffer = LimitedStringIO(limit=Room.output_stream_limit)
    template.render_with_context(context, buffer)
    return buffer.getvalue()


def evaluate(expression: Expression, template: BoundTemplate, names: Mapping[str, object]) -> object:
    return expression.evaluate(RenderContext(template, globals=names))


def printed(value: object, html: bool) -> str:
    """A shared value as text, escaped for HTML unless it was captured as HTML."""
    text = to_liquid_string(value, False)
    if not html or isinstance(text, Markup):
        return str(text)
    return escape(text)


def line_of(wrong: LiquidError) -> int:
    place = wrong.context()
    return place[0] if place else 1


def line_at(token: Token) -> int:
    return token.source.count("\n", 0, max(token.start_index, 0)) + 1


def _recorder(context: RenderContext) -> Recorder:
    recorder: Recorder = context.globals[_RECORDER]  # type: ignore[assignment]
    return recorder
