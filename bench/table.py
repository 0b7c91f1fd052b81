"""Every bench once, in turn, as the table of docs/performance.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench import decide, events, idle, lag, pages, send, signup, start
from bench.databases import databases
from bench.folders import folder

Found = dict[str, Any]
Row = tuple[str, str, str, str]  # what, target, measured, command

_DATABASES = ("sqlite", "postgresql")
_SEND = (
    ("sendgrid", "sqlite", 1, 0),
    ("smtp", "sqlite", 1, 0),
    ("sendgrid", "postgresql", 1, 0),
    ("smtp", "postgresql", 1, 0),
    ("sendgrid", "postgresql", 2, 0),
    ("sendgrid", "sqlite", 1, 100),
)


def run(leads: int, rounds: int, many: int) -> Found:
    """`leads` to write to in each round of sending; `many` for the idle tick and the pages. Says on the standard error
    what it is at."""
    rows = []
    for command, bench in _benches(leads, rounds, many):
        print(f"python -m bench {command}", file=sys.stderr, flush=True)
        rows.append(row(command, bench()))
    return {"what": "table", "rows": rows, "ok": True}


def _benches(leads: int, rounds: int, many: int) -> Iterator[tuple[str, Callable[[], Found]]]:
    for provider, database, workers, latency in _SEND:
        options = f"--provider {provider} --database {database} --leads {leads}"
        options += f" --workers {workers}" * (workers > 1) + f" --latency {latency}" * (latency > 0)
        peer = workers == 1 and not latency
        yield f"send {options}", partial(send.run, provider, database, leads, workers, rounds, latency, peer)
    for database in _DATABASES:
        posts = max(20, leads // 20)
        yield f"signup --database {database}", partial(signup.run, database, posts, rounds, leads)
        yield f"events --database {database}", partial(events.run, database, leads, rounds)
    yield f"lag --leads {many}", partial(lag.run, "sqlite", many, 1)
    yield f"idle --large {many}", partial(_idle_on_both, many)
    for database in _DATABASES:
        yield f"pages --database {database} --leads {many}", partial(pages.run, database, many, rounds)
    yield "start", partial(start.run, rounds)
    yield "decide", partial(decide.run, max(1_000, leads), rounds)


def _idle_on_both(many: int) -> Found:
    with folder() as own, databases("postgresql", own) as stores:
        return idle.run(min(many, 10_000), many, 30, stores.url)


def words(found: Found) -> Iterator[str]:
    yield "| what | target | measured | `python -m bench …` |"
    yield "|---|---|---|---|"
    yield from (f"| {' | '.join(each)} |" for each in found["rows"])


def row(command: str, figures: Found) -> Row:
    """A line of the table for what a bench found."""
    what, target, measured = _SAID[figures["what"]](figures)
    return what, target, measured + ("" if figures["ok"] else " — **missed**"), f"`{command}`"


def _send(found: Found) -> tuple[str, str, str]:
    what = f"{found['provider']}, {found['database']}, {found['workers']} worker{'s' * (found['workers'] > 1)}"
    if found["latency_ms"]:
        what += f", {found['latency_ms']} ms a request"
    peer = f", peer × {found['peer_ratio']}" if found["peer_ratio"] is not None else ""
    measured = (
        f"{found['messages_per_second']:,}/s, {found['cpu_seconds_per_1000']} CPU s a thousand, "
        f"{found['peak_rss_mb']} MB, {found['statements_per_batch']} statements, "
        f"{_lock(found)}limit × {found['limit_ratio']} "
        f"(CPU × {found['limit_cpu_ratio']}){peer}; lost {found['lost']}, repeated {found['repeated']}"
    )
    return what, _bounds(found["target"]), measured


def _lock(found: Found) -> str:
    return f"lock {found['write_lock_ms']} ms a batch, " if found["database"] == "sqlite" else ""


def _signup(found: Found) -> tuple[str, str, str]:
    measured = (
        f"{found['signups_per_second']:,}/s, × {found['limit_ratio']} (CPU × {found['limit_cpu_ratio']}); p99 "
        f"{found['p99_ms']} ms, beside a worker {found['p99_ms_while_sending']} ms; lost {found['lost']}"
    )
    return f"sign-up door, {found['database']}", _bounds(found["target"]), measured


def _events(found: Found) -> tuple[str, str, str]:
    measured = (
        f"{found['events_per_second']:,}/s, × {found['limit_ratio']} (CPU × {found['limit_cpu_ratio']}); "
        f"a replay changed {found['changed_by_replay']}"
    )
    return f"provider's events, {found['database']}", _bounds(found["target"]), measured


def _idle(found: Found) -> tuple[str, str, str]:
    kinds = [name for name in ("sqlite", "postgresql") if name in found]
    times = {name: f"{found[name]['large_us'] / 1e3:.2f} ms" for name in kinds}
    measured = "; ".join(f"{name} {times[name]}, × {found[name]['ratio']} of {found['small']:,}" for name in kinds)
    return f"idle tick, {found['large']:,} enrolled", _bounds(found["target"]), measured


def _lag(found: Found) -> tuple[str, str, str]:
    measured = (
        f"all after {found['seconds']} s, × {found['ratio']} of their count by the rate; "
        f"a clinic of a hundredth of them after {found['small_seconds']} s; lost {found['lost']}"
    )
    return f"{found['leads']:,} due at one instant, {found['database']}", _bounds(found["target"]), measured


def _pages(found: Found) -> tuple[str, str, str]:
    worst = sorted(found["pages"].items(), key=lambda each: -each[1]["p95_ms"])
    within = sum(page["p95_ms"] <= found["target"]["at_most"]["p95_ms"] for _, page in worst)
    slow = ", ".join(f"{name} {page['p95_ms']:.0f}" for name, page in worst[:4])
    measured = f"{within} of {len(worst)} pages within; slowest (ms): {slow}"
    return f"manager's pages, {found['leads']:,} leads, {found['database']}", _bounds(found["target"]), measured


def _start(found: Found) -> tuple[str, str, str]:
    measured = (
        f"serve answers after {found['serve_seconds']} s, import {found['import_app_seconds']} s; "
        f"web in the worker: {', '.join(found['web_in_worker']) or 'none'}"
    )
    return "start", _bounds(found["target"]), measured


def _decide(found: Found) -> tuple[str, str, str]:
    return "one decision", f"≤ {found['target_us']} µs", f"{found['us_a_lead']} µs"


_SAID: dict[str, Callable[[Found], tuple[str, str, str]]] = {
    "send": _send,
    "signup": _signup,
    "events": _events,
    "idle": _idle,
    "lag": _lag,
    "pages": _pages,
    "start": _start,
    "decide": _decide,
}


def _bounds(target: Found) -> str:
    least = [f"{name.replace('_', ' ')} ≥ {bound:g}" for name, bound in target.get("at_least", {}).items()]
    most = [f"{name.replace('_', ' ')} ≤ {bound or 0:g}" for name, bound in target.get("at_most", {}).items()]
    return ", ".join(least + most)
