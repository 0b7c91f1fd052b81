"""A mail's whole document: layout, body, footer and includes put together as text, before Liquid runs.

Every line remembers the file and line it came from, so that a fault names the place where it is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from service.content.faults import Fault, Faults
from service.content.mail_file import MailSource
from service.domain.language import FIRST

DEEPEST = 5
_INCLUDE = re.compile(r"<mj-include\s+path=\"([^\"]*)\"\s*/>")
_LIQUID = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_SUBJECT = re.compile(r"\{\{\s*(subject|preheader)\s*\}\}")


@dataclass(slots=True)
class Sheet:
    """A document in the making: pieces of text, and where each of its lines comes from."""

    text: str = ""
    origins: list[tuple[str, int]] = field(default_factory=list)

    def add(self, text: str, file: str, line: int) -> None:
        breaks = text.count("\n")
        if not self.origins or self.text.endswith("\n"):
            self.origins.append((file, line))
        self.origins += [(file, line + number) for number in range(1, breaks + (0 if text.endswith("\n") else 1))]
        self.text += text

    def origin(self, line: int) -> tuple[str, int]:
        """File and line of the document's line, which counts from 1."""
        return self.origins[min(line, len(self.origins)) - 1] if self.origins else ("", 0)


class Layout:
    """The shared files under templates/email, each read once. Raises Faults for one that is missing."""

    def __init__(self, templates_dir: Path) -> None:
        self._dir = templates_dir.resolve()
        self._texts: dict[str, str] = {}

    def html(self, mail: MailSource) -> Sheet:
        """The whole MJML document of a mail."""
        sheet = Sheet()
        shell = self._read("layout.mjml", "layout.mjml", 0)
        shell = _SUBJECT.sub(lambda found: _in_html(getattr(mail, found[1])), shell)
        shell = shell.replace('<mjml lang="en"', f'<mjml lang="{mail.language}"', 1)
        at = 1
        for piece in re.split(r"(<!-- body -->|<!-- footer -->)", shell):
            if piece == "<!-- body -->":
                self._put(sheet, mail.mjml, mail.file, mail.body_line, mail.language)
            elif piece == "<!-- footer -->":
                name = "partials/footer-service.mjml" if mail.service else "partials/footer.mjml"
                name = self._spoken(name, mail.language)
                self._put(sheet, self._read(name, "layout.mjml", at), name, 1, mail.language)
            else:
                self._put(sheet, piece, "layout.mjml", at, mail.language)
            at += piece.count("\n")
        return sheet

    def plain(self, mail: MailSource) -> Sheet:
        """The whole text part of a mail."""
        name = self._spoken("partials/footer-service.txt" if mail.service else "partials/footer.txt", mail.language)
        sheet = Sheet()
        sheet.add(mail.text.rstrip() + "\n\n", mail.text_file, 1)
        sheet.add(self._read(name, mail.text_file, 0), name, 1)
        return sheet

    def _put(self, sheet: Sheet, text: str, file: str, line: int, language: str, depth: int = 0) -> None:
        """Adds the text with its includes in place."""
        for number, piece in enumerate(_INCLUDE.split(text)):
            if number % 2 == 0:
                sheet.add(piece, file, line)
                line += piece.count("\n")
            elif depth == DEEPEST:
                raise Faults([Fault(file, line, f"{piece} is included too deep", f"nest at most {DEEPEST} includes")])
            else:
                spoken = self._spoken(piece, language)
                self._put(sheet, self._read(spoken, file, line).strip("\n"), spoken, 1, language, depth + 1)

    def _spoken(self, name: str, language: str) -> str:
        """The same shared file in that language, where there is one: partials/footer.es.mjml."""
        path = Path(name)
        other = str(path.with_suffix(f".{language}{path.suffix}"))
        return other if language != FIRST and (self._dir / other).is_file() else name

    def _read(self, name: str, asker: str, line: int) -> str:
        if name not in self._texts:
            path = (self._dir / name).resolve()
            if not path.is_relative_to(self._dir) or path.suffix not in {".mjml", ".txt"} or not path.is_file():
                mend = "write the path from templates/email, such as partials/slots.mjml"
                raise Faults([Fault(asker, line, f"there is no {name!r} to include", mend)])
            self._texts[name] = path.read_text("utf-8").replace("\r\n", "\n")
        return self._texts[name]


def _in_html(liquid: str) -> str:
    """A subject's Liquid for use inside HTML: its constant words escaped, its prints left alone."""
    return "".join(piece if at % 2 else escape(piece) for at, piece in enumerate(_LIQUID.split(liquid)))
