"""What the fields of a source's form are taken to mean, beside what stood in them in the last post that came."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.form_meaning import Meaning
from service.domain.signup import Unreadable, clean
from service.sources import VENDORS
from service.sources.read_form import EVERYBODY, meanings
from service.storage import audits, inbox, inbox_list
from service.storage.sources import SourceRow
from service.usecases.kit import Kit

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """One field. `said`: the clinic chose its meaning; else it is proposed."""

    name: str
    question: str
    value: str
    meaning: Meaning
    said: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """`post_id` None: nothing has come yet, or its words are forgotten. `fault`: why the last post could not be read at
    all. `unread`: how many posts of the source could not be read, up to inbox_list.COUNTED."""

    post_id: int | None
    fields: tuple[Shown, ...] = ()
    everybody: bool = False
    fault: str = ""
    unread: int = 0


def show_fields(kit: Kit, user_id: int, source: SourceRow) -> Fields:
    """Who looks is recorded: the values are somebody's."""
    with kit.db.read() as conn:
        post = inbox.newest_with_body(conn, source.id)
        unread = inbox_list.unread_of(conn, source.id)
    everybody = source.mapping.get(EVERYBODY) is True
    if post is None:
        return Fields(None, everybody=everybody, unread=unread)
    with kit.db.write() as conn:
        audits.record(conn, source.clinic_id, user_id, kit.clock(), "post seen", str(post.id), {})
    try:
        form = VENDORS[source.vendor].form(post.body, post.content_type)
    except Unreadable as fault:
        return Fields(post.id, everybody=everybody, fault=fault.reason, unread=unread)
    if form is None:
        return Fields(post.id, everybody=everybody, unread=unread)
    means = meanings(form, source.mapping)
    chosen = source.mapping.get("fields", {})
    shown: dict[str, Shown] = {}
    for each in form.fields:
        value = "yes" if each.value is True else "no" if each.value is False else clean(each.value, LONGEST) or ""
        told = Shown(each.name, clean(each.question) or each.name, value, means[each.name], each.name in chosen)
        shown.setdefault(each.name, told)
    return Fields(post.id, tuple(shown.values()), everybody, unread=unread)
