"""A mail as shape and values: the text that many share, and what differs from one lead to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

TOKEN = -1  # the slot of the letter's own link token: fixed width, safe in a URL, never escaped


@dataclass(frozen=True, slots=True)
class Pattern:
    """`literals` around `slots`, one literal more than slots. A slot is an index into the values, or TOKEN."""

    literals: tuple[str, ...]
    slots: tuple[int, ...] = ()

    def join(self, values: Sequence[str], token: str, guard: Callable[[str], str] = str) -> str:
        """The text for one lead; `guard` is applied to each value (HTML: escape)."""
        out = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            out.append(token if slot == TOKEN else guard(values[slot]))
            out.append(literal)
        return "".join(out)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a provider is given once for many. `key` is equal for equal texts."""

    key: str
    subject: Pattern
    html: Pattern
    text: Pattern


@dataclass(frozen=True, slots=True)
class Calendar:
    """A text/calendar part; `method` equals the METHOD inside."""

    method: str
    ics: str


class Letter(NamedTuple):
    """One recipient. `ref` is the opaque name under which the provider reports back; `values` are raw text."""

    ref: str
    to: str
    values: tuple[str, ...]
    token: str
    calendar: Calendar | None = None
    resend: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a clinic's mails share. `unsubscribe_base` + token is the one-click address; None for service mail.
    `inbound`: the address whose mail is read here, if there is one."""

    from_name: str
    from_email: str
    reply_to: str
    list_id: str
    domain: str
    unsubscribe_base: str | None
    inbound: str = ""


def never() -> bool:
    """For a batch that nobody stops."""
    return False


@dataclass(frozen=True, slots=True)
class Batch:
    """`held` is asked before each request, from the thread that makes it: whether a person has stopped this mail since
    it was taken in hand."""

    shape: Shape
    envelope: Envelope
    letters: tuple[Letter, ...]
    held: Callable[[], bool] = field(default=never, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str


def render(shape: Shape, values: Sequence[str], token: str) -> Rendered:
    """The letter as its reader sees it. The subject is one line, whatever a value holds."""
    subject = " ".join(shape.subject.join(values, token).split())
    return Rendered(subject, shape.html.join(values, token, escape), shape.text.join(values, token))


def unsubscribe_headers(envelope: Envelope, letter: Letter) -> dict[str, str]:
    """RFC 8058 (one https address first, perhaps one by mail) and RFC 2919, for marketing mail; nothing for service
    mail."""
    if envelope.unsubscribe_base is None:
        return {}
    by_mail = f", <mailto:{envelope.inbound}?subject=unsubscribe%20{letter.token}>" if envelope.inbound else ""
    return {
        "List-Unsubscribe": f"<{envelope.unsubscribe_base}{letter.token}>{by_mail}",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{envelope.list_id}>",
    }
