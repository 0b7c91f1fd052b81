"""A manager says what a form's fields mean: it holds for that source from then on, and for posts still unread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.form_meaning import Meaning
from service.sources.read_form import EVERYBODY, FIELDS
from service.storage import audits, inbox_list, sources
from service.storage.sources import SourceRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.read_post import read_post

MOST = 200  # posts read again at a press
_ONE = (Meaning.EMAIL, Meaning.FIRST, Meaning.LAST, Meaning.NAME, Meaning.PHONE)


def map_fields(kit: Kit, user: UserRow, source: SourceRow, said: Mapping[str, str], *, everybody: bool) -> str:
    """`said`: a meaning by the field's name; fields that are not named keep what was said of them. Gives what is
    wrong, empty when nothing is."""
    known = {meaning.value for meaning in Meaning}
    chosen = {name: meaning for name, meaning in said.items() if meaning in known}
    twice = next((one for one in _ONE if list(chosen.values()).count(one) > 1), None)
    if twice is not None:
        return "Two fields say the same of a person. Choose one of them, and for the other “an answer”."
    before = source.mapping.get(FIELDS)
    mapping = {**source.mapping, FIELDS: {**(before if isinstance(before, dict) else {}), **chosen}}
    with kit.db.write() as conn:
        sources.change(conn, source.id, {"mapping": {**mapping, EVERYBODY: everybody}})
        told = {"everybody": everybody, "fields": len(chosen)}
        audits.record(conn, source.clinic_id, user.id, kit.clock(), "form fields explained", str(source.id), told)
    return ""


def read_unread(kit: Kit, user: UserRow, source: SourceRow) -> tuple[int, int]:
    """Reads the source's unreadable posts again, oldest first: (how many, how many became leads)."""
    with kit.db.read() as conn:
        waiting = inbox_list.unread_ids(conn, source.id, MOST)
    return len(waiting), read_posts(kit, source.clinic_id, user.id, waiting)


def read_posts(kit: Kit, clinic_id: int, user_id: int | None, post_ids: Sequence[int]) -> int:
    """Gives how many became leads. Each is a transaction of its own: killed anywhere, the others are still there."""
    read = 0
    for post_id in post_ids:
        with kit.db.write() as conn:
            if inbox_list.reopen(conn, post_id):
                audits.record(conn, clinic_id, user_id, kit.clock(), "post read again", str(post_id), {})
        read += read_post(kit, post_id) is not None
    return read
