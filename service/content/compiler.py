"""From a mail whose prints are marks to a shape: MJML is compiled, and the text is split at the marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import mrml
from liquid import RenderContext
from liquid.exceptions import LiquidError

from service.content import liquid_room
from service.content.faults import Fault, Faults
from service.content.liquid_room import PrintNode
from service.content.mail_file import MailSource
from service.content.plan import Piece, Plan
from service.content.values import Value
from service.domain.mail import TOKEN, Pattern, Shape

Made = tuple[Shape, tuple[Value, ...]]
Texts = tuple[str, str, str]
_OPTIONS = mrml.RenderOptions(disable_comments=False, fonts={})
_BLOCK = re.compile(r"<(style|script)\b[^>]*>(.*?)</\1", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_LABEL = re.compile(r'aria-label="[^"]*"')
_ALLOWED = frozenset({"alt", "aria-label"})
_ALLOWED_FOR_TOKEN = _ALLOWED | {"href", "src"}


@dataclass(frozen=True, slots=True)
class _Marks:
    """Leaves a mark for every print of a person's fact, and the text of every other print."""

    salt: str
    html: bool

    def put(self, node: PrintNode, context: RenderContext) -> str:
        if node.slot is not None:
            return f"{self.salt}v{node.slot}q"
        return liquid_room.printed(node.expression.evaluate(context), self.html)


def token_mark(salt: str) -> str:
    """Stands for the letter's token while a shape is made."""
    return f"{salt}tokenqqq"


def marked(plan: Plan, names: Mapping[str, object], salt: str) -> Texts:
    """Subject, MJML and text with a mark for every print of a person's fact. Raises Faults."""
    return _run(plan.subject, names, salt), _run(plan.html, names, salt), tidy(_run(plan.text, names, salt))


def compile_shape(texts: Texts, plan: Plan, salt: str, source: MailSource) -> Made:
    """The shape and the values it prints, in the order of its slots. Raises Faults."""
    subject, mjml, text = texts
    html = _to_html(mjml, source)
    mark = re.compile(rf"{salt}(?:v(\d+)q|tokenqqq)")
    _check_places(html, mark, plan, source)
    used = sorted({int(found) for part in (subject, html, text) for found in mark.findall(part) if found})
    number = {slot: at for at, slot in enumerate(used)}
    patterns = [_pattern(part, mark, number) for part in (subject, html, text)]
    key = blake2b(repr(patterns).encode(), digest_size=16).hexdigest()
    return Shape(key, *patterns), tuple(plan.values[slot] for slot in used)


def _to_html(mjml: str, source: MailSource) -> str:
    try:
        made = mrml.to_html(mjml, render_options=_OPTIONS)
    except OSError as wrong:
        raise Faults([Fault(source.file, 0, f"MJML: {wrong}", "close every tag, in the order of opening")]) from wrong
    # The compiler spells joiners and marks of the title as \u{…} when it repeats it for screen readers.
    return _LABEL.sub(lambda _: f'aria-label="{made.title or ""}"', made.content, count=1)


def _pattern(text: str, mark: re.Pattern[str], number: dict[int, int]) -> Pattern:
    pieces = mark.split(text)
    return Pattern(
        tuple(str(piece) for piece in pieces[::2]),
        tuple(TOKEN if slot is None else number[int(slot)] for slot in pieces[1::2]),
    )


def _check_places(html: str, mark: re.Pattern[str], plan: Plan, source: MailSource) -> None:
    """A person's value may stand in text and alt, the token in addresses too: nowhere could escaping be not enough."""
    faults = []
    for place, inside in _not_text(html, mark):
        for found in mark.finditer(inside):
            if place in (_ALLOWED if found[1] else _ALLOWED_FOR_TOKEN):
                continue
            file, line = plan.lines[int(found[1])] if found[1] else (source.file, 0)
            what = f"a person's value stands in {place}" if found[1] else f"a link stands in {place}"
            faults.append(Fault(file, line, what, "print it in the text or in an alt"))
    if faults:
        raise Faults(faults)


def _not_text(html: str, mark: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What is no text and holds a mark: (attribute's name, its value), ("a tag", the rest of it), ("a style block", its
    content)."""
    for block in _BLOCK.finditer(html):
        yield f"a {block[1].lower()} block", block[2]
    for tag in _TAG.finditer(html):
        if not mark.search(tag[0]):
            continue
        for attribute in _ATTRIBUTE.finditer(tag[0]):
            yield attribute[1].lower(), attribute[2]
        yield "a tag", _ATTRIBUTE.sub(r"\1", tag[0])


def _run(piece: Piece, names: Mapping[str, object], salt: str) -> str:
    try:
        return liquid_room.run(piece.template, names, _Marks(salt, piece.html))
    except LiquidError as wrong:
        place = piece.sheet.origin(liquid_room.line_of(wrong))
        raise Faults([Fault(*place, str(wrong.message), "mend the Liquid there")]) from wrong


def tidy(text: str) -> str:
    """Lines without trailing blanks, at most one empty line between two."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"
