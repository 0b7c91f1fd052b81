"""Reading a post again that could not be read, after a mend; or one that was refused, when a person knows better."""

from __future__ import annotations

from service.storage import audits, inbox, inbox_list
from service.storage.inbox import InboxRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.read_post import read_post


def unread_here(kit: Kit, clinic_id: int, post_id: int | None) -> list[int]:
    """That post of the clinic's, or (None) all that could not be read, oldest first."""
    with kit.db.read() as conn:
        if post_id is None:
            return inbox_list.unread_of_clinic(conn, clinic_id)
        row = inbox.find(conn, post_id)
    return [post_id] if row is not None and row.clinic_id == clinic_id else []


def read_again(kit: Kit, user: UserRow, post_id: int) -> InboxRow:
    """The post as it stands afterwards. One that was read already stays as it is."""
    with kit.db.write() as conn:
        if inbox_list.reopen(conn, post_id):
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "post read again", str(post_id), {})
    read_post(kit, post_id)
    with kit.db.read() as conn:
        return inbox.get(conn, post_id)
