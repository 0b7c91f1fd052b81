"""What a tick costs when nobody is due: with few enrolled leads, and with very many, in turn in one go."""

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

from bench.bulk import CLINIC, fill
from service.content.links import Links
from service.content.studio import Studio
from service.delivery.outbox import OutboxProvider
from service.domain.timing import DAY
from service.storage import campaigns, clinics
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.usecases.advance import advance
from service.usecases.kit import Kit
from service.usecases.library import Library
from service.usecases.publish_campaign import TEMPLATES, import_shipped

NOW = 1_795_536_000
LIMIT = 2.0
MOST_US = {"sqlite": 1_000.0, "postgresql": 2_000.0}
WARM = 5


def run(small: int, large: int, rounds: int, url: str | None) -> dict[str, Any]:
    """Medians in microseconds, their ratio, and the plan of the one query that finds who is due."""
    found: dict[str, Any] = {"what": "idle", "small": small, "large": large, "rounds": rounds}
    with _folder() as folder:
        found["sqlite"] = _compare([f"sqlite:///{folder}/{size}.db" for size in (small, large)], (small, large), rounds)
    if url:
        with _databases(url) as urls:
            found["postgresql"] = _compare(urls, (small, large), rounds)
    kinds = [name for name in MOST_US if name in found]
    missed = [f"ratio on {name}" for name in kinds if found[name]["ratio"] > LIMIT]
    missed += [f"time on {name}" for name in kinds if found[name]["large_us"] > MOST_US[name]]
    missed += [f"writes on {name}" for name in kinds if found[name]["writes"]]
    target = {"at_most": {"ratio": LIMIT, **{f"{name} µs": MOST_US[name] for name in kinds}, "writes": 0}}
    return {**found, "target": target, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    for name in ("sqlite", "postgresql"):
        if name in found:
            one = found[name]
            yield f"{name}: {one['small_us']:.0f} µs and {one['large_us']:.0f} µs, ratio {one['ratio']:.2f}"
            yield from (f"  {line}" for line in one["plan"])
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"


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
    plan, writes = _plan(kits[1])
    for kit in kits:
        kit.db.dispose()
    times = {"small_us": round(small, 1), "large_us": round(large, 1), "ratio": round(large / small, 3)}
    return {**times, "plan": plan, "writes": writes}


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


_LEAD = {
    "id": "n.i",
    "clinic_id": ":clinic",
    "email": "CAST(n.i AS TEXT) || '@example.org'",
    "email_key": "CAST(n.i AS TEXT) || '@example.org'",
    "zone": "'America/Chicago'",
    "zone_from": "'form'",
    "utm": "'{}'",
    "refused_topics": "'[]'",
    "consent": "'given'",
    "consent_at": ":then",
    "created_at": ":then",
    "changed_at": ":then",
}
_RUN = {
    "id": "n.i",
    "clinic_id": ":clinic",
    "lead_id": "n.i",
    "campaign_id": ":campaign",
    "version_id": ":version",
    "state": "1",
    "step": "'causes'",
    "since": ":then",
    "due_at": f":now + 60 + n.i * 7919 % {30 * DAY}",
    "entered_at": ":then",
}


def _fill(kit: Kit, size: int) -> None:
    """`size` leads in the shipped series, due over the next thirty days."""
    with kit.db.write() as conn:
        clinic_id = clinics.add(conn, {**CLINIC, "created_at": NOW})
        import_shipped(conn, clinic_id, NOW)
        series = campaigns.by_key(conn, clinic_id, "sciatica-consultation")
        if series is None:
            raise RuntimeError("the shipped series is missing")
    values = {"clinic": clinic_id, "campaign": series.id, "version": series.version_id, "now": NOW, "then": NOW - DAY}
    fill(kit.db, [("lead", _LEAD, "1 = 1"), ("enrollment", _RUN, "1 = 1")], size, values)


def _plan(kit: Kit) -> tuple[list[str], int]:
    """Of the statement that the tick itself runs; and how many of the tick's statements write."""
    seen: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    _tick(kit)
    sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    statement, parameters = next(found for found in seen if "due_at" in found[0])
    verb = "EXPLAIN QUERY PLAN " if kit.db.sqlite else "EXPLAIN "
    with kit.db.read() as conn:
        rows = conn.exec_driver_sql(verb + statement, parameters).all()
    writes = sum(not text.lstrip().upper().startswith(("SELECT", "BEGIN", "ROLLBACK", "SET")) for text, _ in seen)
    return [str(row[-1]).strip() for row in rows], writes


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
