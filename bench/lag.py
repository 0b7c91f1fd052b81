"""How long the last one waits when very many are due at one instant, and whether a small clinic beside a large one
waits for all of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from typing import Any

import sqlalchemy as sa

from bench import send_data
from bench.bulk import CLINIC
from bench.databases import Databases, databases
from bench.folders import folder
from bench.hands import Worked, python
from bench.hands import run as work
from bench.send_data import NOW, SERIES
from bench.sinks import Sink, sink
from service.domain.timing import DAY
from service.storage import campaigns, clinics
from service.storage.database import Database
from service.storage.tables import clinic, consent, enrollment, lead, message
from service.usecases.advance import BATCH
from service.usecases.publish_campaign import import_shipped

TARGET = {"ratio": 1.1, "lost": 0}  # a tenth for the edge of a batch
SMALL = 100  # one of so many belongs to the small clinic


def run(database: str, leads: int, rounds: int) -> dict[str, Any]:
    """`ratio`: the last one's wait over the count by the rate of a fifth of them. `small_seconds`: when the last of the
    small clinic was handed over, of `seconds` in all."""
    with folder() as own, databases(database, own) as stores, sink("http") as out:
        few = stores.keep("few", partial(_prepare, leads=max(leads // 5, BATCH)))
        many = stores.keep("many", partial(_prepare, leads=leads))
        found = [(_sent(stores, few, out), _sent(stores, many, out)) for _ in range(rounds)]
    rate = statistics.median(one[0].mails / _seconds(one[0]) for one in found)
    seconds = statistics.median(_seconds(one[1]) for one in found)
    handed = found[0][1].mails + found[0][1].more["warm"]
    ratio = round(seconds / (found[0][1].mails / rate), 3)
    figures = {
        "what": "lag",
        "database": stores.kind,
        "leads": leads,
        "messages_per_second": round(rate),
        "seconds": round(seconds, 2),
        "small_seconds": statistics.median(one[1].more["small"] for one in found),
        "ratio": ratio,
        "lost": leads - handed,
    }
    missed = [name for name, most in TARGET.items() if figures[name] > most]
    return {**figures, "target": {"at_most": TARGET}, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['leads']:,} due at one instant on {found['database']}: all handed over after {found['seconds']} s"
    yield f"{found['ratio']} times their count by the rate of a fifth of them, {found['messages_per_second']:,}/s"
    yield f"the small clinic's last went after about {found['small_seconds']} s"
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"


def _prepare(url: str, leads: int) -> None:
    send_data.prepare(url, leads)
    db = Database(url)
    try:
        with db.write() as conn:
            small = clinics.add(conn, {**CLINIC, "slug": "small", "created_at": NOW - 40 * DAY})
            import_shipped(conn, small, NOW - 40 * DAY)
            series = campaigns.by_key(conn, small, SERIES)
            if series is None:
                raise LookupError(SERIES)
            its = lead.c.id % SMALL == 0
            conn.execute(sa.update(lead).where(its).values(clinic_id=small))
            conn.execute(sa.update(consent).where(consent.c.lead_id % SMALL == 0).values(clinic_id=small))
            conn.execute(sa.update(enrollment).values(due_at=NOW - 60))
            own = {"clinic_id": small, "campaign_id": series.id, "version_id": series.version_id}
            conn.execute(sa.update(enrollment).where(enrollment.c.lead_id % SMALL == 0).values(**own))
    finally:
        db.dispose()


def _sent(stores: Databases, kept: str, out: Sink) -> Worked:
    with stores.copy(kept) as url:
        (worked,) = work([python("bench.send_ours", url=url, provider="sendgrid", port=out.port, warm=BATCH // 5)])
        out.take()
        worked.more["small"] = _last_of_small(url)
    return worked


def _last_of_small(url: str) -> int:
    db = Database(url)
    with db.read() as conn:
        spans = conn.execute(
            sa.select(sa.func.max(message.c.accepted_at) - NOW)
            .join(clinic, clinic.c.id == message.c.clinic_id)
            .where(clinic.c.slug == "small")
        ).scalar_one()
    db.dispose()
    return int(spans)


def _seconds(worked: Worked) -> float:
    return worked.ended - worked.began
