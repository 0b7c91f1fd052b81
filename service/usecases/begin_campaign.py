"""A new campaign, from nothing or after a shipped one: nobody enters it before its draft is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.content.campaign_file import parse_campaign, shipped
from service.content.document import read_document, write_document
from service.content.yaml_line import one_line
from service.domain.acts import SplitStep
from service.domain.campaign import BranchStep, Definition, MailStep
from service.domain.edit import Refused
from service.storage import audits, campaigns, drafts
from service.storage.drafts import DraftRow
from service.usecases.kit import Kit
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES, Texts, publish

PURPOSES = {
    "appointment": "Reminds of a visit, tells how to prepare, and asks afterwards how it was.",
    "arthritis": "Leads somebody who asks about arthritis from their question to a first visit.",
    "cancelled": "Confirms that a visit is cancelled, and offers another time.",
    "double-opt-in": "Asks a new sign-up to confirm the address, before anything else is sent.",
    "neck-pain": "Leads somebody who asks about neck pain from their question to a first visit.",
    "new-lead-general": "Welcomes whoever signs up without naming a complaint, and leads to a first visit.",
    "no-show": "Writes kindly to somebody who missed a visit, and offers another time.",
    "quarterly-letter": "Stays in touch with people who read to the end, once a season.",
    "re-invite": "Invites back somebody who cancelled and has booked nothing since.",
    "sciatica-consultation": "Leads somebody who asks about sciatica to a first visit; who looked at times gets them.",
    "stress-and-muscle-tension": "Leads somebody who asks about stress and tension to a first visit.",
    "urgent-answer": "Says where help is, at once, to somebody who writes words of an emergency.",
    "win-back": "Invites back people whose last visit was half a year ago or more; two mails, then silence.",
}
BLANK = {"entry": {"on": "by-hand"}, "goal": "booked"}
WINDOW = {"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "from": "09:00", "to": "18:00", "zone": "lead"}
MOST_ROWS, LONGEST_KEY = 8, 60


@dataclass(frozen=True, slots=True)
class Template:
    """`shapes`: its first steps from the top down, for a small picture: mail, fork or wait."""

    key: str
    name: str
    purpose: str
    mails: int
    shapes: tuple[str, ...]


def templates() -> list[Template]:
    """The shipped campaigns."""
    found = []
    for key, file in shipped(CAMPAIGNS, TEMPLATES).items():
        definition = parse_campaign(file.text, file.mails, f"{key}.yaml").definition
        shapes = tuple(_shapes(definition))[:MOST_ROWS]
        found.append(Template(key, definition.name, PURPOSES.get(key, ""), len(list(definition.mails())), shapes))
    return found


def begin_campaign(kit: Kit, clinic_id: int, user_id: int | None, name: str, template: str) -> str:
    """The new campaign's key; its draft is kept. `template`: a shipped campaign's key, or "" for nothing. Raises
    Refused."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise Refused("Give it a name of at most 120 characters, such as “Knee pain: from question to first visit”.")
    theirs = shipped(CAMPAIGNS, TEMPLATES).get(template)
    if template and theirs is None:
        raise Refused("There is no such template. Choose another one.")
    with kit.db.write() as conn:
        key = _free(name, {row.key for row in campaigns.of_clinic(conn, clinic_id)})
        head = f"key: {key}\nname: {one_line(name)}\n"
        empty = f"{head}entry: {{on: by-hand}}\ngoal: none\nsteps:\n  - {{key: end, end: true}}\n"
        now = kit.clock()
        publish(conn, clinic_id, empty, {}, now, filename=f"{key}.yaml", begun=True)
        campaign_id = next(row.id for row in campaigns.of_clinic(conn, clinic_id) if row.key == key)
        mails: Texts = theirs.mails if theirs else {}
        told = read_document(theirs.text, f"{template}.yaml") if theirs else {**BLANK, "window": WINDOW, "steps": []}
        source = write_document({**told, "key": key, "name": name})
        stored = {each: {"mjml": mjml, "text": plain} for each, (mjml, plain) in mails.items()}
        drafts.put(conn, DraftRow(campaign_id, clinic_id, source, stored, user_id, now))
        audits.record(conn, clinic_id, user_id, now, "campaign begun", str(campaign_id), {"key": key})
    return key


def _shapes(definition: Definition) -> Iterator[str]:
    for step in definition.steps.values():
        forks = isinstance(step, BranchStep | SplitStep)
        yield "fork" if forks else "mail" if isinstance(step, MailStep) else "wait"


def _free(name: str, taken: set[str]) -> str:
    stem = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:LONGEST_KEY].strip("-") or "campaign"
    number, key = 2, stem
    while key in taken or key == "new":
        key, number = f"{stem}-{number}", number + 1
    return key
