"""Mails as shape and values: Liquid and MJML run once for each way a mail can turn out, not once for each lead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import mrml
from liquid import BoundTemplate, RenderContext
from liquid.exceptions import LiquidError

from service.content import liquid_room, reading
from service.content.faults import Fault, Faults
from service.content.layout import Layout, Sheet
from service.content.liquid_room import PrintNode
from service.content.mail_file import MailSource
from service.content.names import LINKS
from service.content.shared import Shared
from service.content.values import MissingFact, Person, Test, Value, cleaned, test_of, value_of
from service.domain import mail
from service.domain.mail import TOKEN, Pattern, Rendered, Shape

__all__ = ["MissingFact", "Shared", "Studio"]

KEPT = 256
_OPTIONS = mrml.RenderOptions(disable_comments=False, fonts={})
_BLOCK = re.compile(r"<(style|script)\b[^>]*>(.*?)</\1", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_LABEL = re.compile(r'aria-label="[^"]*"')
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ALLOWED = frozenset({"alt", "aria-label"})
_ALLOWED_FOR_TOKEN = _ALLOWED | {"href", "src"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One of a mail's three templates, and the document it was read from."""

    template: BoundTemplate
    sheet: Sheet
    html: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """A mail, read: what it prints of a person and what it tests. The same for every batch."""

    html: _Piece
    text: _Piece
    subject: _Piece
    values: tuple[Value, ...]
    tests: tuple[Test, ...]
    lines: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Set:
    """A plan with one batch's shared facts, and the shapes found so far, by outcome of the tests and by text."""

    plan: _Plan
    names: Mapping[str, object]
    salt: str
    by_outcome: dict[object, tuple[Shape, tuple[Value, ...]]] = field(default_factory=dict)
    by_text: dict[tuple[str, str, str], tuple[Shape, tuple[Value, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Leaves a mark for every print of a person's fact, and the text of every other print."""

    salt: str
    html: bool

    def put(self, node: PrintNode, context: RenderContext) -> str:
        if node.slot is not None:
            return f"{self.salt}v{node.slot}q"
        return liquid_room.printed(node.expression.evaluate(context), self.html)


@dataclass(frozen=True, slots=True)
class _Plainly:
    """Prints every value where it stands."""

    html: bool = False

    def put(self, node: PrintNode, context: RenderContext) -> str:
        return liquid_room.printed(node.expression.evaluate(context), self.html)


class Studio:
    """Splits and renders mails. Everything kept is bounded; safe to share between threads."""

    def __init__(self, templates_dir: Path, base_url: str) -> None:
        """`templates_dir` holds layout.mjml and partials/; `base_url` is where our own links point, without a slash."""
        self._layout = Layout(templates_dir)
        self._base_url = base_url.rstrip("/")
        self._plans: dict[str, _Plan] = {}
        self._sets: dict[tuple[str, str], _Set] = {}

    def split(self, source: MailSource, shared: Shared, person: Person) -> tuple[Shape, tuple[str, ...]]:
        """The shape, which many leads share, and this person's values for its slots, as raw text.

        `person` is {"lead": {…}, "consent": {…}} and, for a visit's mail, "appointment". Raises MissingFact when the
        mail prints a fact that the person lacks, Faults when the mail cannot be made."""
        batch = self._sets.get((source.digest, shared.key)) or self._set(source, shared)
        outcome = tuple([test(person, batch.names) for test in batch.plan.tests])
        found = batch.by_outcome.get(outcome)
        if found is None:
            found = self._shape(batch, source, person)
            _keep(batch.by_outcome, outcome, found)
        shape, values = found
        return shape, tuple([value(person) for value in values])

    def render(self, source: MailSource, shared: Shared, person: Person, token: str) -> Rendered:
        """The mail as this person reads it."""
        shape, values = self.split(source, shared, person)
        return mail.render(shape, values, token)

    def document(self, source: MailSource) -> Sheet:
        """The whole MJML document before Liquid, each line knowing where it comes from."""
        return self._layout.html(source)

    def head(self, source: MailSource, shared: Shared, person: Person) -> tuple[str, str, str]:
        """Subject, preheader, and the text part without its footer, as this person reads them."""
        names = {**self._names(source, shared, "-"), **cleaned(person)}
        parts = (source.subject, source.preheader, source.text)
        subject, preheader, body = [liquid_room.run(liquid_room.parse(part), names, _Plainly()) for part in parts]
        return subject, preheader, _tidy(body)

    def _set(self, source: MailSource, shared: Shared) -> _Set:
        plan = self._plans.get(source.digest)
        if plan is None:
            plan = self._plan(source)
            _keep(self._plans, source.digest, plan)
        # Only someone who could predict a digest of their own text could write a mark into it.
        salt = "zq" + blake2b(f"{source.digest}{shared.key}".encode(), digest_size=6).hexdigest()
        made = _Set(plan, self._names(source, shared, _token_mark(salt)), salt)
        _keep(self._sets, (source.digest, shared.key), made)
        return made

    def _names(self, source: MailSource, shared: Shared, token: str) -> dict[str, object]:
        links = {name: self._base_url + path.format(token) for name, path in LINKS.items()}
        slots = [{**slot, "link": f"{links['book']}/{_base36(slot['starts'])}"} for slot in shared.slots]
        return {
            "clinic": dict(shared.clinic),
            "practitioner": dict(shared.practitioner),
            "visit": dict(shared.visit),
            "slots": slots,
            "links": links,
            "sources": [asdict(entry) for entry in source.sources],
            "signature": source.signature,
            "service": source.service,
        }

    def _plan(self, source: MailSource) -> _Plan:
        subject = Sheet()
        subject.add(source.subject, source.file, 1)
        html = _piece(self._layout.html(source), html=True)
        text = _piece(self._layout.plain(source), html=False)
        line = _piece(subject, html=False)
        values: dict[object, tuple[int, Value]] = {}
        tests: list[Test] = []
        lines: list[tuple[str, int]] = []
        for piece in (html, text, line):
            found = reading.read(piece.template)
            if found.faults:
                raise Faults(Fault(*piece.sheet.origin(at), what, mend) for at, what, mend in found.faults)
            tests += [test_of(expression, piece.template) for expression in found.tests]
            for seen in found.prints:
                key, value = value_of(seen.expression, piece.template)
                if key not in values:
                    values[key] = (len(values), value)
                    lines.append(piece.sheet.origin(seen.line))
                seen.node.slot = values[key][0]
        getters = tuple(value for _, value in values.values())
        return _Plan(html, text, line, getters, tuple(tests), tuple(lines))

    def _shape(self, batch: _Set, source: MailSource, person: Person) -> tuple[Shape, tuple[Value, ...]]:
        plan, names = batch.plan, {**batch.names, **cleaned(person)}
        texts = (
            _run(plan.subject, names, batch.salt),
            _run(plan.html, names, batch.salt),
            _tidy(_run(plan.text, names, batch.salt)),
        )
        found = batch.by_text.get(texts)
        if found is None:
            found = _compile(texts, batch, source)
            _keep(batch.by_text, texts, found)
        return found


def _piece(sheet: Sheet, html: bool) -> _Piece:
    try:
        return _Piece(liquid_room.parse(sheet.text), sheet, html)
    except LiquidError as wrong:
        place = sheet.origin(liquid_room.line_of(wrong))
        raise Faults([Fault(*place, str(wrong.message), "mend the Liquid there")]) from wrong
    except ValueError as wrong:
        raise Faults([Fault(*sheet.origin(1), str(wrong), "shorten it")]) from wrong


def _run(piece: _Piece, names: Mapping[str, object], salt: str) -> str:
    try:
        return liquid_room.run(piece.template, names, _Marks(salt, piece.html))
    except LiquidError as wrong:
        place = piece.sheet.origin(liquid_room.line_of(wrong))
        raise Faults([Fault(*place, str(wrong.message), "mend the Liquid there")]) from wrong


def _compile(texts: tuple[str, str, str], batch: _Set, source: MailSource) -> tuple[Shape, tuple[Value, ...]]:
    subject, mjml, text = texts
    html = _to_html(mjml, source)
    mark = re.compile(rf"{batch.salt}(?:v(\d+)q|tokenqqq)")
    _check_places(html, mark, batch.plan, source)
    used = sorted({int(found) for part in (subject, html, text) for found in mark.findall(part) if found})
    number = {slot: at for at, slot in enumerate(used)}
    patterns = [_pattern(part, mark, number) for part in (subject, html, text)]
    key = blake2b(repr(patterns).encode(), digest_size=16).hexdigest()
    return Shape(key, *patterns), tuple(batch.plan.values[slot] for slot in used)


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


def _check_places(html: str, mark: re.Pattern[str], plan: _Plan, source: MailSource) -> None:
    """A person's value may stand in text and alt, the token in addresses too: nowhere could escaping be not enough."""
    faults = []
    for place, inside in _not_text(html):
        for found in mark.finditer(inside):
            if place in (_ALLOWED if found[1] else _ALLOWED_FOR_TOKEN):
                continue
            file, line = plan.lines[int(found[1])] if found[1] else (source.file, 0)
            what = f"a person's value stands in {place}" if found[1] else f"a link stands in {place}"
            faults.append(Fault(file, line, what, "print it in the text or in an alt"))
    if faults:
        raise Faults(faults)


def _not_text(html: str) -> Iterator[tuple[str, str]]:
    """What is no text: (attribute's name, its value), ("a tag", the rest of it), ("a style block", its content)."""
    for block in _BLOCK.finditer(html):
        yield f"a {block[1].lower()} block", block[2]
    for tag in _TAG.finditer(html):
        for attribute in _ATTRIBUTE.finditer(tag[0]):
            yield attribute[1].lower(), attribute[2]
        yield "a tag", _ATTRIBUTE.sub(r"\1", tag[0])


def _tidy(text: str) -> str:
    """Lines without trailing blanks, at most one empty line between two."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _token_mark(salt: str) -> str:
    return f"{salt}tokenqqq"


def _base36(number: Any) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value
