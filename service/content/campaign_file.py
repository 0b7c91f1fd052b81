"""Campaign files: one YAML file and its mails become one definition, or a list of faults."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.content.act_table import Others
from service.content.entry_table import entry_of
from service.content.faults import Fault, Faults
from service.content.goal_table import goal_of, leaving_of, patience_of, reply_ends
from service.content.mail_file import MailSource, parse_mail
from service.content.mail_table import MailSteps
from service.content.step_table import Steps
from service.content.way_check import check_jumps, check_ways
from service.content.window_table import window_of
from service.content.yaml_table import Notes, Table, read_table
from service.domain.campaign import Definition
from service.domain.entry import Entry
from service.domain.language import FIRST, LANGUAGES, known

KEYS = ("key", "name", "family", "priority", "entry", "goal", "leave", "while", "reply", "patience", "window", "steps")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A definition and the mails it sends, those without slots among them, by name. `translated`: those of them that
    stand in another language too, as `confirm.es`."""

    definition: Definition
    mails: dict[str, MailSource]
    translated: dict[str, MailSource] = field(default_factory=dict)

    def said(self, name: str, locale: str) -> MailSource:
        """The mail in the language of that locale, where it stands in it. Raises KeyError for a mail of no step."""
        return self.translated.get(f"{name}.{known(locale)}") or self.mails[name]

    @property
    def every(self) -> dict[str, MailSource]:
        """All mails in all their languages."""
        return {**self.mails, **self.translated}


@dataclass(frozen=True, slots=True)
class ShippedCampaign:
    """A campaign as it stands on disk: the file's text, and each mail's (MJML file, text file)."""

    text: str
    mails: dict[str, tuple[str, str]]


def parse_campaign(
    text: str,
    mails: Mapping[str, tuple[str, str]],
    filename: str,
    campaigns: Collection[str] | None = None,
    hooks: Collection[str] | None = None,
) -> Campaign:
    """The campaign. `mails` gives each mail's (MJML file, text file) by its name; `campaigns` are the keys that a step
    may enter or leave and `hooks` the webhooks that it may call, where they are known. Raises Faults for all that is
    wrong with the file or with a mail that it sends."""
    notes = Notes(filename)
    table = read_table(text, notes, "the campaign")
    table.only(KEYS)
    key = table.slug("key", "give the campaign a key that never changes") or ""
    bench = _Bench(key, mails)
    entry = entry_of(table)
    reader = MailSteps(frozenset(mails), bench.mail, keyed=bool(entry and entry.keyed))
    others = Others(
        key,
        None if campaigns is None else frozenset(campaigns),
        None if hooks is None else frozenset(hooks),
    )
    steps = Steps(notes, reader, others)
    definition = _definition(table, key, entry or Entry("by-hand"), steps)
    check_jumps(definition.steps, steps.rows)
    if not notes.faults:
        check_ways(definition, steps.rows, notes)
    translated = dict(_translated(reader.mails, bench))
    if notes.faults or bench.faults:
        raise Faults([*notes.faults, *bench.faults])
    cited = frozenset(name for name, mail in reader.mails.items() if mail.claims)
    return Campaign(replace(definition, cited=cited), reader.mails, translated)


def _definition(table: Table, key: str, entry: Entry, steps: Steps) -> Definition:
    first = steps.chain(list(table.tables("steps", "step", "list its steps")), None)
    if table.has("steps") and not first:
        table.wrong("steps", "the campaign has no step", "list at least one mail")
    goal, goal_when = goal_of(table)
    leave, matches = leaving_of(table)
    return Definition(
        key=key,
        name=table.text("name", "give it a name that people understand") or "",
        entry=entry,
        first=first or "",
        steps=steps.found,
        family=table.slug("family") or key,
        priority=_priority(table),
        goal=goal,
        goal_when=goal_when,
        leave=leave,
        matches=matches,
        window=window_of(table),
        patience=patience_of(table),
        reply_ends=reply_ends(table),
    )


def _translated(mails: Mapping[str, MailSource], bench: _Bench) -> Iterator[tuple[str, MailSource]]:
    """A mail in another language is the same mail: what kind it is, what it is about, what it may print."""
    for name, first in mails.items():
        for code in LANGUAGES:
            other = bench.mail(f"{name}.{code}") if code != FIRST else None
            if other is None:
                continue
            kind = (other.service, other.topic, other.signature, other.attach)
            if kind != (first.service, first.topic, first.signature, first.attach):
                what = f"service, topic, signature and attach differ from {name}.mjml"
                bench.faults.append(Fault(other.file, 1, what, "make them equal: it is the same mail"))
            ids = [source.id for source in other.sources]
            if ids != [source.id for source in first.sources]:
                what = f"the sources differ from those of {name}.mjml"
                bench.faults.append(Fault(other.file, 1, what, "cite the same sources, in the same order"))
            for read in sorted(other.names - first.names):
                if read.startswith("appointment."):
                    what = f"it prints {read}, which {name}.mjml does not"
                    bench.faults.append(Fault(other.file, other.body_line, what, "print the same facts"))
            yield other.key, other


class _Bench:
    """Reads each mail once and keeps what is wrong with it."""

    def __init__(self, campaign: str, files: Mapping[str, tuple[str, str]]) -> None:
        self._campaign, self._files = campaign, files
        self._read: dict[str, MailSource | None] = {}
        self.faults: list[Fault] = []

    def mail(self, name: str) -> MailSource | None:
        if name not in self._read:
            self._read[name] = self._parse(name) if name in self._files else None
        return self._read[name]

    def _parse(self, name: str) -> MailSource | None:
        try:
            return parse_mail(name, *self._files[name], f"{self._campaign}/{name}.mjml")
        except Faults as wrong:
            self.faults += wrong.faults
            return None


def shipped(campaigns_dir: Path, templates_dir: Path) -> dict[str, ShippedCampaign]:
    """The campaigns on disk by key, in the order of their file names; `templates_dir` is templates/email."""
    return {
        path.stem: ShippedCampaign(path.read_text("utf-8"), mails_of(path.stem, templates_dir))
        for path in sorted(campaigns_dir.glob("*.yaml"))
    }


def read_file(file: Path) -> str:
    """The file to the letter, its line ends among it. Raises Faults where there is none, or none of text."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = file.read_bytes()[: wrong.start].count(b"\n") + 1
        raise Faults([Fault(file.name, line, "a character that is no UTF-8", "save the file as UTF-8")]) from wrong
    except OSError as wrong:
        raise Faults([Fault(file.name, 1, "there is no such file", "name a campaign file")]) from wrong


def mails_of(key: str, templates_dir: Path) -> dict[str, tuple[str, str]]:
    """The mails in a campaign's folder, see `mails_in`; `templates_dir` is templates/email."""
    return mails_in(templates_dir / key)


def mails_beside(file: Path, templates_dir: Path) -> dict[str, tuple[str, str]]:
    """A campaign file's mails: of the folder beside it that has its name, else of its folder in `templates_dir`."""
    own = file.with_suffix("")
    return mails_in(own if own.is_dir() else templates_dir / file.stem)


def mails_in(folder: Path) -> dict[str, tuple[str, str]]:
    """(MJML file, text file) by name. A missing text part is an empty text."""
    found = {}
    for path in sorted(folder.glob("*.mjml")):
        plain = path.with_suffix(".txt")
        found[path.stem] = (path.read_text("utf-8"), plain.read_text("utf-8") if plain.is_file() else "")
    return found


def _priority(table: Table) -> int:
    number = table.whole("priority", 0, 100)
    return 50 if number is None else number
