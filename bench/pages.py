"""The manager's pages at a clinic with very many leads: what of each page's time is the database's."""

from __future__ import annotations

import os
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from bench import pages_data
from bench.databases import databases
from bench.db_time import watched
from bench.folders import folder
from bench.ours import settings, worker
from bench.pages_data import EMAIL, PASSWORD, SERIES
from service.storage import campaigns, clinics
from service.storage.database import Database
from service.usecases.reports.sheets import REPORTS

MOST_MS = 20.0
SLOW_MS = 5.0  # a statement that is worth naming
BASE = "https://meridian.bench.example"


@dataclass(frozen=True, slots=True)
class _Page:
    """`path` of the n-th visit."""

    name: str
    path: Callable[[int], str]


def run(database: str, leads: int, rounds: int) -> dict[str, Any]:
    """Milliseconds a page: the median and p95 of `rounds` visits, and the statements that took long."""
    with folder() as own, databases(database, own) as stores:
        if stores.kind == "sqlite":
            return _measure(pages_data.kept_file(leads), "sqlite", leads, rounds)
        kept = stores.keep("pages", lambda url: pages_data.prepare(url, leads))
        with stores.copy(kept) as url:
            return _measure(url, "postgresql", leads, rounds)


def _measure(url: str, kind: str, leads: int, rounds: int) -> dict[str, Any]:
    from service.app import create_app  # noqa: PLC0415 - it takes a while

    kit, provider = worker(url, "sendgrid", 9)
    sys.stderr, kept = open(os.devnull, "w"), sys.stderr  # noqa: SIM115, PTH123 - a line a request
    try:
        client = create_app(settings(url, "sendgrid", 9), kit).test_client()
        _sign_in(client)
        found = {page.name: _visit(client, page, rounds) for page in _pages(kit.db, leads)}
    finally:
        sys.stderr = kept
    provider.close()
    kit.db.dispose()
    missed = [name for name, page in found.items() if page["p95_ms"] > MOST_MS]
    figures = {"what": "pages", "database": kind, "leads": leads, "messages": 5 * leads, "rounds": rounds}
    return {**figures, "pages": found, "target": {"at_most": {"p95_ms": MOST_MS}}, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    yield f"pages on {found['database']}, {found['leads']:,} leads, {found['messages']:,} mails: database ms, p95"
    for name, page in found["pages"].items():
        yield f"{page['p95_ms']:9.1f} (median {page['median_ms']:.1f}, {page['statements']} statements)  {name}"
        yield from (f"{'':10} {took:.0f} ms: {statement[:150]}" for statement, took in page["slow"].items())
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"


def _visit(client: FlaskClient, page: _Page, rounds: int) -> dict[str, Any]:
    took: list[float] = []
    statements: dict[str, float] = {}
    for number in range(rounds + 1):
        with watched() as spent:
            answer = client.get(page.path(number), base_url=BASE, headers={"X-Forwarded-Proto": "https"})
        if answer.status_code != 200:
            raise RuntimeError(f"{page.name} answered {answer.status_code}")
        if number:  # the first visit warms up
            took.append(spent.total * 1e3)
            statements = dict(spent.seconds)
    slow = {" ".join(text.split()): round(s * 1e3, 1) for text, s in statements.items() if s * 1e3 >= SLOW_MS}
    p95 = sorted(took)[min(len(took) - 1, int(len(took) * 0.95))]
    median = round(statistics.median(took), 2)
    return {"p95_ms": round(p95, 2), "median_ms": median, "statements": len(statements), "slow": slow}


def _pages(db: Database, leads: int) -> list[_Page]:
    with db.read() as conn:
        clinic_id = next(iter(clinics.everyone(conn)))
        series = campaigns.by_key(conn, clinic_id, SERIES)
    if series is None:
        raise LookupError(SERIES)

    def lead(number: int) -> int:
        return 1 + number * 7_919 % leads

    fixed = {
        "home": "/desk/",
        "leads": "/desk/leads",
        "leads by score": "/desk/leads?order=score",
        "leads at a stage": "/desk/leads?stage=clicked",
        "leads in a campaign": f"/desk/leads?campaign={series.id}&deed=here",
        "inbox": "/desk/inbox",
        "unreadable posts": "/desk/inbox?state=unreadable",
        "campaigns": "/desk/campaigns",
        "a campaign": f"/desk/campaigns/{series.id}",
        "appointments": "/desk/appointments",
        "letters": "/desk/letters",
        "segments": "/desk/segments",
        "sending": "/desk/sending",
        "waiting for a person": "/desk/review",
        "brake": "/desk/brake",
        "settings": "/desk/settings",
        **{f"report: {name}": f"/desk/reports/{name}" for name in REPORTS},
        "report beside the days before": "/desk/reports/people?compare=yes",
        "people behind a number": "/desk/reports/people/funnel/people?row=all&column=signed-up",
        "the few behind a number": "/desk/reports/people/funnel/people?row=all&column=attended",
        "people in a campaign": f"/desk/campaigns/{series.id}?tab=people&state=here",
    }
    pages = [_Page(name, lambda _number, path=path: path) for name, path in fixed.items()]
    return [*pages, _Page("a lead", lambda number: f"/desk/leads/{lead(number)}")]


def _sign_in(client: FlaskClient) -> None:
    shown = client.get("/desk/sign-in", base_url=BASE, headers={"X-Forwarded-Proto": "https"}).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    given = {"csrf_token": token[1] if token else "", "email": EMAIL, "password": PASSWORD}
    answer = client.post("/desk/sign-in", base_url=BASE, data=given, headers={"X-Forwarded-Proto": "https"})
    if answer.status_code != 303:
        raise RuntimeError(f"signing in was answered with {answer.status_code}")
