"""A mail's body as plain text, whatever it was written in: no markup, no scripts, no control characters."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LONGEST = 20_000
_BLOCKS = frozenset(
    "address article br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table td tr ul".split()  # noqa: SIM905
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "svg", "noscript", "object", "iframe"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "blockquote":
            self.out.append("\n> ")
        elif tag in _BLOCKS:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag in _BLOCKS or tag == "blockquote":
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.out.append(" ".join(re.split(r"\s+", data)))


def of_html(html: str) -> str:
    """The words of an HTML body, a block a line. What a mail quotes begins with ">"."""
    words = _Words()
    words.feed(html[: LONGEST * 20])
    words.close()
    return tidy("".join(words.out))


def tidy(text: str) -> str:
    """Plain lines: no control or invisible characters, at most one empty line between two, cut to length."""
    plain = _CONTROL.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\xa0", " ")
    )
    lines = [line.strip() for line in plain.split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()[:LONGEST].strip()
