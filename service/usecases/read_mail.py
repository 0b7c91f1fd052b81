"""A mail read on as a page, with its sources."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.mail_file import MailSource
from service.domain.clock_words import date_words
from service.domain.plain_text import Block, blocks
from service.domain.wording import one_line
from service.storage import clicks, consents, practitioners
from service.storage.messages import MessageRow
from service.usecases.kit import Kit
from service.usecases.person import Person, shared, visit_values
from service.usecases.read_link import Owner


@dataclass(frozen=True, slots=True)
class ReadMail:
    """`blocks` is the mail's text without its footer; addresses of our own pages are paths."""

    subject: str
    blocks: list[Block]
    source: MailSource


def read_mail(conn: Connection, kit: Kit, whose: Owner, now: int) -> ReadMail | None:
    """The mail that the link stood in, in the wording of its version. None where the link is of no mail."""
    message = whose.message
    if message is None:
        return None
    campaign = kit.library.version(conn, message.version_id)
    if message.mail not in campaign.mails:
        return None
    source = campaign.said(message.mail, whose.lead.locale)
    common = shared(conn, whose.clinic, kit.base_url, now, [source], language=source.language)
    try:
        rendered = kit.studio.render(source, common, _person(conn, whose, message, source.language), whose.token)
    except ValueError:
        return None
    own = f"{kit.base_url}/r/{whose.token}"
    kept = [_local(block, kit.base_url) for block in blocks(rendered.text) if block.address != own]
    if kept and kept[0].lines == (rendered.subject,):
        kept = kept[1:]
    return ReadMail(rendered.subject, kept, source)


def _person(conn: Connection, whose: Owner, message: MessageRow, language: str) -> Person:
    lead, visit = whose.lead, whose.appointment
    given = consents.last(conn, lead.id, "given", "confirmed", "asked")
    clicked = any(hit.link == "book" for hit in clicks.lately(conn, lead.id, message.id, 0))
    printed: Person = {
        "lead": {"first_name": lead.first_name, "locale": lead.locale, "clicked_book": clicked},
        "consent": {
            "date": date_words(given.at, whose.clinic.zone, language) if given is not None else "",
            "wording": one_line(given.wording) if given is not None else "",
        },
    }
    if visit is not None:
        who = practitioners.get(conn, visit.practitioner_id)
        printed["appointment"] = visit_values(visit, who, whose.clinic, language)
    return printed


def _local(block: Block, base_url: str) -> Block:
    if block.address.startswith(base_url + "/"):
        return Block(block.kind, block.lines, block.address.removeprefix(base_url))
    return block
