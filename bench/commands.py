"""The benches by name: what each measures, what may be asked of it, and how it says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import decide, events, idle, lag, pages, segments, send, signup, start, table, year

Found = dict[str, Any]
_URL = {"help": "a PostgreSQL server on which a database may be made"}
_DATABASE = {"default": "sqlite", "help": "sqlite, postgresql (a server of its own), or a server's URL"}


def _number(default: int, what: str = "") -> dict[str, Any]:
    return {"type": int, "default": default, "help": what}


@dataclass(frozen=True, slots=True)
class Command:
    what: str
    run: Callable[..., Found]
    words: Callable[[Found], Iterable[str]]
    options: Mapping[str, dict[str, Any]] = field(default_factory=dict)


COMMANDS = {
    "send": Command(
        "from the due lead to the recorded answer, beside a limit loop and a peer",
        send.run,
        send.words,
        {
            "--provider": {"choices": ["sendgrid", "smtp"], "default": "sendgrid"},
            "--database": _DATABASE,
            "--leads": _number(20_000),
            "--workers": _number(1),
            "--rounds": _number(3),
            "--latency": _number(0, "milliseconds that SendGrid takes for a request"),
            "--no-peer": {"dest": "peer", "action": "store_false", "help": "leave django-post_office out"},
        },
    ),
    "signup": Command(
        "the sign-up door, beside a bare route, and while a worker sends",
        signup.run,
        signup.words,
        {
            "--database": _DATABASE,
            "--posts": _number(1_000, "a round and contender"),
            "--rounds": _number(3),
            "--leads": _number(30_000, "that the worker writes to meanwhile"),
        },
    ),
    "events": Command(
        "a provider's reports, beside a bare loop",
        events.run,
        events.words,
        {"--database": _DATABASE, "--reports": _number(20_000, "a round and contender"), "--rounds": _number(3)},
    ),
    "start": Command(
        "how soon the server answers, and what the worker loads", start.run, start.words, {"--rounds": _number(3)}
    ),
    "pages": Command(
        "the manager's pages at a clinic with very many leads",
        pages.run,
        pages.words,
        {"--database": _DATABASE, "--leads": _number(1_000_000), "--rounds": _number(20)},
    ),
    "table": Command(
        "every bench once, as the table of docs/performance.md",
        table.run,
        table.words,
        {
            "--leads": _number(10_000, "to write to"),
            "--rounds": _number(3),
            "--many": _number(100_000, "leads of the idle tick and the pages"),
        },
    ),
    "idle": Command(
        "an idle tick with few and with many enrolled leads, none due",
        idle.run,
        idle.words,
        {
            "--small": _number(1_000),
            "--large": _number(1_000_000),
            "--rounds": _number(60),
            "--url": _URL,
        },
    ),
    "lag": Command(
        "how long the last one waits when very many are due at one instant",
        lag.run,
        lag.words,
        {"--database": _DATABASE, "--leads": _number(100_000), "--rounds": _number(3)},
    ),
    "decide": Command(
        "one decision of the engine, in a batch",
        decide.run,
        decide.words,
        {"--leads": _number(100_000), "--rounds": _number(7)},
    ),
    "segments": Command(
        "counting segments over many leads",
        segments.run,
        segments.words,
        {"--leads": {**_number(1_000_000), "dest": "size"}, "--rounds": _number(3), "--url": _URL},
    ),
    "year": Command(
        "a year of clinics and leads on a virtual clock, through the real use cases",
        year.run,
        year.words,
        {
            "--clinics": {**_number(20), "dest": "house_count"},
            "--leads": {**_number(5_000, "of each clinic"), "dest": "leads_each"},
            "--seed": _number(7),
            "--folder": {"help": "keep the SQLite database here"},
            "--url": {"help": "an empty database instead of SQLite"},
        },
    ),
}
