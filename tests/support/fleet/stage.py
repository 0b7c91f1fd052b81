"""The stage of a fleet: one PostgreSQL, one far end, one clock, and workers that can be killed, frozen and cut off."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from service.assembly import wall
from service.delivery.events_sendgrid import parse
from service.jobs import queue_schema
from service.storage.database import Database
from service.storage.migrate import upgrade
from service.usecases.record_events import record_events
from tests.support import postgres
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fleet.crowd import fill
from tests.support.fleet.network import Network, network
from tests.support.signed_events import body, report

ROOT = Path(__file__).resolve().parents[3]
SILENT_AFTER = 2.5
_MADE = (
    "CREATE DATABASE fleet",
    "ALTER DATABASE fleet SET synchronous_commit = on",
    "ALTER DATABASE fleet SET idle_in_transaction_session_timeout = '3s'",
)


@dataclass
class Stage:
    """`folder` holds the ledger of what the far end took, the clock's offset and the workers' words."""

    folder: Path
    cluster: postgres.Cluster
    url: str
    net: Network
    play: Cast
    far_end: str
    began: int
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._requests: list[tuple[int, list[str]]] = []
        self._read_to = 0

    # ── the workers ─────────────────────────────────────────────────────────────────────────────────────────────────
    def hire(self, count: int = 1) -> None:
        """Starts workers, and waits until each has ticked."""
        known = len(self.workers)
        for number in range(known, known + count):
            self.workers.append(self._start(number))
        self.until(lambda: self.ask("SELECT count(*) FROM worker WHERE tick_at IS NOT NULL")[0][0] >= known + count)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        database = self.url.replace("127.0.0.1", self.net.host)
        settings = {
            "MERIDIAN_SECRET_KEY": "only for tests: thirty-two bytes and more",
            "MERIDIAN_DATABASE_URL": database,
            "MERIDIAN_MAIL": "sendgrid",
            "MERIDIAN_BASE_URL": "https://mail.example",
            "SENDGRID_API_KEY": f"SG.worker-{number}",
            "FLEET_FAR_END": self.far_end,
            "FLEET_CLOCK": str(self.folder / "clock"),
            "FLEET_SILENT_AFTER": str(SILENT_AFTER),
        }
        said = (self.folder / f"worker-{number}.log").open("wb")
        command = [*self.net.machine(), sys.executable, "-m", "tests.support.fleet.worker"]
        with said:
            return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=said, stderr=said)

    def kill(self, number: int) -> None:
        self.workers[number].kill()
        self.workers[number].wait()

    def freeze(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGCONT)

    def stop(self, number: int, within: float = 30) -> int:
        self.workers[number].terminate()
        return self.workers[number].wait(within)

    def said(self, number: int) -> str:
        return (self.folder / f"worker-{number}.log").read_text()

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def pass_time(self, seconds: int) -> None:
        """Every worker's clock jumps."""
        file = self.folder / "clock"
        (before,) = struct.unpack("q", file.read_bytes())
        with file.open("r+b") as handle:
            handle.write(struct.pack("q", before + seconds))

    def now(self) -> int:
        (offset,) = struct.unpack("q", (self.folder / "clock").read_bytes())
        return wall() + offset

    def until(self, true: Callable[[], bool], within: float = 60, every: float = 0.05) -> float:
        """Waits for it; gives the seconds that it took. What the workers said is told when it does not come true."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > within:
                tails = "\n".join(f"worker {place}: {self.said(place)[-800:]}" for place in range(len(self.workers)))
                raise AssertionError(f"not within {within} s: {self.states()}, {self.queue()}\n{tails}")
            time.sleep(every)
        return time.monotonic() - began

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────
    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as conn:
            return conn.execute(query.encode(), values).fetchall()

    def change(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement.encode(), values)

    def states(self) -> Counter[str]:
        return Counter(dict(self.ask("SELECT state, count(*) FROM message GROUP BY state")))

    def queue(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT task_name, status, args, worker_id FROM procrastinate.procrastinate_jobs ORDER BY id")

    def ledger(self) -> Counter[str]:
        """How often the far end took each ref on."""
        return Counter(ref for _, refs in self.requests() for ref in refs)

    def by_worker(self) -> dict[int, int]:
        """How many mails each has handed over."""
        found = Counter[int]()
        for worker, refs in self.requests():
            found[worker] += len(refs)
        return dict(sorted(found.items()))

    def requests(self) -> list[tuple[int, list[str]]]:
        """What the far end has taken so far: by which worker, which refs."""
        file = self.folder / "ledger"
        if file.exists():
            with file.open() as handle:
                handle.seek(self._read_to)
                for line in handle:
                    if not line.endswith("\n"):
                        break  # it is being written: read once it is whole
                    key, *refs = line.split()
                    self._requests.append((int(key.rpartition("-")[2]), refs))
                    self._read_to += len(line)
        return self._requests

    def taken(self) -> int:
        return sum(len(refs) for _, refs in self.requests())

    def crowd(self, count: int) -> None:
        """So many leads, whose first mail is not due yet."""
        fill(self.play, self.url, count)

    def let_go(self) -> None:
        """From now on all of them are due."""
        self.change("UPDATE enrollment SET due_at = %s WHERE state = 1", self.now() - 1)

    def restart(self) -> None:
        restart(self.cluster)

    def all_decided(self) -> bool:
        """Nobody waits for a worker that lives: what is not with the far end is in the hands of those who died."""
        return not any(
            self.ask(f"SELECT 1 FROM {rows} LIMIT 1")
            for rows in (
                f"enrollment WHERE state = 1 AND due_at <= {self.now()}",
                "message WHERE state = 'planned'",
                "procrastinate.procrastinate_jobs WHERE queue_name = 'sending' AND status = 'doing'",
            )
        )

    def report(self, refs: list[str]) -> None:
        """SendGrid's webhook tells what became of these."""
        now = self.now()
        reports = [report("delivered", ref, now, sg_event_id=f"{ref}.{now}") for ref in refs]
        kit = replace(self.play.kit, clock=self.now)
        for start in range(0, len(reports), 1_000):
            record_events(kit, parse(body(*reports[start : start + 1_000]), now))

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()  # ends a frozen one too
                worker.wait()


@contextmanager
def stage(folder: Path, delay: float = 0.0, *, alone: bool = False) -> Iterator[Stage]:
    """`delay`: seconds that the far end thinks before it answers. `alone`: no machines of their own, all on
    loopback."""
    net = Network() if alone else network()
    cluster = postgres.new_cluster()
    sink = None
    made = None
    try:
        (folder / "clock").write_bytes(struct.pack("q", 0))
        url = _database(cluster, net)
        sink = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fleet.sink", net.host, str(folder / "ledger"), str(delay)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert sink.stdout is not None
        far_end = f"http://{net.host}:{int(sink.stdout.readline())}"
        now = wall()
        made = Stage(folder, cluster, url, net, cast(Database(url), Clock(now), mail="sendgrid"), far_end, now)
        yield made
    finally:
        if made is not None:
            made.close()
            made.play.db.dispose()
        if sink is not None:
            sink.kill()
            sink.wait()
            if sink.stdout is not None:
                sink.stdout.close()
        cluster.stop()
        net.close()


def _database(cluster: postgres.Cluster, net: Network) -> str:
    """Migrated, with the queue; other machines may come in where there are some."""
    postgres.execute(cluster.url(), *_MADE)
    url = cluster.url("fleet")
    if net.separate:
        with (cluster.data / "pg_hba.conf").open("a") as hba:
            hba.write(f"\nhost all all {net.host}/24 trust\n")
        port = (cluster.folder / "port").read_text()
        given = postgres.SETTINGS | {"listen_addresses": f"127.0.0.1,{net.host}"}
        words = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in given.items())
        restart(cluster, "-o", f"{words} -p {port}")
    upgrade(url)
    queue_schema.lay_out(url)
    return url


def restart(cluster: postgres.Cluster, *more: str) -> None:
    log = str(cluster.data / "server.log")
    cluster._run("pg_ctl", "restart", "-D", str(cluster.data), "-w", "-m", "fast", "-l", log, *more)
