"""What a tick costs when nobody is due: with a thousand enrolled leads, and with a million, in turn in one go."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from service.content.links import Links
from service.content.studio import Studio
from service.delivery.outbox import OutboxProvider
from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import campaigns, clinics, ids, tables
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.usecases.advance import advance
from service.usecases.kit import Kit
from service.usecases.library import Library
from service.usecases.publish_campaign import TEMPLATES, import_shipped

NOW = 1_795_536_000
LIMIT = 3.0
CHUNK = 20_000
WARM = 5


def run(small: int, large: int, rounds: int, url: str | None) -> dict[str, Any]:
    """Medians in microseconds, their ratio, and the plan of the one query that finds who is due."""
    found: dict[str, Any] = {"what": "idle tick", "small": small, "large": large, "rounds": rounds, "limit": LIMIT}
    with _folder() as folder:
        found["sqlite"] = _compare([f"sqlite:///{folder}/{size}.db" for size in (small, large)], (small, large), rounds)
    if url:
        with _databases(url) as urls:
            found["postgresql"] = _compare(urls, (small, large), rounds)
    found["ok"] = all(found[name]["ratio"] < LIMIT for name in ("sqlite", "postgresql") if name in found)
    return found


def words(found: dict[str, Any]) -> Iterator[str]:
    for name in ("sqlite", "postgresql"):
        if name in found:
            one = found[name]
            yield f"{name}: {one['small_us']:.0f} µs and {one['large_us']:.0f} µs, ratio {one['ratio']:.2f}"
            yield from (f"  {line}" for line in one["plan"])
    yield "ok" if found["ok"] else f"too slow: the limit is {LIMIT}"


def _compare(urls: Sequence[str], sizes: tuple[int, int], rounds: int) -> dict[str, Any]:
    kits = []
    for url, size in zip(urls, sizes, strict=True):
        upgrade(url)
        kit = _kit(Database(url))
        _fill(kit, size)
        kits.append(kit)
    took: list[list[float]] = [[], []]
    for round_no in range(rounds + WARM):
        for place, kit in enumerate(kits):
            elapsed = _tick(kit)
            if round_no >= WARM:
                took[place].append(elapsed)
    small, large = (statistics.median(each) * 1e6 for each in took)
    plan = _plan(kits[1])
    for kit in kits:
        kit.db.dispose()
    return {"small_us": round(small, 1), "large_us": round(large, 1), "ratio": round(large / small, 3), "plan": plan}


def _tick(kit: Kit) -> float:
    began = time.perf_counter()
    tally = advance(kit, _NOBODY)
    elapsed = time.perf_counter() - began
    if tally.seen:
        raise RuntimeError("somebody was due")
    return elapsed


_NOBODY = OutboxProvider(lambda _mails: None, lambda _refs: set())


def _kit(db: Database) -> Kit:
    clock: Callable[[], int] = lambda: NOW  # noqa: E731
    base_url = "http://127.0.0.1:8000"
    return Kit(
        db=db,
        clock=clock,
        wall=clock,
        links=Links(b"only for benchmarks: thirty-two by"),
        studio=Studio(TEMPLATES, base_url),
        library=Library(),
        base_url=base_url,
        secret=b"only for benchmarks: thirty-two by",
        mail="outbox",
    )


def _fill(kit: Kit, size: int) -> None:
    """`size` leads in the shipped series, due over the next thirty days."""
    with kit.db.write() as conn:
        clinic_id = clinics.add(conn, _CLINIC)
        import_shipped(conn, clinic_id, NOW)
        series = campaigns.by_key(conn, clinic_id, "sciatica-consultation")
        if series is None:
            raise RuntimeError("the shipped series is missing")
    for start in range(0, size, CHUNK):
        count = min(CHUNK, size - start)
        lead_ids, run_ids = ids.take(count), ids.take(count)
        with kit.db.write() as conn:
            conn.execute(sa.insert(tables.lead), [_lead(clinic_id, lead_id) for lead_id in lead_ids])
            conn.execute(
                sa.insert(tables.enrollment),
                [
                    {
                        "id": run_id,
                        "clinic_id": clinic_id,
                        "lead_id": lead_id,
                        "campaign_id": series.id,
                        "version_id": series.version_id,
                        "state": int(EnrollmentState.ACTIVE),
                        "step": "causes",
                        "since": NOW - DAY,
                        "due_at": NOW + 60 + (run_id * 7919) % (30 * DAY),
                        "entered_at": NOW - DAY,
                    }
                    for run_id, lead_id in zip(run_ids, lead_ids, strict=True)
                ],
            )
    if not kit.db.sqlite:
        _analyze(kit.db)


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


def _lead(clinic_id: int, lead_id: int) -> dict[str, Any]:
    email = f"{lead_id}@example.org"
    return {
        "id": lead_id,
        "clinic_id": clinic_id,
        "email": email,
        "email_key": email,
        "zone": "America/Chicago",
        "zone_from": "form",
        "utm": {},
        "refused_topics": [],
        "consent": "given",
        "consent_at": NOW - DAY,
        "created_at": NOW - DAY,
        "changed_at": NOW - DAY,
    }


def _plan(kit: Kit) -> list[str]:
    """Of the statement that the tick itself runs."""
    seen: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    _tick(kit)
    sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    statement, parameters = next(found for found in seen if "enrollment.due_at" in found[0])
    verb = "EXPLAIN QUERY PLAN " if kit.db.sqlite else "EXPLAIN "
    with kit.db.read() as conn:
        rows = conn.exec_driver_sql(verb + statement, parameters).all()
    return [str(row[-1]).strip() for row in rows]


def _analyze(db: Database) -> None:
    with db.write() as conn:
        conn.exec_driver_sql("ANALYZE")


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="meridian-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _databases(url: str) -> Iterator[list[str]]:
    """Two databases of our own on that server, dropped afterwards."""
    server = make_url(url).set(drivername="postgresql")
    names = ["meridian_bench_small", "meridian_bench_large"]

    def each(verb: str) -> None:
        with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
            for name in names:
                connection.execute(f'{verb} "{name}"'.encode())

    each("DROP DATABASE IF EXISTS")
    each("CREATE DATABASE")
    try:
        yield [server.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        each("DROP DATABASE IF EXISTS")
