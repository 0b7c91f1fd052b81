"""Batches to send: a small mail with a name, a link and an unsubscribe link."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.mail import TOKEN, Batch, Calendar, Envelope, Letter, Pattern, Shape

BASE = "https://sun.example"
MARKETING = Envelope(
    from_name="Sun Acupuncture",
    from_email="hello@sun.example",
    reply_to="desk@sun.example",
    list_id="news.sun.example",
    domain="sun.example",
    unsubscribe_base=f"{BASE}/u/",
)
SERVICE = Envelope("Sun Acupuncture", "hello@sun.example", "desk@sun.example", "news.sun.example", "sun.example", None)
HTML = (
    "<!doctype html><html><body><p>Dear ",
    f'</p><p>.A line with a dot first.\n.And another, = and é.</p><a href="{BASE}/b/',
    '">Book</a><p>Written for ',
    f'.</p><a href="{BASE}/u/',
    '">Stop these emails</a></body></html>\n',
)
TEXT = ("Dear ", f",\n\n.A line with a dot first.\nFrom here on: {BASE}/b/", f"\n\nStop: {BASE}/u/", "\n")


def shape(subject: Pattern | None = None) -> Shape:
    """Value 0 is the name, value 1 a word that stands in the HTML part only."""
    plain = Pattern(("Why this kind of pain lingers",))
    return Shape("welcome-1", subject or plain, Pattern(HTML, (0, TOKEN, 1, TOKEN)), Pattern(TEXT, (0, TOKEN, TOKEN)))


def letter(number: int, name: str = "Alice", to: str | None = None, calendar: Calendar | None = None) -> Letter:
    address = to if to is not None else f"person{number}@example.org"
    token = f"{number:022d}"
    return Letter(f"{number:032x}", address, (name, "you"), token, calendar)


def batch(letters: Sequence[Letter] | int = 1, of: Shape | None = None, envelope: Envelope = MARKETING) -> Batch:
    listed = [letter(number) for number in range(letters)] if isinstance(letters, int) else letters
    return Batch(of or shape(), envelope, tuple(listed))
