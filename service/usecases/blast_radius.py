"""What publishing would do to the people who are on their way, told before it is done. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain.campaign import Definition, MailStep
from service.domain.carry import FATES, changed_steps
from service.storage import campaigns, publications
from service.storage.campaigns import CampaignRow
from service.usecases.carry_runs import carry_runs, reach_runs
from service.usecases.kit import Kit
from service.usecases.publish_campaign import Texts, digest_of, read_for
from service.usecases.step_words import step_words

Mode = Literal["finish", "move", "exit"]
MODES: tuple[Mode, ...] = ("finish", "move", "exit")
BATCH = 1_000


@dataclass(slots=True)
class StepFate:
    """How many who stand at a step meet which fate."""

    step: str
    title: str
    fates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))

    @property
    def people(self) -> int:
        return sum(self.fates.values())


@dataclass(slots=True)
class BlastRadius:
    """`version` is the number that it would get; `new`: False where the text and mails are published already. `people`
    are in older versions, `leaving` mails are in a provider's hands and keep theirs. `duplicates`: mails that would go
    to somebody twice; none, or nothing may be published."""

    campaign: str
    version: int
    mode: Mode
    new: bool
    steps: list[StepFate] = field(default_factory=list)
    completed_reached: int = 0
    duplicates: int = 0
    leaving: int = 0
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(step.people for step in self.steps)

    def total(self, fate: str) -> int:
        return sum(step.fates[fate] for step in self.steps)


def preview(
    kit: Kit,
    clinic_id: int,
    key: str,
    source: str,
    mails: Texts,
    mode: Mode,
    reach_back: int | None = None,
    *,
    filename: str = "",
) -> BlastRadius:
    """People as they stand now, read batch by batch in one view. `reach_back`: seconds. Raises Faults."""
    now = kit.clock()
    with kit.db.read() as conn:
        new = read_for(conn, clinic_id, key, source, mails, filename or f"{key}.yaml")
        row = campaigns.by_key(conn, clinic_id, key)
        if row is None:
            return BlastRadius(key, 1, mode, new=True, added=list(new.definition.steps))
        newest = campaigns.versions_of(conn, row.id)[0]
        old = kit.library.version(conn, newest.id)
        made = newest.digest != digest_of(source, mails)
        found = BlastRadius(key, newest.number + made, mode, made, leaving=publications.leaving(conn, row.id))
        _changes(found, old, new, newest.mails, mails)
        if made:
            _people(kit, conn, row, found, new.definition, now)
            if reach_back is not None and mode == "move":
                found.completed_reached = _reached(kit, conn, row, found.version, new.definition, now - reach_back, now)
    return found


def as_json(found: BlastRadius) -> dict[str, Any]:
    return {
        "campaign": found.campaign,
        "version": found.version,
        "mode": found.mode,
        "steps": [{"step": each.step, "title": each.title, **each.fates} for each in found.steps],
        "completed_reached": found.completed_reached,
        "people": found.people,
        "duplicates": found.duplicates,
        "changed": {"added": found.added, "removed": found.removed, "changed": found.changed},
    }


def _changes(
    found: BlastRadius,
    old: Campaign,
    new: Campaign,
    old_mails: Mapping[str, Mapping[str, str]],
    mails: Texts,
) -> None:
    """A step whose mail reads otherwise has changed as well."""
    found.added, found.removed, changed = changed_steps(old.definition, new.definition)
    rewritten = {
        name for name, texts in mails.items() if name in old_mails and tuple(_pair(old_mails[name])) != tuple(texts)
    }
    for step in new.definition.mails():
        if step.key in old.definition.steps and {step.mail, step.without_slots} & rewritten:
            changed.append(step.key)
    order = list(new.definition.steps)
    found.changed = sorted(set(changed), key=order.index)


def _pair(mail: Mapping[str, str]) -> tuple[str, str]:
    return mail["mjml"], mail["text"]


def _people(kit: Kit, conn: Connection, row: CampaignRow, found: BlastRadius, new: Definition, now: int) -> None:
    steps: dict[str, StepFate] = {}
    after = 0
    while rows := publications.behind(conn, row.id, found.version, after, BATCH):
        after = rows[-1].id
        versions = kit.library.versions(conn, {each.version_id for each in rows})
        if found.mode == "move":
            moves = carry_runs(kit, conn, rows, new, now)
            met = [(move.row, move.carried.fate) for move in moves]
            found.duplicates += sum(move.repeats for move in moves)
        else:
            met = [(each, "stays" if found.mode == "finish" else "ends") for each in rows]
        for run, fate in met:
            if run.step not in steps:
                steps[run.step] = StepFate(run.step, _title(versions[run.version_id].definition, run.step))
            steps[run.step].fates[fate] += 1
    found.steps = _in_order(steps, kit.library.version(conn, row.version_id).definition)


def _in_order(steps: dict[str, StepFate], newest: Definition) -> list[StepFate]:
    """Every step of the newest version as it stands now, and those of older ones at which somebody still waits."""
    for key in newest.steps:
        steps.setdefault(key, StepFate(key, _title(newest, key)))
    order = {key: number for number, key in enumerate(newest.steps)}
    return sorted(steps.values(), key=lambda each: order.get(each.step, len(order)))


def _title(definition: Definition, key: str) -> str:
    step = definition.steps[key]
    return step.title if isinstance(step, MailStep) else step_words(definition, key)


def _reached(kit: Kit, conn: Connection, row: CampaignRow, number: int, new: Definition, since: int, now: int) -> int:
    after, reached = 0, 0
    while ended := publications.completed(conn, row.id, number, since, after, BATCH):
        after = ended[-1][0].id
        reached += len(reach_runs(kit, conn, ended, new, now))
    return reached


def mode_called(name: str) -> Mode:
    """Raises ValueError."""
    for mode in MODES:
        if mode == name:
            return mode
    raise ValueError(f"no mode '{name}'; use finish, move or exit")


def lines(found: BlastRadius, done: bool) -> list[str]:
    """In words, for a terminal."""
    if not found.new:
        return [f"Version {found.version} of '{found.campaign}' says the same already; nothing is new."]
    said = "is published" if done else "would be published"
    told = [
        f"Version {found.version} of '{found.campaign}' {said}, mode {found.mode}; {found.people} people on the way."
    ]
    for name, keys in (("added", found.added), ("removed", found.removed), ("changed", found.changed)):
        if keys:
            told.append(f"  {name}: {', '.join(keys)}")
    for step in found.steps:
        if step.people:
            fates = ", ".join(f"{number} {fate}" for fate, number in step.fates.items() if number)
            told.append(f"  {step.step:<24} {fates}")
    if found.completed_reached:
        told.append(f"  {found.completed_reached} who completed go on at the step that was added")
    return [*told, f"  mails twice to anybody: {found.duplicates}"]
