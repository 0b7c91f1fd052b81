"""One mail: front matter and MJML in one file, its text part in another, checked as far as they can be alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from liquid.exceptions import LiquidError

from service.content import liquid_room, mjml_tags, reading
from service.content.faults import Faults, nearest
from service.content.yaml_table import LARGEST, Notes, Table, read_table
from service.domain.language import FIRST, known

TOPICS = ("how", "visit", "self", "open", "letter", "welcome")
KEYS = ("subject", "preheader", "topic", "service", "signature", "sources", "claims", "attach")
_PRINT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """What a mail cites. `year` and `url` are None when the texts give none: they are never invented."""

    id: str
    publisher: str
    title: str
    year: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A health claim of the body, and the id of the source that supports it."""

    says: str
    source: str


@dataclass(frozen=True, slots=True)
class MailSource:
    """A mail as written. `subject`, `preheader`, `mjml` and `text` hold Liquid; `names` are those it reads;
    the `_line`s are where in the file subject, preheader and `mjml` begin; `digest` is equal for equal files;
    `language` is the end of the key: `confirm.es` is `confirm` in Spanish."""

    key: str
    file: str
    subject: str
    preheader: str
    service: bool
    topic: str
    signature: bool
    mjml: str
    text: str
    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    attach: str | None
    names: frozenset[str]
    subject_line: int
    preheader_line: int
    body_line: int
    digest: str
    language: str = FIRST

    @property
    def title(self) -> str:
        """The subject for a list of mails, with … for what differs from one lead to the next."""
        return _PRINT.sub("…", self.subject).strip()

    @property
    def text_file(self) -> str:
        return f"{self.file.removesuffix('.mjml')}.txt"


def parse_mail(key: str, mjml_file: str, text_file: str, filename: str) -> MailSource:
    """The mail. Raises Faults for all that is wrong with it; `filename` is the MJML file's name in the faults."""
    notes = Notes(filename)
    front, body, body_line = _split(mjml_file, notes)
    table = read_table(front, notes, "the front matter")
    notes.above = 1
    table.only(KEYS)
    subject = table.text("subject", "give it a subject of at most 50 characters") or ""
    preheader = table.text("preheader", "give it a preheader of at most 90 characters") or ""
    topic = table.one_of("topic", TOPICS) or "how"
    service, signature = table.flag("service"), table.flag("signature")
    attach = table.one_of("attach", ("calendar",))
    sources = tuple(_sources(table))
    claims = tuple(_claims(table, {source.id for source in sources}))
    lines = table.line_of("subject"), table.line_of("preheader")
    names = _check(subject, notes, lines[0]) | _check(preheader, notes, lines[1])
    notes.above = 0
    names |= _check(body, notes, body_line)
    for at, what, mend in mjml_tags.faults(body, "mj-body"):
        notes.add(body_line + at - 1, what, mend)
    text_notes = Notes(f"{filename.removesuffix('.mjml')}.txt")
    names |= _check(text_file, text_notes, 1)
    if not text_file.strip():
        text_notes.add(0, "the text part is empty", "write the mail as plain text")
    if notes.faults or text_notes.faults:
        raise Faults([*notes.faults, *text_notes.faults])
    language = known(key.rpartition(".")[2]) or FIRST if "." in key else FIRST
    own = f"{mjml_file}\0{text_file}" if language == FIRST else f"{mjml_file}\0{text_file}\0{language}"
    digest = blake2b(own.encode(), digest_size=16).hexdigest()
    return MailSource(
        key, filename, subject, preheader, service, topic, signature, body, text_file, sources, claims, attach,
        frozenset(names), lines[0] + 1, lines[1] + 1, body_line, digest, language,
    )  # fmt: skip


def _split(text: str, notes: Notes) -> tuple[str, str, int]:
    """Front matter, body, and the line on which the body begins."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(text) > LARGEST:
        notes.add(0, f"longer than {LARGEST} characters", "shorten the mail")
    elif lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        notes.add(1, "no front matter", "begin with --- lines around subject: and preheader:")
    notes.settle()
    end = 1 + [line.strip() for line in lines[1:]].index("---")
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _sources(table: Table) -> Iterator[Source]:
    seen: set[str] = set()
    for row in table.tables("sources", "source"):
        row.only(("id", "publisher", "title", "year", "url"))
        id_ = row.slug("id", "give the source a short id, for its claims")
        publisher = row.text("publisher", "say who published it")
        title = row.text("title", "give its title")
        year, url = row.whole("year", 1900, 2100), row.text("url")
        if url is not None and not url.startswith("https://"):
            row.wrong("url", f"{url!r} is no https address", "give the source's own page, or leave url out")
        if id_ in seen:
            row.wrong("id", f"two sources are called {id_!r}", "rename one")
        if id_ and publisher and title:
            seen.add(id_)
            yield Source(id_, publisher, title, year, url)


def _claims(table: Table, known: set[str]) -> Iterator[Claim]:
    for row in table.tables("claims", "claim"):
        row.only(("says", "source"))
        says = row.text("says", "write what is claimed")
        source = row.text("source", "name the source that supports it")
        if source is not None and source not in known:
            mend = nearest(source, known) if known else "list it under sources"
            row.wrong("source", f"no source is called {source!r}", mend)
        if says and source:
            yield Claim(says, source)


def _check(text: str, notes: Notes, line: int) -> set[str]:
    """Notes the faults of one piece of Liquid that begins on `line`, and gives the names it reads."""
    try:
        found = reading.read(liquid_room.parse(text))
    except LiquidError as wrong:
        notes.add(line + liquid_room.line_of(wrong) - 1, str(wrong.message), _mend_of(str(wrong.message)))
        return set()
    except ValueError as wrong:
        notes.add(line, str(wrong), "shorten it")
        return set()
    for at, what, mend in found.faults:
        notes.add(line + at - 1, what, mend)
    return found.names


def _mend_of(message: str) -> str:
    unknown = re.search(r"tag '?([a-z_]+)'?", message)
    if unknown and unknown[1] not in liquid_room.TAGS and not unknown[1].startswith(("end", "els")):
        return nearest(unknown[1], liquid_room.TAGS)
    return "mend the Liquid there"
