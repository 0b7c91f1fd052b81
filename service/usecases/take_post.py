"""Taking a sign-up's post: kept as it came and committed, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.domain.signup import clean
from service.sources import vendor_of
from service.sources.vendor import post_id as name_post
from service.storage import inbox, sources
from service.storage.sources import SourceRow
from service.usecases.kit import Kit
from service.usecases.read_post import read_post


@dataclass(frozen=True, slots=True)
class Came:
    """How a post came: what its body does not say. `page` and `referrer` are addresses; all of it may be missing."""

    ip: str | None = None
    user_agent: str | None = None
    page: str | None = None
    referrer: str | None = None


def take_post(
    kit: Kit,
    key: str,
    raw: bytes,
    headers: Mapping[str, str],
    came: Came,
    *,
    may_read: Callable[[], bool] = lambda: True,
) -> int | None:
    """Keeps an authentic post of the source `key` and reads it at once; where `may_read` says no, it waits for the job.
    Returns the post's id, the first one's when it is a repeat; None when the post is not the source's own."""
    with kit.db.read() as conn:
        source = sources.by_key(conn, key)
    if source is None or not vendor_of(source.vendor).verify(raw, headers, source.secret, kit.wall()):
        return None
    post_id, fresh = _keep(kit, source, raw, headers, came)
    if fresh and may_read():
        read_post(kit, post_id)
    return post_id


def take_form(
    kit: Kit, source: SourceRow, raw: bytes, headers: Mapping[str, str], came: Came, *, refused: str | None = None
) -> int:
    """The same for our own form, whose page has vouched for it. `refused`: kept with this reason, and never read."""
    post_id, fresh = _keep(kit, source, raw, headers, came, refused)
    if fresh and refused is None:
        read_post(kit, post_id)
    return post_id


def _keep(
    kit: Kit,
    source: SourceRow,
    raw: bytes,
    headers: Mapping[str, str],
    came: Came,
    refused: str | None = None,
) -> tuple[int, bool]:
    now = kit.clock()
    external_id = name_post(vendor_of(source.vendor), raw, headers, now)
    if refused is not None:
        # a person whose browser had filled the trap may send the same page again, and is then taken
        external_id = f"refused:{external_id}"
    with kit.db.write() as conn:
        post_id = inbox.add(
            conn,
            clinic_id=source.clinic_id,
            source_id=source.id,
            external_id=external_id,
            now=now,
            content_type=clean(headers.get("content-type")) or "",
            body=raw,
            state=inbox.REFUSED if refused else inbox.WAITING,
            reason=refused,
            meta=_meta(source, came),
        )
        if post_id is not None:
            return post_id, True
        earlier = inbox.by_external_id(conn, source.id, external_id)
    if earlier is None:
        raise RuntimeError("a post was held off by a row that is not there")
    return earlier.id, False


def _meta(source: SourceRow, came: Came) -> dict[str, str]:
    """The wording is the one shown when the post came: a later change of the source is not what this person read."""
    known = {
        "ip": came.ip,
        "user_agent": clean(came.user_agent),
        "page": came.page,
        "referrer": came.referrer,
        "wording": source.consent_wording,
        "version": source.consent_version,
    }
    return {name: value for name, value in known.items() if value}
