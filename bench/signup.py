"""The sign-up door, beside a bare Flask route that writes the same row behind the same server; then with a worker that
sends at full speed from the same database."""

from __future__ import annotations

import base64
import hmac
import json
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import sqlalchemy as sa

from bench import send_data
from bench.databases import databases
from bench.folders import folder
from bench.hands import ROOT, python
from bench.ours import environment
from bench.servers import Burst, Server, burst, free_port, granian, request, server
from bench.sinks import sink
from service.storage import clinics, sources
from service.storage.database import Database
from service.storage.tables import inbox

LEAST_SHARE, MOST_MS = 0.60, 20.0
CLIENTS = 4
SECRET = "whsec_" + base64.b64encode(b"only for benchmarks: thirty-two by").decode()
KEY = "bench-form"


@dataclass(frozen=True, slots=True)
class _House:
    url: str
    clinic_id: int
    source_id: int


def run(database: str, posts: int, rounds: int, leads: int) -> dict[str, Any]:
    """`posts` a round and contender; `leads`: how many mails the worker has to send meanwhile."""
    names = (f"m{number}" for number in count(1))
    with folder() as own, databases(database, own) as stores:
        kept = stores.keep("signup", partial(send_data.prepare, leads=leads))
        with stores.copy(kept) as url, stores.copy(kept) as bare_url, sink("http") as out:
            house, bare = _house(url), _house(bare_url)
            with _ours(house.url, out.port) as door, _bare(bare.url) as limit:
                rates = _in_turn(door, limit, bare, posts, rounds, names)
                busy, worked = _while_sending(door, house.url, out.port, posts, names)
            sent = [*rates.pop("names"), *busy.pop("names")]
            missing = _missing(house, sent)
        kind = stores.kind
    asked = {"what": "signup", "database": kind, "posts": posts, "rounds": rounds, "clients": CLIENTS}
    return _judged({**asked, **rates, **busy, "worker_messages_per_second": worked, "lost": missing})


def _in_turn(
    door: Server, limit: Server, bare: _House, posts: int, rounds: int, names: Iterator[str]
) -> dict[str, Any]:
    """Rates, p99 and CPU of both, medians; the first round warms up."""
    ours: list[tuple[Burst, float]] = []
    theirs: list[tuple[Burst, float]] = []
    sent: list[str] = []
    for _ in range(rounds + 1):
        mine = [next(names) for _ in range(posts)]
        sent += mine
        ours.append(_timed(door, [_signed(name) for name in mine]))
        path = f"/signup/{bare.clinic_id}/{bare.source_id}"
        bodies = [request(path, _body(name), {"webhook-id": name}) for name in mine]
        theirs.append(_timed(limit, bodies))
    rate, bare_rate = (statistics.median(each.rate for each, _ in found[1:]) for found in (ours, theirs))
    cpu, bare_cpu = (statistics.median(spent for _, spent in found[1:]) for found in (ours, theirs))
    return {
        "signups_per_second": round(rate),
        "bare_per_second": round(bare_rate),
        "limit_ratio": round(rate / bare_rate, 3),
        "cpu_ms": round(cpu * 1e3, 3),
        "bare_cpu_ms": round(bare_cpu * 1e3, 3),
        "limit_cpu_ratio": round(bare_cpu / cpu, 3) if cpu else None,
        "p99_ms": round(_p99(each for burst_, _ in ours[1:] for each in burst_.took), 2),
        "bare_p99_ms": round(_p99(each for burst_, _ in theirs[1:] for each in burst_.took), 2),
        "names": sent,
    }


def _timed(at: Server, requests: Sequence[bytes]) -> tuple[Burst, float]:
    """With the CPU seconds that the server spent a request."""
    before = at.cpu()
    told = burst(at.port, requests, CLIENTS)
    if set(told.statuses) != {200}:
        raise RuntimeError(f"answers were {sorted(set(told.statuses))}")
    return told, (at.cpu() - before) / len(requests)


def _while_sending(door: Server, url: str, port: int, posts: int, names: Iterator[str]) -> tuple[dict[str, Any], int]:
    """p99 of those posts that were made while the worker was at work."""
    command = python("bench.send_ours", url=url, provider="sendgrid", port=port, warm=1)
    hand = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    sent: list[str] = []
    told: list[Burst] = []
    if hand.stdin is None or hand.stdout is None:
        raise RuntimeError("the worker has no way to talk")
    with hand, hand.stdin, hand.stdout:
        hand.stdout.readline()
        hand.stdin.write("go\n")
        hand.stdin.flush()
        while hand.poll() is None and not _readable(hand):
            mine = [next(names) for _ in range(max(CLIENTS, posts // 5))]
            sent += mine
            told.append(burst(door.port, [_signed(name) for name in mine], CLIENTS))
        worker = json.loads(hand.stdout.readline())
    pairs = [pair for each in told for pair in zip(each.begun, each.took, strict=True)]
    during = [took for began, took in pairs if worker["began"] <= began and began + took <= worker["ended"]]
    rate = round(worker["mails"] / (worker["ended"] - worker["began"]))
    refused = sum(status != 200 for each in told for status in each.statuses)
    busy = {"p99_ms_while_sending": round(_p99(during), 2), "posts_while_sending": len(during), "refused": refused}
    return busy | {"names": sent}, rate


def _readable(hand: subprocess.Popen[str]) -> bool:
    return bool(select.select([hand.stdout], [], [], 0)[0])


def _p99(took: Iterable[float]) -> float:
    """Milliseconds; 0 of none."""
    found = sorted(took)
    return found[min(len(found) - 1, int(len(found) * 0.99))] * 1e3 if found else 0.0


def _house(url: str) -> _House:
    db = Database(url)
    with db.write() as conn:
        clinic_id = next(iter(clinics.everyone(conn)))
        values = {
            "vendor": "standard",
            "secret": SECRET,
            "name": "The form",
            "interest": "sciatica",
            "consent_wording": "Yes, send me notes on sciatica by email. I can stop them at any time.",
            "consent_version": "1",
            "double_opt_in": False,
            "mapping": {},
        }
        source_id = sources.add(conn, clinic_id, KEY, values, send_data.NOW)
    db.dispose()
    if source_id is None:
        raise RuntimeError("the source is there already")
    return _House(url, clinic_id, source_id)


@contextmanager
def _ours(url: str, port: int) -> Iterator[Server]:
    with server([sys.executable, "-m", "service", "serve"], free_port(), environment(url, port)) as door:
        yield door


@contextmanager
def _bare(url: str) -> Iterator[Server]:
    command = granian("bench.limit_signup:app")
    with server(command, free_port(), {"BENCH_DATABASE_URL": url}) as door:
        yield door


def _body(name: str) -> bytes:
    data = {
        "email": f"{name}@example.org",
        "first_name": "Alice",
        "phone": "+1 612 555 0134",
        "interest": "sciatica",
        "message": "It has been with me since spring, mostly in the left leg when I sit.",
        "consent": True,
        "timezone": "America/Chicago",
        "page": "https://bench.example/sciatica",
        "utm": {"source": "search", "campaign": "autumn"},
    }
    return json.dumps({"type": "consultation.requested", "data": data}).encode()


def _signed(name: str) -> bytes:
    body, stamp = _body(name), str(int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.digest(key, b".".join((name.encode(), stamp.encode(), body)), "sha256")
    headers = {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "User-Agent": "Form/1.0",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    }
    return request(f"/hooks/signup/{KEY}", body, headers)


def _missing(house: _House, sent: Sequence[str]) -> int:
    """Answered with 200, and not in the inbox."""
    db = Database(house.url)
    with db.read() as conn:
        kept = set(conn.execute(sa.select(inbox.c.external_id)).scalars())
    db.dispose()
    return len({f"id:{name}" for name in sent} - kept)


def _judged(figures: dict[str, Any]) -> dict[str, Any]:
    least = {"limit_ratio": LEAST_SHARE}
    most = {"p99_ms_while_sending": MOST_MS, "lost": 0, "refused": 0}
    missed = [name for name, bound in least.items() if figures[name] < bound]
    missed += [name for name, bound in most.items() if figures[name] > bound]
    return {**figures, "target": {"at_least": least, "at_most": most}, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"sign-up on {found['database']}: {found['signups_per_second']:,}/s, {found['limit_ratio']:.0%} of the bare "
        f"route's {found['bare_per_second']:,}/s (by CPU {found['limit_cpu_ratio']:.0%})"
    )
    yield (
        f"p99 {found['p99_ms']} ms (bare {found['bare_p99_ms']}), {found['p99_ms_while_sending']} ms beside a worker "
        f"at {found['worker_messages_per_second']:,} mails/s; lost {found['lost']}"
    )
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"
