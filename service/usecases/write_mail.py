"""A clinic's own text of a campaign's mail: kept in the draft as it is typed, live only when it is published."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from service.content.faults import Faults
from service.content.mail_file import MailSource, parse_mail
from service.content.mail_parts import MailParts, files_of, parts_of, plain_of
from service.storage import campaigns, drafts, users
from service.storage.campaigns import CampaignRow
from service.storage.clinics import ClinicRow
from service.storage.drafts import DraftRow
from service.usecases.check_mail import Check, check_mail, listed
from service.usecases.draft_campaign import NoCampaign, newest_texts
from service.usecases.edit_draft import ChangedMeanwhile, texts_of
from service.usecases.kit import Kit
from service.usecases.preview_mail import preview_source
from service.usecases.publish_campaign import digest_of
from service.usecases.show_publish import shipped_texts

Files = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OpenMail:
    """`seen` names this very text. `mail` None: it cannot be read, and `checks` say why. `changed`: it differs from
    what is live; `ships`: a shipped text is there, and this one differs from it. `changed_by` None: nobody, or a
    program."""

    name: str
    parts: MailParts
    seen: str
    mail: MailSource | None
    checks: tuple[Check, ...]
    changed: bool
    ships: bool
    changed_by: str | None
    changed_at: int | None


def open_mail(kit: Kit, clinic_id: int, key: str, name: str) -> OpenMail:
    """As the draft says, else as it is live. Raises NoCampaign; KeyError for a mail that the campaign has not."""
    with kit.db.read() as conn:
        row, draft, mails = _texts(conn, clinic_id, key)
        live = newest_texts(conn, row)[1].get(name)
        by = users.find(conn, draft.changed_by) if draft and draft.changed_by is not None else None
    files, theirs = mails[name], (shipped_texts(key) or ("", {}))[1].get(name)
    parts = parts_of(*files)
    mail, checks = _checked(kit, key, name, parts)
    return OpenMail(
        name, parts, _seen(files), mail, checks,
        live is not None and not _same(files, live), theirs is not None and not _same(files, theirs),
        by.name if by else None, draft.changed_at if draft else None,
    )  # fmt: skip


def save_mail(kit: Kit, clinic_id: int, user_id: int, key: str, name: str, seen: str, parts: MailParts) -> None:
    """Keeps what was typed whatever is wrong with it; a text part that nobody wrote follows the body. `seen`: the text
    that the person looked at. Raises ChangedMeanwhile, and what `open_mail` raises; then nothing is changed."""
    with kit.db.write() as conn:
        row, draft, mails = _texts(conn, clinic_id, key)
        before = mails[name]
        if files_of(replace(parts, fixed=parts_of(*before).fixed)) == files_of(parts_of(*before)):
            return
        if _seen(before) != seen:
            raise ChangedMeanwhile(draft.changed_by if draft else None, draft.changed_at if draft else None)
        old = parts_of(*before)
        live_body, live = newest_texts(conn, row)[1].get(name, ("", ""))
        made = files_of(replace(parts, fixed=old.fixed))
        own_words = old.text.strip() not in (plain_of(old.body).strip(), live.strip())
        follows = not own_words and "<mj-include" not in parts.body and _lines(made[1]) == _lines(old.text)
        if follows and parts_of(*made).body.strip() != old.body.strip():
            made = made[0], live if _same((made[0], ""), (live_body, "")) else plain_of(parts.body)
        if not _same(made, before):
            _keep(kit, conn, row, user_id, {**mails, name: made})


def set_back(kit: Kit, clinic_id: int, user_id: int, key: str, name: str, to: str) -> None:
    """To the text that is `live`, or `shipped`. Raises what `open_mail` raises, KeyError also where there is none."""
    with kit.db.write() as conn:
        row, _, mails = _texts(conn, clinic_id, key)
        theirs = newest_texts(conn, row)[1] if to == "live" else (shipped_texts(key) or ("", {}))[1]
        if mails[name] != theirs[name]:
            _keep(kit, conn, row, user_id, {**mails, name: theirs[name]})


def preview_draft(kit: Kit, clinic: ClinicRow, opened: OpenMail, now: int, reader: str) -> tuple[str, str, str] | None:
    """Subject, HTML and text as a sample reader meets them; None while the mail cannot be read or made."""
    if opened.mail is None:
        return None
    try:
        with kit.db.read() as conn:
            made = preview_source(kit, conn, clinic, opened.mail, now, reader)
    except Faults:
        return None
    return made.subject, made.html, made.text


def _checked(kit: Kit, key: str, name: str, parts: MailParts) -> tuple[MailSource | None, tuple[Check, ...]]:
    """Lines are told as of the parts' own files. A mail that cannot be read is not looked at further."""
    try:
        mail = parse_mail(name, *files_of(parts), f"{key}/{name}.mjml")
    except Faults as wrong:
        return None, tuple(check for check in listed(wrong.faults) if check.faults)
    return mail, check_mail(kit, mail)


def _texts(conn: Connection, clinic_id: int, key: str) -> tuple[CampaignRow, DraftRow | None, dict[str, Files]]:
    row = campaigns.by_key(conn, clinic_id, key)
    if row is None:
        raise NoCampaign(key)
    draft, _, mails = texts_of(conn, row)
    return row, draft, mails


def _keep(kit: Kit, conn: Connection, row: CampaignRow, user_id: int, mails: dict[str, Files]) -> None:
    _, source, _ = texts_of(conn, row)
    stored = {name: {"mjml": mjml, "text": plain} for name, (mjml, plain) in mails.items()}
    drafts.put(conn, DraftRow(row.id, row.clinic_id, source, stored, user_id, kit.clock()))


def _seen(files: Files) -> str:
    return digest_of("", {"mail": files})


def _same(one: Files, other: Files) -> bool:
    """Whether both say the same to the letter, however their front matter is laid out."""
    return files_of(parts_of(*one)) == files_of(parts_of(*other))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
