"""What a provider's reports cost: the post verified, each report kept once and applied, beside a bare loop."""

from __future__ import annotations

import base64
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench import send_data
from bench.bulk import Rows, fill
from bench.databases import databases
from bench.folders import folder
from bench.limit_events import Bare
from bench.ours import worker
from bench.send_data import NOW, STEP
from service.delivery.events_sendgrid import parse, verify
from service.storage import tables
from service.storage.database import Database
from service.usecases.kit import Kit
from service.usecases.record_events import record_events

LEAST_SHARE = 0.40
POST = 500  # reports in a post
_REF = "substr('00000000000000000000000000000000' || CAST(n.i AS TEXT), -32)"
_KINDS = ("processed", "delivered", "open", "click")

Post = tuple[bytes, str, str]


def run(database: str, reports: int, rounds: int) -> dict[str, Any]:
    """`reports` a round and contender, four to a mail."""
    key = ec.generate_private_key(ec.SECP256R1())
    leads = max(1, reports // len(_KINDS))
    posts = _posts(key, leads)
    with folder() as own, databases(database, own) as stores:
        kept = stores.keep("events", partial(_prepare, leads=leads))
        empty = stores.keep("bare", lambda url: Database(url).dispose())
        ours: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        changed = 0
        for _ in range(rounds):
            with stores.copy(kept) as url, stores.copy(empty) as bare_url:
                kit, _provider = worker(url, "sendgrid", 9)
                public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                ours.append(_timed(partial(_take, kit, base64.b64encode(public).decode()), posts))
                before = _state(kit)
                _timed(partial(_take, kit, base64.b64encode(public).decode()), posts)
                changed += before != _state(kit)
                kit.db.dispose()
                bare = Bare(bare_url, key.public_key())
                theirs.append(_timed(lambda post, to=bare: to.take(*post), posts))
                bare.close()
        kind = stores.kind
    return _judged(kind, leads * len(_KINDS), rounds, ours, theirs, changed)


def _judged(
    kind: str,
    reports: int,
    rounds: int,
    ours: Sequence[tuple[float, float]],
    theirs: Sequence[tuple[float, float]],
    changed: int,
) -> dict[str, Any]:
    wall, cpu = (statistics.median(each[place] for each in ours) for place in (0, 1))
    bare_wall, bare_cpu = (statistics.median(each[place] for each in theirs) for place in (0, 1))
    ratio = bare_wall / wall
    missed = ["limit_ratio"] * (ratio < LEAST_SHARE) + ["changed_by_replay"] * (changed > 0)
    return {
        "what": "events",
        "database": kind,
        "reports": reports,
        "rounds": rounds,
        "events_per_second": round(reports / wall),
        "bare_per_second": round(reports / bare_wall),
        "limit_ratio": round(ratio, 3),
        "cpu_seconds_per_1000": round(cpu / reports * 1_000, 4),
        "limit_cpu_ratio": round(bare_cpu / cpu, 3),
        "changed_by_replay": changed,
        "target": {"at_least": {"limit_ratio": LEAST_SHARE}, "at_most": {"changed_by_replay": 0}},
        "missed": missed,
        "ok": not missed,
    }


def words(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"events on {found['database']}: {found['events_per_second']:,}/s, {found['limit_ratio']:.0%} of the bare "
        f"loop's {found['bare_per_second']:,}/s (by CPU {found['limit_cpu_ratio']:.0%}); "
        f"a replay changed {found['changed_by_replay']}"
    )
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"


def _prepare(url: str, leads: int) -> None:
    """Every lead has had its mail."""
    send_data.prepare(url, leads)
    db = Database(url)
    ref = _REF if db.sqlite else "lpad(CAST(n.i AS TEXT), 32, '0')"
    with db.read() as conn:
        run_ = conn.execute(sa.select(tables.enrollment).limit(1)).mappings().one()
    rows: tuple[Rows, ...] = (
        (
            "message",
            {
                "id": "n.i",
                "clinic_id": ":clinic",
                "lead_id": "n.i",
                "enrollment_id": "n.i",
                "campaign_id": ":campaign",
                "version_id": ":version",
                "step": ":step",
                "visit": "1",
                "mail": ":step",
                "service": "false",
                "ref": ref,
                "state": "'accepted'",
                "due_at": ":now",
                "created_at": ":now",
                "provider": "'sendgrid'",
                "why": "'{}'",
                "accepted_at": ":now",
                "settled_at": ":now",
            },
            "1 = 1",
        ),
    )
    known = {"clinic": run_["clinic_id"], "campaign": run_["campaign_id"], "version": run_["version_id"]}
    fill(db, rows, leads, {**known, "step": STEP, "now": NOW})
    db.dispose()


def _posts(key: ec.EllipticCurvePrivateKey, leads: int) -> list[Post]:
    reports = [
        {
            "email": f"lead{lead}@example.org",
            "timestamp": NOW + 5 + number,
            "event": kind,
            "sg_event_id": f"{kind}-{lead}",
            "sg_message_id": f"bench-{lead}.recvd-7f5d",
            "smtp-id": f"<{lead}@bench.example>",
            "useragent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
            "meridian_ref": f"{lead:032d}",
        }
        for lead in range(1, leads + 1)
        for number, kind in enumerate(_KINDS)
    ]
    made = []
    for start in range(0, len(reports), POST):
        raw = json.dumps(reports[start : start + POST]).encode()
        signature = key.sign(str(NOW).encode() + raw, ec.ECDSA(SHA256()))
        made.append((raw, base64.b64encode(signature).decode(), str(NOW)))
    return made


def _take(kit: Kit, public_key: str, post: Post) -> None:
    """As the web's door does."""
    raw, signature, timestamp = post
    if not verify(raw, signature, timestamp, public_key, NOW):
        raise RuntimeError("the post is not authentic")
    record_events(kit, parse(raw, kit.clock()))


def _timed(take: Callable[[Post], None], posts: Sequence[Post]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    for post in posts:
        take(post)
    return time.perf_counter() - began, time.process_time() - busy


def _state(kit: Kit) -> list[Any]:
    """All that reports may change."""
    mail = tables.message.c
    stamps = [mail.id, mail.state, mail.delivered_at, mail.opened_at, mail.clicked_at, mail.bounced_at]
    counted = (tables.delivery_event, tables.event, tables.suppression)
    with kit.db.read() as conn:
        rows: list[Any] = list(conn.execute(sa.select(*stamps).order_by(mail.id)))
        return rows + [conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in counted]
