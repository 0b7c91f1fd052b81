"""Looking into the mailbox that replies and bounces come to, and reading what a crash left waiting."""

from __future__ import annotations

import hashlib
import json

import structlog

from service.delivery.mailbox import CHANNEL, Bookmark, Fetched, Mailbox, MailboxFault
from service.storage import incoming_mails, settings
from service.storage.settings import MAILBOX_FAULT as FAULT
from service.storage.settings import MAILBOX_MARK as MARK
from service.usecases.kit import Kit
from service.usecases.read_incoming import MIME, read_waiting_mails

VISITS = 20  # a round: five hundred mails
_log = structlog.get_logger()


def poll_mailbox(kit: Kit) -> int:
    """Keeps what has come since the last look, then reads it; gives how many mails were new. Killed anywhere, the next
    look goes on from what is kept: the mails and the mark are written together. No transaction is open meanwhile."""
    new = 0
    for _ in range(VISITS if kit.mailbox is not None else 0):
        fetched = _visit(kit, kit.mailbox)
        if fetched is None:
            break
        new += _keep(kit, fetched)
        read_waiting_mails(kit)
        if not fetched.more:
            break
    read_waiting_mails(kit)
    return new


def fault_since(kit: Kit) -> tuple[str, int] | None:
    """(Why the mailbox cannot be read, since when); None while it can."""
    with kit.db.read() as conn:
        told = settings.get(conn, FAULT)
    if told is None:
        return None
    found = json.loads(told)
    return str(found["reason"]), int(found["since"])


def _visit(kit: Kit, mailbox: Mailbox | None) -> Fetched | None:
    with kit.db.read() as conn:
        kept, standing = settings.get(conn, MARK), settings.get(conn, FAULT)
    if mailbox is None:
        return None
    try:
        fetched = mailbox.fetch(Bookmark(**json.loads(kept)) if kept else None, kit.wall())
    except MailboxFault as fault:
        _log.warning("mailbox-unread", reason=fault.reason)
        if standing is None or json.loads(standing)["reason"] != fault.reason:
            told = json.dumps({"reason": fault.reason, "since": kit.clock()})
            with kit.db.write() as conn:
                settings.put(conn, FAULT, told)
        return None
    if standing is not None:
        with kit.db.write() as conn:
            settings.remove(conn, FAULT)
    return fetched


def _keep(kit: Kit, fetched: Fetched) -> int:
    """Writes nothing where nothing came, but for the first mark and one a day."""
    now, new = kit.clock(), 0
    with kit.db.read() as conn:
        kept = settings.get(conn, MARK)
    if not fetched.mails and kept is not None and _holds(Bookmark(**json.loads(kept)), fetched.bookmark):
        return 0
    with kit.db.write() as conn:
        for _, raw in fetched.mails:
            name = f"sha256:{hashlib.sha256(raw).hexdigest()}"
            added = incoming_mails.add(conn, channel=CHANNEL, external_id=name, content_type=MIME, body=raw, now=now)
            new += added is not None
        mark = fetched.bookmark
        settings.put(conn, MARK, json.dumps({"validity": mark.validity, "last": mark.last, "at": mark.at}))
    return new


def _holds(kept: Bookmark, found: Bookmark) -> bool:
    return (kept.validity, kept.last) == (found.validity, found.last) and found.at - kept.at < 86_400
