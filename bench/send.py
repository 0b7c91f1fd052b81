"""What sending costs, from the due lead to the recorded answer, beside the limit loop and a peer, in turn in one go."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import limit_store, peer, same_mail, send_data
from bench.databases import Databases, databases
from bench.folders import folder
from bench.hands import Worked, python
from bench.hands import run as work
from bench.sinks import Sink, Taken, sink
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.advance import BATCH

TARGETS = {
    ("sendgrid", "sqlite"): {"limit_ratio": 1.0, "peer_ratio": 50.0},
    ("smtp", "sqlite"): {"limit_ratio": 2.0, "peer_ratio": 20.0},
    ("sendgrid", "postgresql"): {"limit_ratio": 0.8, "peer_ratio": 50.0},
    ("smtp", "postgresql"): {"limit_ratio": 0.8, "peer_ratio": 20.0},
}
MOST_STATEMENTS, MOST_MB, MOST_LOCK_MS, SLOW_RATE = 8, 120.0, 10.0, 30_000
PEER_LEADS = 600


@dataclass(slots=True)
class _Round:
    rate: float
    cpu: float  # seconds a thousand mails
    rss_mb: float
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    provider: str
    leads: int
    workers: int
    rounds: int
    latency: int
    peer: bool


def run(
    provider: str, database: str, leads: int, workers: int, rounds: int, latency: int, peer: bool
) -> dict[str, Any]:
    """The keys of `figures`, medians of the rounds. `database`: sqlite, postgresql (a cluster of its own), or a URL of
    a server. `latency`: milliseconds that the HTTP sink takes for each request."""
    asked = _Asked(provider, leads, workers, rounds, latency, peer)
    kind = "http" if provider == "sendgrid" else "smtp"
    arguments = [str(latency)] if kind == "http" else []
    with folder() as own, databases(database, own) as stores, sink(kind, *arguments) as out:
        found = _rounds(asked, stores, out, own)
        return _figures(asked, stores.kind, found)


def _rounds(asked: _Asked, stores: Databases, out: Sink, own: Path) -> dict[str, list[_Round]]:
    ours = stores.keep("ours", partial(send_data.prepare, leads=asked.leads))
    limit = stores.keep("limit", partial(limit_store.prepare, leads=asked.leads))
    mail = own / "mail.json"
    with stores.copy(ours) as url:
        same_mail.write(url, mail)
    contenders = {"ours": partial(_ours, asked, stores, ours), "limit": partial(_limit, asked, stores, limit, mail)}
    if asked.peer:
        none = stores.keep("peer", lambda _url: None)
        contenders["peer"] = partial(_peer, asked, stores, none, mail, peer.interpreter())
    found: dict[str, list[_Round]] = {name: [] for name in contenders}
    for _ in range(asked.rounds):
        for name, one in contenders.items():
            found[name].append(one(out))
    return found


def _ours(asked: _Asked, stores: Databases, kept: str, out: Sink) -> _Round:
    warm = max(1, min(BATCH, asked.leads // (4 * asked.workers)))
    with stores.copy(kept) as url:
        command = python("bench.send_ours", url=url, provider=asked.provider, port=out.port, warm=warm)
        worked = work([command] * asked.workers)
        taken = out.take()
        lost, repeated, unrecorded = _compare(url, asked.leads, taken)
    statements = max(each.more["statements"] for each in worked)
    lock = statistics.median(each.more["lock_ms"] for each in worked)
    more = {"statements": statements, "lock_ms": lock, "lost": lost, "repeated": repeated, "unrecorded": unrecorded}
    return _round(worked, {**more, "faults": list(taken.faults), "requests": taken.requests})


def _limit(asked: _Asked, stores: Databases, kept: str, mail: Path, out: Sink) -> _Round:
    batch = max(1, min(1_000, asked.leads // 4))
    with stores.copy(kept) as url:
        asked_of = {"url": url, "provider": asked.provider, "port": out.port, "mail": str(mail), "batch": batch}
        worked = work([python("bench.limit_send", **asked_of)])
    _whole(out.take(), asked.leads)
    return _round(worked)


def _peer(asked: _Asked, stores: Databases, kept: str, mail: Path, interpreter: str, _out: Sink) -> _Round:
    """By SMTP in any case, the one way that it knows."""
    leads = max(1, min(asked.leads // 10, PEER_LEADS))
    with stores.copy(kept) as url, sink("smtp") as out:
        command = python("bench.peer_send", url=url, port=out.port, mail=str(mail), leads=leads)
        worked = work([[interpreter, *command[1:]]])
        taken = out.take()
    _whole(taken, sum(each.mails + each.more["warm"] for each in worked))
    return _round(worked)


def _round(worked: Sequence[Worked], more: dict[str, Any] | None = None) -> _Round:
    """Several workers are one contender: from the first's beginning to the last's end."""
    mails = sum(each.mails for each in worked)
    wall = max(each.ended for each in worked) - min(each.began for each in worked)
    cpu = sum(each.cpu for each in worked)
    return _Round(mails / wall, cpu / max(mails, 1) * 1_000, max(each.rss_mb for each in worked), more or {})


def _compare(url: str, leads: int, taken: Taken) -> tuple[int, int, int]:
    """Lost: due, and never taken by the sink under the name that our row has. Repeated: taken more than once.
    Unrecorded: taken, and not known to us as accepted."""
    db = Database(url)
    with db.read() as conn:
        rows = {ref: state for ref, state in conn.execute(sa.select(message.c.ref, message.c.state))}
    db.dispose()
    lost = leads - sum(ref in taken.refs for ref in rows)
    repeated = taken.refs.total() - len(taken.refs)
    unrecorded = sum(rows.get(ref) != "accepted" for ref in taken.refs)
    return lost, repeated, unrecorded


def _whole(taken: Taken, mails: int) -> None:
    if len(taken.refs) != mails or taken.faults:
        raise RuntimeError(f"{len(taken.refs)} of {mails} mails came; {list(taken.faults)}")


def _figures(asked: _Asked, database: str, found: dict[str, list[_Round]]) -> dict[str, Any]:
    def middle(name: str, what: str) -> float:
        return float(statistics.median(getattr(each, what) for each in found[name]))

    ours = found["ours"]
    rate, cpu = middle("ours", "rate"), middle("ours", "cpu")
    slow_peer = None
    if "peer" in found:
        slow_peer = middle("peer", "cpu") / cpu if asked.provider == "sendgrid" else rate / middle("peer", "rate")
    figures: dict[str, Any] = {
        "what": "send",
        "provider": asked.provider,
        "database": database,
        "leads": asked.leads,
        "workers": asked.workers,
        "rounds": asked.rounds,
        "latency_ms": asked.latency,
        "messages_per_second": round(rate),
        "cpu_seconds_per_1000": round(cpu, 4),
        "peak_rss_mb": max(each.rss_mb for each in ours),
        "limit_ratio": round(rate / middle("limit", "rate"), 3),
        "limit_cpu_ratio": round(middle("limit", "cpu") / cpu, 3),
        "peer_ratio": None if slow_peer is None else round(slow_peer, 1),
        "statements_per_batch": max(each.more["statements"] for each in ours),
        "write_lock_ms": round(statistics.median(each.more["lock_ms"] for each in ours), 2),
        "lost": max(each.more["lost"] for each in ours),
        "repeated": max(each.more["repeated"] for each in ours),
        "unrecorded": max(each.more["unrecorded"] for each in ours),
        "faults": sorted({fault for each in ours for fault in each.more["faults"]}),
        "requests": statistics.median(each.more["requests"] for each in ours),
        "limit": {name: round(middle("limit", name), 4) for name in ("rate", "cpu", "rss_mb")},
    }
    if "peer" in found:
        figures["peer"] = {name: round(middle("peer", name), 4) for name in ("rate", "cpu", "rss_mb")}
    return _judged(figures)


def _judged(figures: dict[str, Any]) -> dict[str, Any]:
    """With the targets, and the names of those that were missed."""
    least: dict[str, float] = dict(TARGETS[figures["provider"], figures["database"]])
    if figures["latency_ms"]:
        least = {"messages_per_second": SLOW_RATE}
    elif figures["workers"] > 1:
        least = {}
    most = {"statements_per_batch": MOST_STATEMENTS, "peak_rss_mb": MOST_MB, "write_lock_ms": MOST_LOCK_MS}
    most |= {"lost": 0, "repeated": 0, "unrecorded": 0}
    missed = [name for name, bound in least.items() if figures[name] is not None and figures[name] < bound]
    missed += [name for name, bound in most.items() if figures[name] > bound]
    missed += ["faults"] if figures["faults"] else []
    return {**figures, "target": {"at_least": least, "at_most": most}, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['provider']} on {found['database']}: {found['messages_per_second']:,} mails/s, "
        f"{found['cpu_seconds_per_1000']} CPU s a thousand, {found['peak_rss_mb']} MB, "
        f"{found['statements_per_batch']} statements a batch, SQLite locked for {found['write_lock_ms']} ms"
    )
    yield f"limit loop × {found['limit_ratio']} (by CPU × {found['limit_cpu_ratio']}), peer × {found['peer_ratio']}"
    yield f"lost {found['lost']}, repeated {found['repeated']}"
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"
