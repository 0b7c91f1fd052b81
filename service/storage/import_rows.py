"""What becomes of each row of a list of people, and the leads that the list made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import bulk, ids, receipts
from service.storage.either_way import listed
from service.storage.tables import consent, event, import_row, lead, metadata, segment_member

OURS = (consent, event, segment_member, import_row)  # what an import writes of a lead, or the house works out
_COLUMNS = ("id", "import_id", "line", "fate", "done", "lead_id", "made")


def add(conn: Connection, import_id: int, fates: Sequence[tuple[int, str, bool]]) -> None:
    """`fates`: line, fate, and whether that is final."""
    taken = ids.take(len(fates))
    rows = [
        (row_id, import_id, line, fate, done, None, False)
        for row_id, (line, fate, done) in zip(taken, fates, strict=True)
    ]
    bulk.insert_rows(conn, import_row, _COLUMNS, rows)


def forget(conn: Connection, import_id: int) -> None:
    conn.execute(sa.delete(import_row).where(import_row.c.import_id == import_id))


def left(conn: Connection, import_id: int, most: int) -> list[tuple[int, int]]:
    """(id, line) of the next rows to take."""
    c = import_row.c
    query = sa.select(c.id, c.line).where(c.import_id == import_id, c.done.is_(False)).order_by(c.line).limit(most)
    return [(row_id, line) for row_id, line in conn.execute(query)]


def settle(conn: Connection, rows: Sequence[tuple[str, int | None, bool, int]]) -> None:
    """`rows`: fate, lead, whether the lead is the import's own, and the row's id. Each is final."""
    done = [(fate, lead_id, made, True, row_id) for fate, lead_id, made, row_id in rows]
    bulk.update_rows(conn, import_row, ("fate", "lead_id", "made", "done"), done)


def counts(conn: Connection, import_id: int) -> dict[str, int]:
    c = import_row.c
    query = sa.select(c.fate, sa.func.count()).where(c.import_id == import_id).group_by(c.fate)
    return {fate: number for fate, number in conn.execute(query)}


def with_fates(
    conn: Connection, import_id: int, fates: Collection[str], most: int | None = None
) -> list[tuple[int, str]]:
    """(line, fate), as they stand in the file."""
    c = import_row.c
    query = sa.select(c.line, c.fate).where(c.import_id == import_id, c.fate.in_([*fates])).order_by(c.line)
    return [(line, fate) for line, fate in conn.execute(query.limit(most))]


def made(conn: Connection, import_id: int, most: int) -> dict[int, int]:
    """By row, the next leads that the list made and that nobody has looked at for taking away."""
    c = import_row.c
    query = sa.select(c.id, c.lead_id).where(c.import_id == import_id, c.made.is_(True)).order_by(c.line).limit(most)
    return {row_id: lead_id for row_id, lead_id in conn.execute(query)}


def looked_at(conn: Connection, row_ids: Collection[int]) -> None:
    conn.execute(
        sa.update(import_row).where(listed(import_row.c.id, "row_ids")).values(made=False), {"row_ids": list(row_ids)}
    )


def untouched(conn: Connection, lead_ids: Collection[int]) -> list[int]:
    """Those of the leads that are as the list made them: nothing sent, planned, written or answered since."""
    query = sa.select(lead.c.id).where(listed(lead.c.id, "lead_ids"), lead.c.revision == 1)
    for table, column in _others():
        query = query.where(~sa.exists().where(column == lead.c.id).select_from(table))
    since = sa.exists().where(event.c.lead_id == lead.c.id, event.c.kind != "imported")
    return list(conn.execute(query.where(~since), {"lead_ids": list(lead_ids)}).scalars())


def take_away(conn: Connection, lead_ids: Collection[int]) -> None:
    """The leads and what the import wrote of them."""
    given = {"lead_ids": list(lead_ids)}
    conn.execute(sa.update(import_row).where(listed(import_row.c.lead_id, "lead_ids")).values(lead_id=None), given)
    receipts.erase(conn, lead_ids)
    for table in (consent, event, segment_member):
        conn.execute(sa.delete(table).where(listed(table.c.lead_id, "lead_ids")), given)
    conn.execute(sa.delete(lead).where(listed(lead.c.id, "lead_ids")), given)


@cache
def _others() -> tuple[tuple[sa.Table, sa.Column[int]], ...]:
    """Every column of another table that refers to a lead."""
    refers = (
        (table, key.parent) for table in metadata.sorted_tables for key in table.foreign_keys if key.column is lead.c.id
    )
    return tuple((table, column) for table, column in refers if table not in OURS)
