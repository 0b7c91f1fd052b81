"""A mail, read once: its three templates, what they print of a person, and what they test."""

from __future__ import annotations

from dataclasses import dataclass

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from service.content import liquid_room, reading
from service.content.faults import Fault, Faults
from service.content.layout import Layout, Sheet
from service.content.mail_file import MailSource
from service.content.values import Test, Value, test_of, value_of


@dataclass(frozen=True, slots=True)
class Piece:
    """One of a mail's three templates, and the document it was read from."""

    template: BoundTemplate
    sheet: Sheet
    html: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The same for every batch. `values` are numbered as the prints' slots are; `lines` say where each stands."""

    html: Piece
    text: Piece
    subject: Piece
    values: tuple[Value, ...]
    tests: tuple[Test, ...]
    lines: tuple[tuple[str, int], ...]


def plan_of(source: MailSource, layout: Layout) -> Plan:
    """Raises Faults for all that can be seen without running the mail."""
    subject = Sheet()
    subject.add(source.subject, source.file, 1)
    html = _piece(layout.html(source), html=True)
    text = _piece(layout.plain(source), html=False)
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
    return Plan(html, text, line, getters, tuple(tests), tuple(lines))


def _piece(sheet: Sheet, html: bool) -> Piece:
    try:
        return Piece(liquid_room.parse(sheet.text), sheet, html)
    except LiquidError as wrong:
        place = sheet.origin(liquid_room.line_of(wrong))
        raise Faults([Fault(*place, str(wrong.message), "mend the Liquid there")]) from wrong
    except ValueError as wrong:
        raise Faults([Fault(*sheet.origin(1), str(wrong), "shorten it")]) from wrong
