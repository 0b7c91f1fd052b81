"""Publishing: a file becomes an immutable version, and new leads enter it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign, parse_campaign, shipped
from service.content.faults import Fault, Faults
from service.domain.campaign import Definition
from service.storage import campaigns, hooks
from service.usecases.library import read_campaign

ROOT = Path(__file__).resolve().parents[2]
CAMPAIGNS, TEMPLATES = ROOT / "campaigns", ROOT / "templates" / "email"
Texts = Mapping[str, tuple[str, str]]  # each mail's (MJML file, text file) by its name


def import_shipped(conn: Connection, clinic_id: int, now: int) -> int:
    """Publishes every shipped campaign that the clinic does not have yet; gives how many. Files that changed since are
    never applied by themselves: from its first version on, the database is the truth for a clinic."""
    there = {row.key for row in campaigns.of_clinic(conn, clinic_id)}
    files, made = shipped(CAMPAIGNS, TEMPLATES), 0
    known = frozenset(there.union(files))
    for key, file in sorted(files.items()):
        if key not in there:
            publish(conn, clinic_id, file.text, file.mails, now, filename=f"campaigns/{key}.yaml", known=known)
            made += 1
    return made


def publish(
    conn: Connection,
    clinic_id: int,
    text: str,
    mails: Texts,
    now: int,
    *,
    filename: str,
    known: frozenset[str] | None = None,
    begun: bool = False,
) -> int:
    """Makes the next version of the campaign that the text names, and the campaign where it is new; gives the version's
    id. Raises Faults, with `known` also for a step that enters or leaves any other. The same text and mails again make
    nothing new. `begun`: a campaign that nobody has published yet; its first publication will be version 1."""
    definition = read_campaign(text, mails, filename, known).definition
    digest = digest_of(text, mails)
    row = campaigns.by_key(conn, clinic_id, definition.key)
    if row is None:
        campaign_id = campaigns.add(conn, clinic_id, definition.key, _described(definition), now)
    else:
        campaign_id = row.id
        newest = campaigns.versions_of(conn, campaign_id)[0]
        if newest.digest == digest:
            return newest.id
        campaigns.describe(conn, campaign_id, _described(definition))
    stored = {name: {"mjml": mjml, "text": plain} for name, (mjml, plain) in mails.items()}
    return campaigns.add_version(conn, clinic_id, campaign_id, text, stored, digest, now, begun=begun)


def _described(definition: Definition) -> dict[str, object]:
    return {
        "name": definition.name,
        "family": definition.family,
        "priority": definition.priority,
        "entry_on": definition.entry.on,
        "goal": definition.goal,
        "has_service": any(mail.service for mail in definition.mails()),
    }


def read_for(conn: Connection, clinic_id: int, key: str, text: str, mails: Texts, filename: str) -> Campaign:
    """The text as the next version of the clinic's campaign `key`. Raises Faults: also for a step that enters or leaves
    a campaign or calls a webhook which the clinic has not, and for another key."""
    known = {row.key for row in campaigns.of_clinic(conn, clinic_id)} | {key}
    found = parse_campaign(text, mails, filename, known, hooks.names_on(conn, clinic_id))
    if found.definition.key != key:
        line = next((at for at, line in enumerate(text.splitlines(), 1) if line.startswith("key:")), 1)
        what = f"the key is '{found.definition.key}', and this is the campaign '{key}'"
        raise Faults([Fault(filename, line, what, f"write key: {key}; a campaign keeps its key for good")])
    return found


def digest_of(text: str, mails: Texts) -> str:
    """Equal for equal files only."""
    whole = blake2b(text.encode(), digest_size=16)
    for name in sorted(mails):
        for part in (name, *mails[name]):
            whole.update(b"\0" + part.encode())
    return whole.hexdigest()
