"""Mails in doubt that nothing settles by itself: a person says that they went, or that they are not to be sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from service.storage import audits, events, held_list, messages
from service.storage.users import UserRow
from service.usecases.kit import Kit

Word = Literal["went", "drop"]


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides without an account at the desk, for one clinic."""

    clinic_id: int
    name: str = "Somebody at the command line"
    id: None = None


def decide_doubt(kit: Kit, user: UserRow | Decider, message_ids: Collection[int], how: Word) -> int:
    """`went`: they count as sent. `drop`: they are never sent, with who said so on record. Only what still waits for a
    word is touched; gives how many."""
    now = kit.clock()
    with kit.db.write() as conn:
        found = held_list.lock_undecided(conn, user.clinic_id, message_ids)
        if how == "went":
            messages.accept(conn, list(found), now)
        else:
            messages.drop(conn, dict.fromkeys(found, f"{user.name} decided not to send it"), now)
        noted = {"clinic_id": user.clinic_id, "at": now, "kind": "mail-decided", "data": {"how": how, "by": user.name}}
        events.add_many(
            conn, [{**noted, "lead_id": lead_id, "message_id": number} for number, lead_id in found.items()]
        )
        for number in found:
            audits.record(conn, user.clinic_id, user.id, now, f"mail in doubt: {how}", str(number), {})
    return len(found)
