"""The contender that is ours: one worker that advances until nobody is due."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import sqlalchemy as sa

from bench.hands import stand_ready
from bench.ours import worker
from bench.write_lock import locks
from service.delivery.provider import Provider
from service.storage import enrollments
from service.usecases.advance import BATCH, advance, advance_batch
from service.usecases.kit import Kit

AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SET ")  # what says no more than where a transaction begins


def main(asked: dict[str, Any]) -> None:
    kit, provider = worker(asked["url"], asked["provider"], asked["port"])
    made = [advance_batch(kit, provider, asked["warm"]).accepted]
    statements, lock_ms = _statements(kit, provider, asked["warm"], made)

    def work() -> dict[str, Any]:
        mails = 0
        while True:
            mails += advance(kit, provider, limit=BATCH).accepted
            with kit.db.read() as conn:
                earliest = enrollments.next_due(conn)
            if earliest is None or earliest > kit.clock():
                break
            time.sleep(0.001)
        return {"mails": mails, "warm": sum(made), "statements": statements, "lock_ms": lock_ms}

    stand_ready(work)
    provider.close()


def _statements(kit: Kit, provider: Provider, warm: int, made: list[int]) -> tuple[int, float]:
    """How many statements a batch takes, once everything is warm, and for how many ms it holds SQLite's lock."""
    seen: list[str] = []

    def keep(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    with locks() as held:
        made.append(advance_batch(kit, provider, warm).accepted)
    sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    if "-v" in sys.argv:
        for statement in seen:
            print(" ".join(statement.split())[:150], file=sys.stderr)
    told = sum(not statement.lstrip().upper().startswith(AROUND) for statement in seen)
    return told, round(sum(held) * 1_000, 2)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
