"""Campaign files: one YAML file and its mails become one definition, or a list of faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from service.content.faults import Fault, Faults
from service.content.mail_file import MailSource, parse_mail
from service.content.step_table import Steps
from service.content.yaml_table import Notes, Table, is_slug, read_table
from service.domain.campaign import Definition, Goal
from service.domain.entry import Entered, Entry
from service.domain.timing import QUARTER, WEEKDAYS, Window

KEYS = ("key", "name", "family", "priority", "entry", "goal", "window", "steps")
ENTRY_KEYS = ("on", "interest", "otherwise")
WINDOW_KEYS = ("days", "from", "to", "zone")
ENTRIES: tuple[Entered, ...] = get_args(Entered)
GOALS: tuple[Goal, ...] = get_args(Goal)
_TIME = re.compile(r"(\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A definition and the mails it sends, those without slots among them, by name."""

    definition: Definition
    mails: dict[str, MailSource]


@dataclass(frozen=True, slots=True)
class ShippedCampaign:
    """A campaign as it stands on disk: the file's text, and each mail's (MJML file, text file)."""

    text: str
    mails: dict[str, tuple[str, str]]


def parse_campaign(text: str, mails: Mapping[str, tuple[str, str]], filename: str) -> Campaign:
    """The campaign. `mails` gives each mail's (MJML file, text file) by its name. Raises Faults for all that is wrong
    with the file or with a mail that it sends."""
    notes = Notes(filename)
    table = read_table(text, notes, "the campaign")
    table.only(KEYS)
    key = table.slug("key", "give the campaign a key that never changes") or ""
    bench = _Bench(key, mails)
    entry = _entry(table)
    steps = Steps(notes, frozenset(mails), bench.mail, keyed=bool(entry and entry.keyed))
    first = steps.chain(list(table.tables("steps", "step", "list its steps")), None)
    if table.has("steps") and not first:
        table.wrong("steps", "the campaign has no step", "list at least one mail")
    definition = Definition(
        key=key,
        name=table.text("name", "give it a name that people understand") or "",
        entry=entry or Entry("by-hand"),
        first=first or "",
        steps=steps.found,
        family=table.slug("family") or key,
        priority=_priority(table),
        goal=_goal(table),
        window=_window(table),
    )
    if notes.faults or bench.faults:
        raise Faults([*notes.faults, *bench.faults])
    return Campaign(definition, steps.mails)


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


def mails_of(key: str, templates_dir: Path) -> dict[str, tuple[str, str]]:
    """The mails in a campaign's folder: (MJML file, text file). A missing text part is an empty text."""
    found = {}
    for path in sorted((templates_dir / key).glob("*.mjml")):
        plain = path.with_suffix(".txt")
        found[path.stem] = (path.read_text("utf-8"), plain.read_text("utf-8") if plain.is_file() else "")
    return found


def _entry(table: Table) -> Entry | None:
    row = table.table("entry", "entry", "say what makes a lead enter, such as {on: signup, interest: [back-pain]}")
    if row is None:
        return None
    row.only(ENTRY_KEYS)
    on = row.one_of("on", ENTRIES, "say what makes a lead enter, such as on: signup")
    interests, otherwise = row.texts("interest"), row.flag("otherwise")
    for word in interests:
        if not is_slug(word):
            row.wrong("interest", f"the interest {word!r}", "write small letters and digits, joined by hyphens")
    if on == "signup" and bool(interests) == otherwise and not row.has("interest") | row.has("otherwise"):
        row.missing("interest", "add interest: [ … ], or otherwise: true for all that no other campaign takes")
    elif interests and otherwise:
        row.wrong("otherwise", "an entry with interest: and otherwise:", "keep one")
    elif on not in {None, "signup"} and (interests or otherwise):
        row.wrong("on", f"an entry on {on} with an interest", "interest: and otherwise: go with on: signup")
    named = next((entered for entered in ENTRIES if entered == on), None)
    return Entry(named, frozenset(interests), otherwise) if named else None


def _priority(table: Table) -> int:
    number = table.whole("priority", 0, 100)
    return 50 if number is None else number


def _goal(table: Table) -> Goal:
    word = table.one_of("goal", GOALS)
    return next((goal for goal in GOALS if goal == word), "none")


def _window(table: Table) -> Window:
    row = table.table("window", "window")
    if row is None:
        return Window()
    row.only(WINDOW_KEYS)
    opens, closes = _minutes(row, "from"), _minutes(row, "to")
    if opens is not None and closes is not None and opens >= closes:
        row.wrong("to", "a window that closes before it opens", "let to: be later than from:, on the same day")
    days = row.texts("days", "list the days, such as [mon, tue, wed]")
    for day in days:
        if day not in WEEKDAYS:
            row.wrong("days", f"no day is called {day!r}", f"use {', '.join(WEEKDAYS)}")
    if len(set(days)) < len(days):
        row.wrong("days", "a day is listed twice", "list it once")
    zone = row.one_of("zone", ("lead", "clinic"))
    return Window(
        days=frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS),
        opens=opens or 0,
        closes=closes or 0,
        zone="clinic" if zone == "clinic" else "lead",
    )


def _minutes(row: Table, key: str) -> int | None:
    """Minutes after midnight; 24:00 is the day's end."""
    text = row.text(key, 'write a time, such as "09:00"')
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minutes > 24 * 60:
        row.wrong(key, f"{key!r} is {text!r}", 'write a time, such as "09:00"')
        return None
    if minutes % (QUARTER // 60):
        row.wrong(key, f"{key!r} is {text!r}", "use a quarter of an hour: :00, :15, :30 or :45")
        return None
    return minutes
