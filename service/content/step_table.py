"""The steps of a campaign file: nested in branches as written, flat and joined by `then` as read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from service.content.condition_table import parse_condition
from service.content.faults import nearest
from service.content.mail_file import MailSource
from service.content.yaml_table import Notes, Table
from service.domain.campaign import Anchor, Arm, BranchStep, MailStep, Step, WaitStep
from service.domain.conditions import Condition
from service.domain.timing import Delay

MAIL_KEYS = ("key", "mail", "at_once", "delay", "before", "after", "skip_if_late", "slots", "without_slots", "visit")
WAIT_KEYS = ("key", "wait")
BRANCH_KEYS = ("key", "branch", "delay")
INSIDE_BRANCH_KEYS = ("within", "arms", "otherwise")
ARM_KEYS = ("label", "when", "steps")
OTHERWISE_KEYS = ("label", "steps")
ANCHOR_KEYS = ("appointment",)
STEP_KEYS = tuple(dict.fromkeys(MAIL_KEYS + WAIT_KEYS + BRANCH_KEYS))
DEEPEST = 5
_DELAY = re.compile(r"([1-9]\d{0,3})([dhm])")
_MOST = {"d": 366, "h": 8_784, "m": 9_999}


@dataclass(slots=True)
class Steps:
    """Reads steps. `mail_of` gives a mail by its name, or None when there is none or it is broken (noted elsewhere)."""

    notes: Notes
    known_mails: frozenset[str]
    mail_of: Callable[[str], MailSource | None]
    keyed: bool
    found: dict[str, Step] = field(default_factory=dict)
    mails: dict[str, MailSource] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)

    def chain(self, rows: list[Table], after: str | None, depth: int = 0) -> str | None:
        """Reads the rows in order, the last one leading to `after`; gives the first one's key."""
        if not rows:
            return after
        keys = [self._key(row) for row in rows]
        for row, key, then in zip(rows, keys, [*keys[1:], after], strict=True):
            row.where = f"step {key!r}"
            self._step(row, key, then, depth)
        return keys[0]

    def _key(self, row: Table) -> str:
        key = row.slug("key", "give every step a key that never changes") or f"line-{row.line}"
        if key in self._lines:
            row.wrong("key", f"two steps are called {key!r} (the other is on line {self._lines[key]})", "rename one")
        self._lines.setdefault(key, row.line)
        return key

    def _step(self, row: Table, key: str, then: str | None, depth: int) -> None:
        kinds = [kind for kind in ("mail", "wait", "branch") if row.has(kind)]
        if len(kinds) != 1:
            row.only(STEP_KEYS)
            what = f"{row.where} is {' and '.join(kinds)}" if kinds else f"{row.where} does nothing"
            self.notes.add(row.line, what, "give it one of mail:, wait:, branch:")
        elif kinds[0] == "mail":
            self._mail(row, key, then)
        elif kinds[0] == "wait":
            row.only(WAIT_KEYS)
            self.found[key] = WaitStep(key, delay_of(row, "wait"), then=then)
        else:
            self._branch(row, key, then, depth)

    def _mail(self, row: Table, key: str, then: str | None) -> None:
        row.only(MAIL_KEYS)
        source = self._source(row, "mail")
        without = self._without_slots(row)
        anchor, late = self._anchor(row), row.flag("skip_if_late")
        if row.has("delay") and anchor:
            row.wrong("delay", f"{row.where} has a delay and a date", "keep one of delay:, before:, after:")
        if late and not anchor:
            what = f"{row.where} has no date to be late for"
            row.wrong("skip_if_late", what, "add before: or after:, or leave it out")
        self.found[key] = MailStep(
            key=key,
            mail=row.text("mail") or "",
            title=source.title if source else "",
            delay=delay_of(row, "delay"),
            anchor=Anchor(anchor.what, anchor.delay, anchor.before, late) if anchor else None,
            at_once=row.flag("at_once"),
            service=source.service if source else False,
            topic=source.topic if source else "how",
            needs_slots=row.one_of("slots", ("required",)) is not None,
            needs_visit=self._attended(row),
            without_slots=without,
            then=then,
        )

    def _attended(self, row: Table) -> bool:
        asked = row.one_of("visit", ("attended",)) is not None
        if asked and not self.keyed:
            row.wrong("visit", f"{row.where} asks for a visit, but nobody here has one", "leave it out")
        return asked

    def _source(self, row: Table, key: str) -> MailSource | None:
        name = row.text(key, "name the mail")
        if name is None:
            return None
        if name not in self.known_mails:
            mend = nearest(name, self.known_mails) if self.known_mails else "write its .mjml and .txt"
            row.wrong(key, f"{row.where} sends {name!r}, which has no template", mend)
            return None
        source = self.mail_of(name)
        if source is None:
            return None
        if not self.keyed and any(read.startswith("appointment.") for read in source.names):
            what = f"{name!r} prints an appointment, but nobody here has one"
            row.wrong(key, what, "enter on: booked, cancelled or no-show")
        self.mails[name] = source
        return source

    def _without_slots(self, row: Table) -> str | None:
        if not row.has("slots"):
            if row.has("without_slots"):
                what = f"{row.where} does not ask for slots"
                row.wrong("without_slots", what, "add slots: required, or leave it out")
            return None
        needed = "name the mail that goes when there are no slots"
        if not row.has("without_slots"):
            row.missing("without_slots", needed)
            return None
        source, other = self._source(row, "without_slots"), self.mail_of(row.text("mail") or "")
        if source and other and source.service != other.service:
            what = "one of the two mails is service mail and the other is not"
            row.wrong("without_slots", what, "make both the same")
        return row.text("without_slots")

    def _anchor(self, row: Table) -> Anchor | None:
        sides = [side for side in ("before", "after") if row.has(side)]
        if len(sides) > 1:
            row.wrong("after", f"{row.where} has before: and after:", "keep one")
        if not sides:
            return None
        side = sides[0]
        table = row.table(side, f"{side} of {row.where}", "write {appointment: 2d}")
        if table is None:
            return None
        table.only(ANCHOR_KEYS)
        if not self.keyed:
            row.wrong(side, f"{row.where} counts from an appointment, but nobody here has one", "use delay: instead")
        if not table.has("appointment"):
            table.missing("appointment", "write {appointment: 2d}")
        return Anchor("appointment", delay_of(table, "appointment"), side == "before")

    def _branch(self, row: Table, key: str, then: str | None, depth: int) -> None:
        row.only(BRANCH_KEYS)
        inside = row.table("branch", f"branch {key!r}", "give it arms")
        if inside is None:
            return
        if depth >= DEEPEST:
            self.notes.add(row.line, f"{row.where} is nested too deep", f"nest at most {DEEPEST} branches")
            return
        inside.only(INSIDE_BRANCH_KEYS)
        arms = list(inside.tables("arms", f"branch {key!r}, arm", "list what to wait for"))
        if inside.has("arms") and not arms:
            inside.wrong("arms", f"branch {key!r} has no arm", "list at least one, with when: and steps:")
        # The branch stands before its arms' steps, as in the file.
        self.found[key] = BranchStep(key, (), "")
        read = self._arms(arms, then, depth)
        label, otherwise = self._otherwise(inside, key, then, depth)
        self.found[key] = BranchStep(key, read, label, delay_of(inside, "within"), delay_of(row, "delay"), otherwise)

    def _arms(self, rows: list[Table], then: str | None, depth: int) -> tuple[Arm, ...]:
        arms: list[Arm] = []
        seen: dict[Condition, int] = {}
        for row in rows:
            row.only(ARM_KEYS)
            label = row.text("label", "say in a few words who goes this way") or ""
            table = row.table("when", f"when of {row.where}", "say when, such as {clicked: book}")
            when = parse_condition(table) if table else None
            first = self.chain(list(row.tables("steps", f"{row.where}, step")), then, depth + 1)
            if when is None:
                continue
            if when in seen:
                what = f"{row.where} can never be reached: line {seen[when]} asks the same"
                row.wrong("when", what, "change its when: or take the arm out")
            seen.setdefault(when, row.line)
            arms.append(Arm(label, when, first))
        return tuple(arms)

    def _otherwise(self, inside: Table, key: str, then: str | None, depth: int) -> tuple[str, str | None]:
        table = inside.table("otherwise", f"otherwise of branch {key!r}")
        if table is None:
            return "Otherwise", then
        table.only(OTHERWISE_KEYS)
        first = self.chain(list(table.tables("steps", f"{table.where}, step")), then, depth + 1)
        return table.text("label") or "Otherwise", first


def delay_of(table: Table, key: str) -> Delay:
    """2d, 3h or 30m; no delay when the key is left out or wrong (which is noted)."""
    text = table.text(key)
    if text is None:
        return Delay()
    found = _DELAY.fullmatch(text)
    if found is None or int(found[1]) > _MOST[found[2]]:
        most = ", ".join(f"{number}{unit}" for unit, number in _MOST.items())
        table.wrong(key, f"{key!r} of {table.where} is {text!r}", f"write it as 2d, 3h or 30m, at most {most}")
        return Delay()
    number = int(found[1])
    if found[2] == "d":
        return Delay(days=number)
    return Delay(minutes=number * (60 if found[2] == "h" else 1))
