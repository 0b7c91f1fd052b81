"""Reading a kept post: a lead is made of it, or the reason why not is kept beside it."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from service.domain.signup import SignUp, Unreadable
from service.sources import vendor_of
from service.sources.vendor import OnlyATest
from service.storage import inbox, sources
from service.storage.inbox import InboxRow
from service.storage.sources import SourceRow
from service.usecases.kit import Kit
from service.usecases.take_signup import Told, take_signup

TRIES = 3  # of two posts of one person at once the slower is refused by a unique key, then finds the other's lead
_log = structlog.get_logger()


def read_post(kit: Kit, post_id: int) -> int | None:
    """The lead's id; None when the post is unreadable, refused, or must wait for a better moment. Twice is once."""
    with kit.db.read() as conn:
        post = inbox.get(conn, post_id)
        source = sources.get(conn, post.source_id)
    if post.state != inbox.WAITING:
        return post.lead_id
    try:
        signup = vendor_of(source.vendor).parse(post.body, post.content_type, source.mapping)
        return _make_lead_of(kit, source, post, signup)
    except OnlyATest:
        _set_aside(kit, post_id, None, inbox.TEST)
    except Unreadable as fault:
        _set_aside(kit, post_id, fault.reason)
    except (DataError, IntegrityError) as fault:
        # the database refuses what is in it, and would each time
        _log.error("post-unreadable", post=post_id, fault=type(fault).__name__)
        _set_aside(kit, post_id, f"The database refuses this post ({type(fault).__name__}). It is kept; report it.")
    except DBAPIError as fault:
        # the post stays waiting: a database that is busy or away answers later
        _log.warning("post-waits", post=post_id, fault=type(fault).__name__)
    except Exception as fault:  # noqa: BLE001 - one post that trips us must neither be lost nor hold the others up
        _log.error("post-unreadable", post=post_id, fault=type(fault).__name__)
        _set_aside(kit, post_id, f"Meridian tripped over this post ({type(fault).__name__}). It is kept; report it.")
    return None


def read_waiting_posts(kit: Kit, limit: int = 500) -> int:
    """Reads what a crash or a burst left waiting, oldest first; gives how many became leads."""
    with kit.db.read() as conn:
        waiting = inbox.waiting(conn, limit)
    return sum(read_post(kit, post_id) is not None for post_id in waiting)


def _make_lead_of(kit: Kit, source: SourceRow, post: InboxRow, signup: SignUp) -> int | None:
    for _ in range(TRIES - 1):
        try:
            return _make_lead(kit, source, post, signup)
        except IntegrityError:
            continue
    return _make_lead(kit, source, post, signup)


def _make_lead(kit: Kit, source: SourceRow, post: InboxRow, signup: SignUp) -> int | None:
    now = kit.clock()
    told = Told(
        source=source,
        signup=signup,
        post_id=post.id,
        at=post.received_at,
        wording=post.meta.get("wording", source.consent_wording),
        version=post.meta.get("version", source.consent_version),
        page=signup.page or post.meta.get("page"),
        ip=post.meta.get("ip"),
    )
    with kit.db.write() as conn:
        if not inbox.claim(conn, post.id, now):
            return None
        lead_id = take_signup(conn, kit, told, now)
        inbox.settle(conn, post.id, inbox.PROCESSED, now, lead_id=lead_id)
    return lead_id


def _set_aside(kit: Kit, post_id: int, reason: str | None, state: str = inbox.UNREADABLE) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if inbox.claim(conn, post_id, now):
            inbox.settle(conn, post_id, state, now, reason=reason)
