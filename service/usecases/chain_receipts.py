"""Giving each consent its receipt: what the ledger says is committed to, and chained to what came before."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from service.domain.receipt import commit, link
from service.storage import receipts
from service.storage.receipts import ReceiptRow
from service.usecases.kit import Kit

BATCH = 500


def chain_receipts(
    kit: Kit, go_on: Callable[[], bool] = lambda: True, salt: Callable[[], str] = lambda: secrets.token_hex(16)
) -> int:
    """Gives how many were added. Safe to run twice, by several, and to be killed: each batch is one transaction that
    holds the end of its clinic's chain."""
    with kit.db.read() as conn:
        waiting = receipts.clinics_waiting(conn)
    added = 0
    for clinic_id in waiting:
        while go_on():
            batch = _batch(kit, clinic_id, salt)
            added += batch
            if batch < BATCH:
                break
    return added


def _batch(kit: Kit, clinic_id: int, salt: Callable[[], str]) -> int:
    with kit.db.write() as conn:
        head = receipts.hold(conn, clinic_id)
        rows: list[ReceiptRow] = []
        end = head.link
        for number, fact in enumerate(receipts.waiting(conn, clinic_id, BATCH), head.length + 1):
            grain = salt()
            commitment = commit(grain, fact)
            end = link(end, commitment)
            rows.append(ReceiptRow(clinic_id, number, fact.consent_id, fact.lead_id, grain, commitment, end))
        if rows:
            receipts.add(conn, clinic_id, rows)
    return len(rows)
