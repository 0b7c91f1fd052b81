"""Publishing to the people who are on their way: the version and the word what becomes of them, at once; the moving of
them in batches, by the worker."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.storage import audits, campaigns, drafts, publications
from service.storage.locks import lock_ids
from service.storage.tables import campaign
from service.usecases.again import again
from service.usecases.blast_radius import Mode
from service.usecases.kit import Kit
from service.usecases.move_runs import move_publication
from service.usecases.publish_campaign import Texts, publish, read_for

INLINE = 1_000  # so many people are moved before the answer is given


class ReachBackOnlyMoves(ValueError):
    """Who completed is reached by a version that people are moved to, by no other."""


@dataclass(frozen=True, slots=True)
class Published:
    """`publication` None: the text and mails were published already, and nothing was made. `people` were in older
    versions."""

    campaign: str
    version: int
    publication: int | None
    people: int


def publish_live(
    kit: Kit,
    clinic_id: int,
    user_id: int | None,
    key: str,
    source: str,
    mails: Texts,
    mode: Mode,
    reach_back: int | None = None,
    *,
    filename: str = "",
) -> Published:
    """`finish`: who is on the way finishes their version; `move`: they go on in the new one; `exit`: they leave.
    `reach_back` (seconds): who completed since then goes on at a step that was added at the end. Raises Faults and
    ReachBackOnlyMoves, and nothing is changed."""
    if reach_back is not None and mode != "move":
        raise ReachBackOnlyMoves
    name = filename or f"{key}.yaml"

    def make() -> Published:
        with kit.db.write() as conn:
            return _make(conn, kit, clinic_id, user_id, key, (source, mails, name), mode, reach_back)

    made = again(make)
    if made.publication is not None and made.people <= INLINE:
        move_publication(kit, made.publication)
    return made


def _make(
    conn: Connection,
    kit: Kit,
    clinic_id: int,
    user_id: int | None,
    key: str,
    texts: tuple[str, Texts, str],
    mode: Mode,
    reach_back: int | None,
) -> Published:
    now, (source, mails, filename) = kit.clock(), texts
    read_for(conn, clinic_id, key, source, mails, filename)
    before = campaigns.by_key(conn, clinic_id, key)
    if before is not None:
        lock_ids(conn, campaign, [before.id])
        before = campaigns.by_key(conn, clinic_id, key)
    version_id = publish(conn, clinic_id, source, mails, now, filename=filename)
    number = campaigns.version_number(conn, version_id)
    row = campaigns.by_key(conn, clinic_id, key)
    if row is None:
        raise LookupError(f"'{key}' was published and is not there")
    drafts.drop(conn, row.id)
    if before is not None and before.version_id == version_id:
        return Published(key, number, None, 0)
    people = publications.count_behind(conn, row.id, number)
    publication_id = publications.add(
        conn,
        {
            "clinic_id": clinic_id,
            "campaign_id": row.id,
            "version_id": version_id,
            "mode": mode,
            "reach_back": reach_back,
            "user_id": user_id,
            "at": now,
            "done_at": now if mode == "finish" else None,
            "counts": {"people": people},
        },
    )
    data = {"version": number, "mode": mode, "people": people, "reach_back": reach_back}
    audits.record(conn, clinic_id, user_id, now, "campaign published", str(row.id), data)
    return Published(key, number, publication_id, people)
