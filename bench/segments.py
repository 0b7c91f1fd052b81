"""What counting a segment costs at a clinic with a million leads, with their fields, tags, scores and deeds."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from service.domain.conditions import Clicked, Condition, Did, Field, Group, Interested, Not, Scored, Tagged
from service.domain.timing import DAY
from service.storage import clinics, condition_sql, segments
from service.storage.database import Database
from service.storage.migrate import upgrade

NOW = 1_795_536_000
LIMIT_MS = 1_000.0
HALF_LIFE = 30
SEGMENTS: dict[str, Condition] = {
    "interest and a field": Group("all", (Interested("sciatica"), Field("insurance", "is", "Aetna"))),
    "a tag": Tagged("vip"),
    "clicked book in the last 14 days": Did("clicked", "book", 14),
    "clicked twice in 90 days": Did("clicked", None, 90, 2),
    "never booked": Not(Did("booked")),
    "score at least 20": Scored("at-least", 20),
    "a number at least 60": Field("age", "at-least", "60"),
    "without the tag": Not(Tagged("vip")),
    "compound": Group(
        "all",
        (
            Group("any", (Interested("sciatica"), Interested("back-pain"), Tagged("vip"))),
            Group("any", (Did("clicked", "book", 30), Clicked("read"), Scored("at-least", 10))),
            Not(Did("booked")),
            Not(Field("insurance", "is", "none")),
        ),
    ),
}
_CLINIC = {
    "slug": "bench",
    "name": "Bench",
    "address": "1 Example Street",
    "city": "Minnetonka",
    "phone": "",
    "website": "",
    "zone": "America/Chicago",
    "from_name": "Bench",
    "from_email": "hello@bench.example",
    "reply_to": "hello@bench.example",
    "created_at": NOW,
}
_INSURANCE = "CASE n.i / 5 % 4 WHEN 0 THEN 'Aetna' WHEN 1 THEN 'Cigna' WHEN 2 THEN 'Medica' ELSE 'none' END"
_EMAIL = "CAST(n.i AS TEXT) || '@example.org'"
_INTEREST = (
    "CASE n.i % 5 WHEN 0 THEN 'sciatica' WHEN 1 THEN 'back-pain' WHEN 2 THEN 'neck-pain' WHEN 3 THEN 'sleep' END"
)
_RANK = "CASE WHEN n.i % 3 = 0 THEN :age + n.i * 31 % 800 / 100.0 - 2 END"
_AGO = "n.i * 104729 % 15552000"
_AGE = "18 + n.i % 60"
_LEAD = {
    "id": "n.i",
    "clinic_id": ":clinic",
    "email": _EMAIL,
    "email_key": _EMAIL,
    "first_name": "'Alice'",
    "zone": "'America/Chicago'",
    "zone_from": "'form'",
    "interest": _INTEREST,
    "utm": "'{}'",
    "consent": "'given'",
    "refused_topics": "'[]'",
    "score_rank": _RANK,
    "created_at": ":now - (:size - n.i) * 31",  # ids rise with time
    "changed_at": ":now",
}
_MARK = {"lead_id": "n.i", "clinic_id": ":clinic", "at": ":now"}
_SIGNED_UP = {
    "id": "n.i",
    "clinic_id": ":clinic",
    "lead_id": "n.i",
    "at": ":now - (:size - n.i) * 31",
    "kind": "'signed-up'",
    "scored_at": ":now",
    "data": "'{}'",
}


def _deed(number: int, kind: str, link: str) -> dict[str, str]:
    own = {"id": f"{number}0000000 + n.i", "kind": f"'{kind}'", "link": link, "at": f":now - 400 - {_AGO}"}
    flag = "CASE WHEN n.i % 19 = 0 THEN 'scanner' END"
    return {**_SIGNED_UP, **own, "counts_at": f":now - 100 - {_AGO}", "flag": flag}


# The filling: a table, each column as an expression over n.i, and of which n.i.
_ROWS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("lead", _LEAD, "1 = 1"),
    (
        "lead_field",
        {**_MARK, "name": "'insurance'", "value": _INSURANCE, "folded": f"lower({_INSURANCE})"},
        "n.i * 7 % 10 < 4",
    ),
    (
        "lead_field",
        {**_MARK, "name": "'age'", "value": f"CAST({_AGE} AS TEXT)", "folded": f"CAST({_AGE} AS TEXT)", "number": _AGE},
        "n.i * 3 % 10 < 4",
    ),
    ("lead_tag", {**_MARK, "tag": "'vip'"}, "n.i % 20 = 0"),
    ("lead_tag", {**_MARK, "tag": "'yoga'"}, "n.i % 7 = 0"),
    ("event", _SIGNED_UP, "1 = 1"),
    ("event", _deed(1, "clicked", "'book'"), "n.i % 5 = 1"),
    ("event", _deed(2, "clicked", "'read'"), "n.i * 3 % 10 < 3"),
    ("event", _deed(3, "answered", "'price'"), "n.i % 10 = 4"),
    ("event", _deed(4, "booked", "NULL"), "n.i * 11 % 20 < 3"),
)


def run(size: int, rounds: int, url: str | None) -> dict[str, Any]:
    """Milliseconds by segment: of the first count and the median of `rounds` more, with its plan."""
    found: dict[str, Any] = {"what": "segments", "leads": size, "limit_ms": LIMIT_MS}
    with tempfile.TemporaryDirectory(prefix="meridian-bench-") as folder:
        found["sqlite"] = _measure(f"sqlite:///{folder}/segments.db", size, rounds)
    if url:
        with _database(url) as own:
            found["postgresql"] = _measure(own, size, rounds)
    found["ok"] = all(
        one["ms"] <= LIMIT_MS for name in ("sqlite", "postgresql") if name in found for one in found[name].values()
    )
    return found


def words(found: dict[str, Any]) -> Iterator[str]:
    for name in ("sqlite", "postgresql"):
        for title, one in found.get(name, {}).items():
            took = f"{one['ms']:7.0f} ms (first {one['first_ms']:.0f}, processor {one['cpu_ms']:.0f})"
            yield f"{name:<11} {took}  {title}: {one['count']}"
            yield from (f"    {line}" for line in one["plan"])
    yield "ok" if found["ok"] else f"too slow: the limit is {LIMIT_MS:.0f} ms"


def _measure(url: str, size: int, rounds: int) -> dict[str, Any]:
    upgrade(url)
    db = Database(url)
    try:
        clinic_id = _fill(db, size)
        return {title: _count(db, clinic_id, who, rounds) for title, who in SEGMENTS.items()}
    finally:
        db.dispose()


def _count(db: Database, clinic_id: int, who: Condition, rounds: int) -> dict[str, Any]:
    clause = condition_sql.clause(who, clinic_id, NOW, HALF_LIFE)
    took, worked = [], []
    for _ in range(rounds + 1):
        with db.read() as conn:
            began, busy = time.perf_counter(), time.process_time()
            number = segments.count(conn, clause)
            took.append((time.perf_counter() - began) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
    with db.read() as conn:
        plan = _plan(conn, sa.select(sa.func.count()).select_from(condition_sql.lead).where(clause))
    found = {"ms": round(statistics.median(took[1:]), 1), "first_ms": round(took[0], 1), "count": number, "plan": plan}
    # of this process: all of the work where the database is a file, next to none where it is a server
    return found | {"cpu_ms": round(statistics.median(worked[1:]), 1)}


def _plan(conn: sa.Connection, query: sa.Select[Any]) -> list[str]:
    written = query.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
    verb = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
    return [str(row[-1]).rstrip() for row in conn.execute(sa.text(verb + str(written).replace(":", "\\:")))]


def _fill(db: Database, size: int) -> int:
    numbers = (
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size) SELECT i FROM n) AS n"
        if db.sqlite
        else "(SELECT CAST(i AS bigint) AS i FROM generate_series(1, :size) AS i) AS n"
    )
    with db.write() as conn:
        clinic_id = clinics.add(conn, _CLINIC)
    values = {"size": size, "clinic": clinic_id, "now": NOW, "age": NOW / (HALF_LIFE * DAY)}
    with db.hurried() as hurried:
        for table, columns, of_whom in _ROWS:
            with hurried.write() as conn:
                rows = f"SELECT {', '.join(columns.values())} FROM {numbers} WHERE {of_whom}"
                written = sa.text(f"INSERT INTO {table} ({', '.join(columns)}) {rows}")
                conn.execute(written, {name: each for name, each in values.items() if f":{name}" in written.text})
    if not db.sqlite:
        with psycopg.connect(db.url.set(drivername="postgresql").render_as_string(False), autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
    return clinic_id


@contextmanager
def _database(url: str) -> Iterator[str]:
    """A database of our own on that server, dropped afterwards."""
    server, name = make_url(url).set(drivername="postgresql"), "meridian_bench_segments"

    def say(words_: str) -> None:
        with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f'{words_} "{name}"'.encode())

    say("DROP DATABASE IF EXISTS")
    say("CREATE DATABASE")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        say("DROP DATABASE IF EXISTS")
