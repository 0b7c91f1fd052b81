"""The limit of the sign-up door: a bare Flask route that writes the same row in one transaction, and nothing else."""

from __future__ import annotations

import os
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask, request

from bench.limit_store import engine
from service.storage import ids
from service.storage.tables import inbox

app = Flask(__name__)
_engine = engine(os.environ["BENCH_DATABASE_URL"])
_ADD = sa.insert(inbox)


@app.get("/healthz")
def healthz() -> tuple[str, int]:
    return "", 200


@app.post("/signup/<int:clinic_id>/<int:source_id>")
def take(clinic_id: int, source_id: int) -> tuple[dict[str, Any], int]:
    row = {
        "id": ids.new(),
        "clinic_id": clinic_id,
        "source_id": source_id,
        "external_id": request.headers["webhook-id"],
        "received_at": int(time.time()),
        "content_type": "application/json",
        "body": request.get_data(),
        "state": "waiting",
        "meta": {},
    }
    with _engine.begin() as conn:
        conn.execute(_ADD, row)
    return {"received": True}, 200
