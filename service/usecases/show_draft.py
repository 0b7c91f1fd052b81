"""The editor's picture: the draft's steps with their sentences, faults and numbers, ways side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.content.campaign_file import Campaign
from service.content.document import read_document
from service.content.faults import Fault
from service.domain import words
from service.domain.chance import HOLDOUT
from service.domain.draft_words import kind_of, sentence_of, title_of
from service.domain.edit import Row, ways
from service.domain.flow import closing, opening
from service.storage import campaigns, draft_texts, hooks
from service.storage.campaign_numbers import StepNumbers
from service.usecases.count_campaign import count_campaign
from service.usecases.edit_draft import texts_of
from service.usecases.kit import Kit
from service.usecases.publish_campaign import digest_of
from service.usecases.read_draft import by_step, read_draft, readable_mails
from service.usecases.show_campaign import Opened


@dataclass(frozen=True, slots=True)
class Way:
    """`place`: its number among the fork's ways; None for those held out, who get nothing."""

    label: str
    part: str
    place: int | None
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """`numbers` are the published version's; None for a step that it has not."""

    key: str
    kind: str
    title: str
    says: str
    row: Row
    ways: tuple[Way, ...]
    faults: tuple[Fault, ...]
    numbers: StepNumbers | None
    opens: str = ""
    closes: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`faults` keep it from being published; `others` of them belong to no step. `campaign`: None while there are
    any."""

    digest: str
    document: Row
    source: str
    nodes: tuple[Node, ...]
    faults: tuple[Fault, ...]
    others: tuple[Fault, ...]
    campaign: Campaign | None
    begun: bool
    changed: bool
    changed_by: int | None
    changed_at: int | None
    undo: bool
    redo: bool
    hours: str
    mails: Mapping[str, tuple[str, str]]
    titles: Mapping[str, str]
    campaigns: tuple[str, ...]
    by_key: Mapping[str, Node] = field(default_factory=dict)


def show_draft(kit: Kit, opened: Opened) -> Picture:
    """The draft, or what is published where none is begun. Raises Faults for a text that only a person can mend."""
    row = opened.row
    with kit.db.read() as conn:
        found, source, mails = texts_of(conn, row)
        counted = opened.kept or count_campaign(conn, row.clinic_id, row.id, opened.definition, opened.numbers)
        known = {each.key for each in campaigns.of_clinic(conn, row.clinic_id) if each.kind == campaigns.SERIES}
        called = hooks.names_on(conn, row.clinic_id)
        sides = draft_texts.sides(conn, row.id)
        newest = campaigns.versions_of(conn, row.id)[0].digest
    document = read_document(source, f"{row.key}.yaml")
    campaign, faults = read_draft(source, tuple(sorted(mails.items())), row.key, frozenset(known), called)
    read = campaign.mails if campaign else {}
    unread = readable_mails({name: files for name, files in mails.items() if name not in read})
    titles = {name: mail.title for name, mail in (*read.items(), *unread)}
    hours = f"{words.window((campaign or opened.version).definition.window)} in the lead’s time"
    numbers = {key: counted.steps.get(key, StepNumbers()) for key in opened.definition.steps}
    told = by_step(source, faults, row.key)
    drawing = _Drawing(titles, hours, numbers, told)
    nodes = drawing.nodes(document.get("steps") or [], "they enter")
    digest = digest_of(source, mails)
    return Picture(
        digest=digest,
        document=document,
        source=source,
        nodes=nodes,
        faults=faults,
        others=tuple(fault for fault in faults if not any(fault in each for each in told.values())),
        campaign=campaign,
        begun=found is not None,
        changed=digest != newest,
        changed_by=found.changed_by if found else None,
        changed_at=found.changed_at if found else None,
        undo="before" in sides,
        redo="after" in sides,
        hours=hours,
        mails=mails,
        titles=titles,
        campaigns=tuple(sorted(known - {row.key})),
        by_key={node.key: node for node in every(nodes)},
    )


def every(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """All steps at any depth."""
    for node in nodes:
        yield node
        for way in node.ways:
            yield from every(way.nodes)


@dataclass(frozen=True, slots=True)
class _Drawing:
    titles: Mapping[str, str]
    hours: str
    numbers: Mapping[str, StepNumbers]
    faults: Mapping[str, tuple[Fault, ...]]

    def nodes(self, rows: list[Any], before: str) -> tuple[Node, ...]:
        made = []
        for row in rows:
            if not isinstance(row, Mapping):
                continue
            made.append(self._node(row, before))
            before = _named(row, self.titles)
        return tuple(made)

    def _node(self, row: Row, before: str) -> Node:
        key, told = str(row.get("key", "")), ways(row)
        drawn = tuple(
            Way(
                str(way.get("label") or "Otherwise"),
                f"{way['share']} of 100" if "share" in way else "",
                place,
                self.nodes(way.get("steps") or [], f"“{way.get('label') or 'Otherwise'}”"),
            )
            for place, way in enumerate(told)
        )
        split = row.get("split")
        if isinstance(split, Mapping) and split.get("holdout"):
            drawn = (*drawn, Way(HOLDOUT, f"{split['holdout']} of 100", None, ()))
        return Node(
            key,
            kind_of(row),
            title_of(row, self.titles),
            sentence_of(row, before, self.hours),
            row,
            drawn,
            self.faults.get(key, ()),
            self.numbers.get(key),
            opening(len(drawn)) if drawn else "",
            closing(len(drawn)) if drawn else "",
        )


def _named(row: Row, titles: Mapping[str, str]) -> str:
    match kind_of(row):
        case "mail":
            return f"“{words.title(title_of(row, titles))}”"
        case "wait":
            return "the wait"
        case "branch" | "split":
            return "the ways join"
    return "the step before"
