"""The limit of the events' door: verify the post, read it, keep each report once, count. No report is applied."""

from __future__ import annotations

import base64
from collections import Counter

import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.limit_store import engine

_SCHEMA = """
CREATE TABLE report (id TEXT PRIMARY KEY, kind TEXT NOT NULL, ref TEXT, at BIGINT NOT NULL, data TEXT NOT NULL);
CREATE INDEX of_ref ON report (ref);
CREATE TABLE counter (ref TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (ref, kind))
"""


class Bare:
    def __init__(self, url: str, key: ec.EllipticCurvePublicKey) -> None:
        self._engine = engine(url)
        self._key = key
        with self._engine.begin() as conn:
            for statement in _SCHEMA.split(";"):
                conn.execute(sa.text(statement))
        self._keep = sa.text(
            "INSERT INTO report (id, kind, ref, at, data) VALUES (:id, :kind, :ref, :at, :data) ON CONFLICT DO NOTHING"
        )
        self._count = sa.text(
            "INSERT INTO counter (ref, kind, n) VALUES (:ref, :kind, :n)"
            " ON CONFLICT (ref, kind) DO UPDATE SET n = counter.n + excluded.n"
        )

    def take(self, raw: bytes, signature: str, timestamp: str) -> None:
        self._key.verify(base64.b64decode(signature), timestamp.encode() + raw, ec.ECDSA(SHA256()))
        reports = orjson.loads(raw)
        rows = [
            {
                "id": report["sg_event_id"],
                "kind": report["event"],
                "ref": report["meridian_ref"],
                "at": report["timestamp"],
                "data": orjson.dumps(report).decode(),
            }
            for report in reports
        ]
        counted = Counter((row["ref"], row["kind"]) for row in rows)
        with self._engine.begin() as conn:
            conn.execute(self._keep, rows)
            conn.execute(self._count, [{"ref": ref, "kind": kind, "n": n} for (ref, kind), n in counted.items()])

    def close(self) -> None:
        self._engine.dispose()
