"""A clinic of many years: leads, their runs, five mails each, deeds, visits, posts. Made by the database itself; a file
of it is kept from run to run."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bench.bulk import Rows, fill, settle
from bench.hands import ROOT
from bench.ours import worker
from service.domain.timing import DAY, HOUR
from service.storage import campaigns, practitioners, schema, sources
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.storage.tables import metadata
from service.usecases.create_owner import create_owner

NOW = 1_795_536_000
EMAIL, PASSWORD = "dana@bench.example", "a password of the bench alone"
HOME = ROOT / "var" / "bench"
STEPS = ("welcome", "causes", "how-it-works", "evidence", "what-to-expect")
SERIES = "sciatica-consultation"
YEARS = 3 * 365 * DAY
_EMAIL = "'lead' || CAST(n.i AS TEXT) || '@example.org'"
_SIGNED = f":now - {YEARS} + CAST({YEARS} * 1.0 * n.i / :size AS BIGINT) - 60"  # ids rise with time
_OF = {"clinic_id": ":clinic", "lead_id": "n.i"}
_RUN = {"campaign_id": ":campaign", "version_id": ":version"}
_STATE = "CASE WHEN n.i * 10 > :size * 9 THEN 1 WHEN n.i % 50 = 0 THEN 2 WHEN n.i % 4 = 0 THEN 4 ELSE 3 END"
_ENDED = f"CASE WHEN {_STATE} IN (3, 4) THEN {_SIGNED} + {40 * DAY} END"
_REASON = f"CASE WHEN {_STATE} = 4 THEN CASE WHEN n.i % 8 = 0 THEN 'goal-met' ELSE 'unsubscribed' END END"
_LEAD = {
    "id": "n.i",
    "clinic_id": ":clinic",
    "source_id": ":source",
    "email": _EMAIL,
    "email_key": _EMAIL,
    "first_name": "CASE n.i % 4 WHEN 0 THEN 'Alice' WHEN 1 THEN 'Bob' WHEN 2 THEN 'Charlie' ELSE 'Dana' END",
    "last_name": "'Person' || CAST(n.i % 5000 AS TEXT)",
    "phone": "'+1612' || CAST(1000000 + n.i AS TEXT)",
    "zone": "'America/Chicago'",
    "zone_from": "'form'",
    "interest": "'sciatica'",
    "utm": "'{}'",
    "consent": "CASE WHEN n.i % 20 = 0 THEN 'withdrawn' ELSE 'given' END",
    "consent_at": _SIGNED,
    "score_rank": "CASE WHEN n.i % 3 = 0 THEN :age + n.i * 31 % 800 / 100.0 - 2 END",
    "refused_topics": "'[]'",
    "created_at": _SIGNED,
    "changed_at": _SIGNED,
}


def _mail(number: int, step: str) -> Rows:
    at = f"{_SIGNED} + {number * 4 * DAY + HOUR}"
    columns = {
        "id": f"n.i * 8 + {number}",
        **_OF,
        "enrollment_id": "n.i",
        **_RUN,
        "step": f"'{step}'",
        "visit": "1",
        "mail": f"'{step}'",
        "service": "false",
        "ref": f"'bench{number}-' || CAST(1000000000 + n.i AS TEXT)",
        "state": "'accepted'",
        "due_at": at,
        "created_at": at,
        "provider": "'sendgrid'",
        "why": "'{}'",
        "accepted_at": at,
        "settled_at": at,
        "delivered_at": f"CASE WHEN n.i % 100 <> {number} THEN {at} + 5 END",
        "bounced_at": f"CASE WHEN n.i % 100 = {number} THEN {at} + 5 END",
        "complained_at": f"CASE WHEN n.i % 5000 = {number} THEN {at} + {HOUR} END",
        "clicked_at": f"CASE WHEN n.i % 9 = {number} THEN {at} + {HOUR} END",
    }
    return "message", columns, "1 = 1"


def _event(number: int, kind: str, link: str, at: str, of_whom: str) -> Rows:
    known = {"id": f"n.i * 8 + {number}", **_OF, "at": at, "kind": f"'{kind}'", "link": link, "data": "'{}'"}
    return "event", {**known, "counts_at": f"{at} + 300", "scored_at": ":now"}, of_whom


_VISIT = "n.i % 25 = 0"
_POST = "n.i % 2 = 0"
_ROWS: tuple[Rows, ...] = (
    ("lead", _LEAD, "1 = 1"),
    (
        "consent",
        {"id": "n.i", **_OF, "kind": "'given'", "wording": "'Yes.'", "version": "'1'", "how": "'form'", "at": _SIGNED},
        "1 = 1",
    ),
    (
        "enrollment",
        {
            "id": "n.i",
            **_OF,
            **_RUN,
            "state": _STATE,
            "step": "CASE n.i % 3 WHEN 0 THEN 'causes' WHEN 1 THEN 'evidence' ELSE 'last-one' END",
            "since": _SIGNED,
            "due_at": f":now + 60 + n.i * 7919 % {30 * DAY}",
            "guard": f"CASE WHEN {_STATE} = 2 THEN 'overdue' END",
            "entered_at": _SIGNED,
            "ended_at": _ENDED,
            "reason": _REASON,
        },
        "1 = 1",
    ),
    *(_mail(number, step) for number, step in enumerate(STEPS)),
    _event(0, "signed-up", "NULL", _SIGNED, "1 = 1"),
    _event(1, "clicked", "'book'", f"{_SIGNED} + {2 * DAY}", "n.i % 5 = 1"),
    _event(2, "answered", "'price'", f"{_SIGNED} + {6 * DAY}", "n.i % 10 = 4"),
    (
        "appointment",
        {
            "id": "n.i",
            **_OF,
            "practitioner_id": ":practitioner",
            "visit_type_id": ":kind",
            "starts_at": f"{_SIGNED} + {10 * DAY}",
            "ends_at": f"{_SIGNED} + {10 * DAY + HOUR}",
            "state": f"CASE WHEN {_SIGNED} + {10 * DAY} > :now THEN 'booked' ELSE 'attended' END",
            "uid": "'visit' || CAST(n.i AS TEXT)",
            "booked_at": f"{_SIGNED} + {3 * DAY}",
        },
        _VISIT,
    ),
    (
        "inbox",
        {
            "id": "n.i",
            "clinic_id": ":clinic",
            "source_id": ":source",
            "external_id": "'id:' || CAST(n.i AS TEXT)",
            "received_at": _SIGNED,
            "content_type": "'application/json'",
            "body": "CAST('{}' AS {blob})",
            "state": "CASE WHEN n.i % 20000 = 0 THEN 'unreadable' ELSE 'processed' END",
            "meta": "'{}'",
            "lead_id": "n.i",
            "processed_at": _SIGNED,
        },
        _POST,
    ),
    (
        "suppression",
        {
            "id": "n.i",
            "clinic_id": ":clinic",
            "email_key": _EMAIL,
            "reason": "'unsubscribed'",
            "at": f"{_SIGNED} + {30 * DAY}",
        },
        "n.i % 20 = 0",
    ),
)


def kept_file(leads: int) -> str:
    """The address of the SQLite file with that many leads; made where it is not there yet, or of another schema."""
    HOME.mkdir(parents=True, exist_ok=True)
    path = HOME / f"pages-{leads}-{schema.standing('sqlite://').head}.db"
    if not path.exists():
        for old in HOME.glob(f"pages-{leads}-*"):
            old.unlink()
        half = path.with_suffix(".half")
        for left in HOME.glob(f"{half.name}*"):
            left.unlink()
        prepare(f"sqlite:///{half}", leads)
        _fold(half)
        half.rename(path)
    return f"sqlite:///{path}"


def _fold(path: Path) -> None:
    db = Database(f"sqlite:///{path}")
    with db.read() as conn:
        conn.rollback()
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.dispose()


def prepare(url: str, leads: int) -> None:
    """Fills an empty database: so many leads, five times as many mails."""
    upgrade(url)
    kit, _provider = worker(url, "sendgrid", 9)
    given = {
        "owner_name": "Dana",
        "owner_email": EMAIL,
        "password": PASSWORD,
        "name": "Bench",
        "address": "1 Example Street",
        "city": "Minnetonka",
        "phone": "+19525550100",
        "website": "https://bench.example",
        "zone": "America/Chicago",
    }
    owner = create_owner(kit, given)
    with kit.db.read() as conn:
        series = campaigns.by_key(conn, owner.clinic_id, SERIES)
        who = practitioners.signing(conn, owner.clinic_id)
        kind = practitioners.first_visit(conn, owner.clinic_id)
        form = sources.of_clinic(conn, owner.clinic_id)
    if series is None or who is None or kind is None:
        raise LookupError("the new clinic is not furnished")
    values = {
        "clinic": owner.clinic_id,
        "source": form[0].id,
        "campaign": series.id,
        "version": series.version_id,
        "practitioner": who.id,
        "kind": kind.id,
        "now": NOW,
        "age": NOW / (30 * DAY),
    }
    blob = "BLOB" if kit.db.sqlite else "BYTEA"
    rows = [
        (table, {name: text.replace("{blob}", blob) for name, text in columns.items()}, of_whom)
        for table, columns, of_whom in _ROWS
    ]
    dropped = _drop_indexes(kit.db, {table for table, _, _ in rows})
    fill(kit.db, rows, leads, values, settled=False)
    _run(kit.db, dropped)
    settle(kit.db)
    kit.db.dispose()


def _drop_indexes(db: Database, tables: set[str]) -> list[str]:
    """Filling a table and then making its indexes takes a fraction of the time; gives what makes them again."""
    found = [index for table in sorted(tables) for index in metadata.tables[table].indexes]
    # Those of some rows come last, as migrations have made them: of two that would do SQLite takes the later.
    found.sort(key=lambda index: (index.dialect_options["sqlite"]["where"] is not None, str(index.name)))
    with db.write() as conn:
        for index in found:
            index.drop(conn)
    return [str(sa.schema.CreateIndex(index).compile(dialect=_dialect(db))) for index in found]


def _dialect(db: Database) -> sa.Dialect:
    return db.url.get_dialect()()


def _run(db: Database, statements: list[str]) -> None:
    for statement in statements:
        with db.write() as conn:
            conn.exec_driver_sql(statement)
